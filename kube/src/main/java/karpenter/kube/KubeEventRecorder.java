package karpenter.kube;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import karpenter.core.port.EventRecorder;
import karpenter.kube.decode.Json;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.Call;
import karpenter.kube.http.Reply;
import karpenter.kube.http.ResourcePath;
import karpenter.runtime.LeaderGate;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Publishes core/v1 Events from a thread of its own.
 *
 * <p>{@link #publish} never blocks: it puts the event into a bounded queue, and drops it when that is full, when the event is a
 * repeat, or when this process does not lead. The same event published again later counts up the stored one instead of
 * making another. Events are told, not kept: one that cannot be stored after three attempts is dropped.
 */
public final class KubeEventRecorder implements EventRecorder, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KubeEventRecorder.class);
    private static final ResourcePath EVENTS = new ResourcePath("", "v1", "Event", "events", true);
    private static final String COMPONENT = "karpenter";
    private static final int QUEUE_SIZE = 1_000;
    private static final int STORED_REMEMBERED = 4_096;
    private static final int ATTEMPTS = 3;
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Duration DRAIN_DEADLINE = Duration.ofSeconds(2);

    /** What makes two events the same; their times differ. */
    private record Sameness(ObjectReference about, boolean warning, String reason, String message) {}

    private record Stored(String name, int count) {}

    /** What lies in the queue; without an event it only wakes the publisher, which waits without a deadline. */
    private record Parcel(@Nullable Event event) {}

    private final ApiClient api;
    private final LeaderGate gate;
    private final TimeSource time;
    private final EventDedupe dedupe;
    private final BlockingQueue<Parcel> queue = new ArrayBlockingQueue<>(QUEUE_SIZE);
    private final AtomicLong dropped = new AtomicLong();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread publisher;
    private long names;

    /** What the server stores, the least recently published first to be forgotten; the publisher's own. */
    private final Map<Sameness, Stored> stored = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Sameness, Stored> eldest) {
            return size() > STORED_REMEMBERED;
        }
    };

    KubeEventRecorder(ApiClient api, LeaderGate gate, TimeSource time) {
        this.api = api;
        this.gate = gate;
        this.time = time;
        this.dedupe = new EventDedupe(time);
        this.publisher = Thread.ofVirtual().name("events").start(this::run);
    }

    @Override
    public void publish(Event event) {
        if (!gate.held() || closing.getCount() == 0 || !dedupe.admits(event)) {
            return;
        }
        if (!queue.offer(new Parcel(event))) {
            dedupe.forget(event);
            if (dropped.getAndIncrement() % QUEUE_SIZE == 0) {
                LOG.atWarn().log("Events come faster than they can be stored; {} were dropped so far", dropped.get());
            }
        }
    }

    private void run() {
        try {
            Parcel next = queue.take();
            while (next != null) {
                if (next.event() != null) {
                    store(next.event());
                }
                next = closing.getCount() == 0 ? queue.poll() : queue.take();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed with events left
        }
    }

    private void store(Event event) throws InterruptedException {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            try {
                if (attempt(event)) {
                    return;
                }
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).addKeyValue("reason", event.reason()).log("An event could not be stored");
                return;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            closing.await(PAUSE_AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS);
        }
        LOG.atDebug().addKeyValue("reason", event.reason()).log("An event is dropped, the API server does not take it");
    }

    /** False when it is worth another attempt. */
    private boolean attempt(Event event) {
        Sameness sameness = new Sameness(event.about(), event.warning(), event.reason(), event.message());
        Stored before = stored.get(sameness);
        if (before != null) {
            Reply reply = countUp(event, before);
            if (!(reply instanceof Reply.Answered answer) || answer.status() != 404) {
                return settle(reply, sameness, new Stored(before.name(), before.count() + 1));
            }
            stored.remove(sameness); // the server has forgotten it, after an hour by default
        }
        String name = newName(event);
        return settle(create(event, name), sameness, new Stored(name, 1));
    }

    private boolean settle(Reply reply, Sameness sameness, Stored now) {
        return switch (reply) {
            case Reply.Failed failed -> false;
            case Reply.Answered answer
            when answer.ok() -> {
                stored.put(sameness, now);
                yield true;
            }
            case Reply.Answered answer when WriteAnswers.isTransient(answer.status()) -> false;
            case Reply.Answered answer -> {
                LOG.atDebug()
                        .addKeyValue("reason", sameness.reason())
                        .log("The API server refuses an event: {}", answer.message());
                yield true;
            }
        };
    }

    private Reply countUp(Event event, Stored before) {
        ObjectNode patch = JsonNodeFactory.instance.objectNode();
        patch.put("count", before.count() + 1);
        patch.set("lastTimestamp", Json.MAPPER.valueToTree(now()));
        return api.call(
                Call.mergePatch(EVENTS, namespace(event), before.name(), "", patch.toString()),
                KubeObjectWriter.DEADLINE);
    }

    private Reply create(Event event, String name) {
        ObjectReference about = event.about();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("apiVersion", "v1");
        body.put("kind", "Event");
        body.putObject("metadata").put("name", name).put("namespace", namespace(event));
        ObjectNode involved = body.putObject("involvedObject");
        involved.put("apiVersion", about.apiVersion());
        involved.put("kind", about.kind());
        involved.put("name", about.name());
        involved.put("uid", about.uid());
        if (!about.namespace().isEmpty()) {
            involved.put("namespace", about.namespace());
        }
        body.put("type", event.warning() ? "Warning" : "Normal");
        body.put("reason", event.reason());
        body.put("message", event.message());
        body.put("count", 1);
        body.set("firstTimestamp", Json.MAPPER.valueToTree(now()));
        body.set("lastTimestamp", Json.MAPPER.valueToTree(now()));
        body.putObject("source").put("component", COMPONENT);
        body.put("reportingComponent", COMPONENT);
        return api.call(Call.create(EVENTS, namespace(event), body.toString()), KubeObjectWriter.DEADLINE);
    }

    /** Unique by time and number, as client-go names events; only the publisher calls this. */
    private String newName(Event event) {
        return event.about().name() + "." + Long.toHexString(time.instant().toEpochMilli()) + Long.toHexString(names++);
    }

    /** Events about cluster-scoped objects live in the default namespace. */
    private static String namespace(Event event) {
        String namespace = event.about().namespace();
        return namespace.isEmpty() ? "default" : namespace;
    }

    private Instant now() {
        return time.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    /** Takes no more events and gives those in the queue two seconds. */
    @Override
    public void close() {
        closing.countDown();
        // When it is full, the publisher does not wait.
        var _ = queue.offer(new Parcel(null));
        try {
            if (publisher.join(DRAIN_DEADLINE)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        publisher.interrupt();
    }
}
