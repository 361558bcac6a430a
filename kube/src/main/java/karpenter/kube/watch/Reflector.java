package karpenter.kube.watch;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.PodKey;
import karpenter.kube.decode.DecodeException;
import karpenter.kube.decode.Json;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.BodyStream;
import karpenter.kube.http.Call;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;

/**
 * Lists one kind and watches it, for as long as it is open.
 *
 * <p>Problem: the image must follow the API server through broken connections, expired versions, restarts and missing CRDs,
 * without missing a deletion, without holding whole objects, and without a process that gives up.
 *
 * <p>Method: a list in pages, read object by object; then a watch from the list's version, with bookmarks so that the version
 * keeps up on quiet kinds. When a watch ends, it goes on from the last version seen. When the server no longer knows that
 * version (410), a new list is compared with the records delivered before, and the difference is delivered, deletions
 * included. Lists ask for the most recent state: a list from a cache that lags would miss an object created since, which
 * would be taken for deleted. Kept per object is the record that was delivered, which the image holds anyway.
 *
 * <p>A connection can die without a word. Bookmarks come about once a minute, so a watch that is silent for longer than
 * {@link #SILENCE} is given up and begun anew.
 *
 * <p>Concurrency: one thread runs it; {@link #close} and {@link #trouble} may be called from any.
 *
 * <p>Differs from client-go: waits at most 1.5 s between attempts, not 30 s. Source for the protocol: "Efficient detection of
 * changes" in Kubernetes' API concepts.
 */
final class Reflector<R> implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Reflector.class);

    private static final int PAGE_SIZE = 500;
    private static final Duration HEAD_DEADLINE = Duration.ofSeconds(10);
    private static final Duration LIST_PATIENCE = Duration.ofSeconds(20);
    private static final Duration SILENCE = Duration.ofSeconds(150);
    /** The server ends a watch after this long, at random up to twice, so that load spreads over its replicas. */
    private static final int WATCH_SECONDS = 300;
    /** A watch that ends sooner, without an event, counts as failed. */
    private static final long SHORT_WATCH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ApiClient api;
    private final WatchedKind<R> kind;
    private final Consumer<ClusterDelta> sink;
    private final Runnable firstListDone;
    private final RandomGenerator random;
    private final Backoff backoff;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final TroubleLog troubleLog;

    private final Map<PodKey, R> known = new HashMap<>();
    private String version = "";
    private boolean listed;
    private volatile @Nullable BodyStream open;
    private volatile @Nullable String trouble = "not listed yet";

    /**
     * @param sink told of each change, on the thread that runs this
     * @param firstListDone called once, when every object of the first list has been delivered
     */
    Reflector(
            ApiClient api,
            WatchedKind<R> kind,
            Consumer<ClusterDelta> sink,
            Runnable firstListDone,
            RandomGenerator random) {
        this.api = api;
        this.kind = kind;
        this.sink = sink;
        this.firstListDone = firstListDone;
        this.random = random;
        this.backoff = new Backoff(random);
        this.troubleLog = new TroubleLog(LOG, kind.resource());
    }

    /** Why the first list is not delivered yet; null once it is. */
    @Nullable
    String trouble() {
        return trouble;
    }

    String kindText() {
        return kind.resource().text();
    }

    /** Ends a running request, and {@link #run} soon after. */
    void close() {
        closed.countDown();
        BodyStream stream = open;
        if (stream != null) {
            stream.close();
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    @Override
    public void run() {
        try {
            while (!isClosed()) {
                attempt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closing
        }
    }

    private void attempt() throws InterruptedException {
        try {
            if (version.isEmpty()) {
                list();
            } else {
                watch();
            }
        } catch (WatchFailure e) {
            if (isClosed()) {
                return;
            }
            if (e.expired()) {
                LOG.atDebug().addKeyValue("kind", kindText()).log("The version has expired, listing again");
                version = "";
                return;
            }
            fail(e, Objects.requireNonNullElse(e.retryAfter(), Duration.ZERO));
        } catch (RuntimeException e) {
            // A bug must not blind the controller for good.
            LOG.atError().addKeyValue("kind", kindText()).setCause(e).log("A watch failed unexpectedly, listing again");
            version = "";
            pause(backoff.afterFailure(Duration.ZERO));
        }
    }

    private void fail(WatchFailure failure, Duration atLeast) throws InterruptedException {
        String message = String.valueOf(failure.getMessage());
        if (!listed) {
            trouble = message;
        }
        troubleLog.failed(failure);
        pause(backoff.afterFailure(atLeast));
    }

    private void pause(Duration time) throws InterruptedException {
        closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void worked() {
        backoff.succeeded();
        troubleLog.worked();
    }

    private void list() throws WatchFailure, InterruptedException {
        Set<PodKey> seen = new HashSet<>();
        String next = "";
        String listVersion;
        do {
            String query = "limit=" + PAGE_SIZE
                    + (next.isEmpty() ? "" : "&continue=" + URLEncoder.encode(next, StandardCharsets.UTF_8));
            ListPage page = page(Call.list(kind.resource(), query), seen);
            listVersion = page.resourceVersion();
            next = page.continueToken();
        } while (!next.isEmpty());
        for (PodKey key : Set.copyOf(known.keySet())) {
            if (!seen.contains(key)) {
                forget(key);
            }
        }
        version = listVersion;
        worked();
        if (!listed) {
            listed = true;
            trouble = null;
            firstListDone.run();
        }
    }

    private ListPage page(Call call, Set<PodKey> seen) throws WatchFailure, InterruptedException {
        try (ApiClient.Opened answer = opened(call, LIST_PATIENCE)) {
            return ListPage.read(answer.body(), object -> {
                seen.add(keyOf(object));
                change(object);
            });
        } catch (JacksonException e) {
            throw new WatchFailure(0, call + " was cut off: " + e.getOriginalMessage(), null, e);
        }
    }

    private void watch() throws WatchFailure, InterruptedException {
        String query = "watch=1&allowWatchBookmarks=true&resourceVersion=" + version + "&timeoutSeconds="
                + random.nextInt(WATCH_SECONDS, 2 * WATCH_SECONDS);
        long start = System.nanoTime();
        boolean events = false;
        try (ApiClient.Opened answer = opened(Call.watch(kind.resource(), query), SILENCE);
                JsonParser parser = Json.MAPPER.createParser(answer.body())) {
            worked();
            while (parser.nextToken() != null) {
                take(Json.readTrimmed(parser));
                events = true;
            }
        } catch (JacksonException e) {
            if (e.getCause() instanceof SocketTimeoutException) {
                return; // silence: begin anew
            }
            throw new WatchFailure(0, "the watch broke: " + e.getOriginalMessage(), null, e);
        }
        if (!events && !isClosed() && System.nanoTime() - start < SHORT_WATCH_NANOS) {
            throw new WatchFailure(0, "the watch ended at once", null, null);
        }
    }

    private ApiClient.Opened opened(Call call, Duration patience) throws WatchFailure, InterruptedException {
        ApiClient.Opened answer;
        try {
            answer = api.open(call, HEAD_DEADLINE, patience);
        } catch (IOException e) {
            throw new WatchFailure(0, String.valueOf(e.getMessage()), null, e);
        }
        open = answer.body();
        if (isClosed()) {
            answer.close();
        }
        if (answer.status() != 200) {
            try (answer) {
                throw failure(answer);
            }
        }
        return answer;
    }

    private static WatchFailure failure(ApiClient.Opened answer) {
        String message = "";
        try {
            message = Json.readTrimmed(answer.body().readNBytes(100_000))
                    .path("message")
                    .asString("");
        } catch (IOException | JacksonException e) {
            // The status says enough.
        }
        return new WatchFailure(
                answer.status(),
                (message.isEmpty() ? "HTTP status " : message + ", HTTP status ") + answer.status(),
                answer.retryAfter(),
                null);
    }

    private void take(JsonNode event) throws WatchFailure {
        String type = event.path("type").asString("");
        JsonNode object = event.path("object");
        switch (type) {
            case "ADDED", "MODIFIED" -> change(object);
            case "DELETED" -> forget(keyOf(object));
            case "BOOKMARK" -> {}
            case "ERROR" ->
                throw new WatchFailure(
                        object.path("code").asInt(0), object.path("message").asString("error event"), null, null);
            default -> LOG.atWarn().addKeyValue("type", type).log("The API server sent an event of unknown type");
        }
        String newer = object.path("metadata").path("resourceVersion").asString("");
        if (!newer.isEmpty()) {
            version = newer;
        }
    }

    private static PodKey keyOf(JsonNode object) {
        JsonNode metadata = object.path("metadata");
        return new PodKey(
                metadata.path("namespace").asString(""), metadata.path("name").asString(""));
    }

    private void change(JsonNode object) {
        R record;
        try {
            record = kind.decode().apply(object);
        } catch (DecodeException e) {
            LOG.atError()
                    .addKeyValue("kind", kindText())
                    .addKeyValue("field", e.path())
                    .log("An object cannot be understood and is left as it was known: {}", e.getMessage());
            return;
        }
        PodKey key = kind.key().apply(record);
        R before = known.get(key);
        if (before != null && !kind.uid().apply(before).equals(kind.uid().apply(record))) {
            forget(key);
            before = null;
        }
        if (!record.equals(before)) {
            known.put(key, record);
            tell(kind.changed().apply(record));
        }
    }

    private void forget(PodKey key) {
        R record = known.remove(key);
        if (record != null) {
            tell(kind.gone().apply(record));
        }
    }

    private void tell(ClusterDelta delta) {
        if (!isClosed()) {
            sink.accept(delta);
        }
    }
}
