package karpenter.kube.http;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import karpenter.runtime.RateLimiter;
import org.jspecify.annotations.Nullable;

/**
 * Calls to one API server as one account.
 *
 * <p>{@link #call} and {@link #open} block the calling (virtual) thread and return by their deadline: the wait for the rate
 * limit, for a free connection, for the answer and for its body all count. An interrupted call fails at once and leaves the
 * interrupt flag set. Nothing is retried here.
 */
public final class ApiClient implements AutoCloseable {
    /** Calls at once; more only queue up in the server, and each costs a connection. Watches are not counted. */
    private static final int CONCURRENT_CALLS = 16;
    /** One in so many parts of a call's time is kept for its answer. */
    private static final int LEAST_SHARE_TO_ANSWER = 10;
    /** An answer that asks for a longer pause is not believed. */
    private static final long LONGEST_RETRY_AFTER_SECONDS = 300;

    private final HttpClient http;
    private final String server;
    private final RateLimiter limiter;
    private final ApiMetrics metrics;
    private final Semaphore connections;
    private final boolean ownsHttp;

    private ApiClient(
            HttpClient http,
            String server,
            RateLimiter limiter,
            ApiMetrics metrics,
            Semaphore connections,
            boolean ownsHttp) {
        this.http = http;
        this.server = server;
        this.limiter = limiter;
        this.metrics = metrics;
        this.connections = connections;
        this.ownsHttp = ownsHttp;
    }

    /** @throws IllegalArgumentException when the account's certificates or keys are unusable */
    public static ApiClient of(Config config, String userAgent, RateLimiter limiter, ApiMetrics metrics) {
        ApiAccess.harden(config, userAgent);
        String server = config.getMasterUrl();
        try {
            return new ApiClient(
                    new VirtualThreadHttp().newBuilder(config).build(),
                    server.endsWith("/") ? server.substring(0, server.length() - 1) : server,
                    limiter,
                    metrics,
                    new Semaphore(CONCURRENT_CALLS),
                    true);
        } catch (KubernetesClientException e) {
            throw ApiAccess.unusable(e);
        }
    }

    /** A client on the same connections with a rate of its own; closing it does nothing. */
    public ApiClient withLimit(RateLimiter other, int concurrentCalls) {
        return new ApiClient(http, server, other, metrics, new Semaphore(concurrentCalls), false);
    }

    /** The address, without a slash at its end. */
    public String server() {
        return server;
    }

    /** An answer whose head has arrived. */
    public record Opened(int status, @Nullable Duration retryAfter, BodyStream body) implements AutoCloseable {
        @Override
        public void close() {
            body.close();
        }
    }

    /** Makes the call and reads its whole answer. */
    public Reply call(Call call, Duration deadline) {
        long until = System.nanoTime() + deadline.toNanos();
        Duration waited = Duration.ZERO;
        try {
            if (!limiter.acquire(deadline)) {
                return new Reply.Failed(call + " would have waited longer than " + deadline.toMillis()
                        + " ms for the client-side rate limit (--kube-client-qps, --kube-client-burst)");
            }
            // A request with no time left is likely to be carried out, but nobody would hear of it.
            Duration longestWait = left(until).minus(deadline.dividedBy(LEAST_SHARE_TO_ANSWER));
            if (!connections.tryAcquire(longestWait.toNanos(), TimeUnit.NANOSECONDS)) {
                return new Reply.Failed(
                        call + " could not be sent within " + deadline.toMillis() + " ms beside the calls under way");
            }
            waited = deadline.minus(left(until));
            try (Opened opened = send(call, left(until), deadline)) {
                opened.body().readUntil(until);
                return new Reply.Answered(opened.status(), opened.body().readAllBytes(), opened.retryAfter());
            } finally {
                connections.release();
            }
        } catch (IOException e) {
            long waitedMs = waited.toMillis();
            return new Reply.Failed(call + ": " + e.getMessage()
                    + (waitedMs == 0 ? "" : ", after " + waitedMs + " ms of waiting to be sent"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Reply.Failed(call + " was interrupted");
        }
    }

    /**
     * Makes a call whose answer is read as it comes. The caller closes it.
     *
     * @param deadline until the answer's head
     * @param patience longest wait between two pieces of the body
     * @throws IOException when there is no answer
     */
    public Opened open(Call call, Duration deadline, Duration patience) throws IOException, InterruptedException {
        if (!limiter.acquire(deadline)) {
            throw new IOException("the client-side rate limit allows no request within " + deadline.toMillis() + " ms");
        }
        return send(call, deadline, patience);
    }

    private Opened send(Call call, Duration deadline, Duration patience) throws IOException, InterruptedException {
        BodyStream body = new BodyStream(patience);
        HttpRequest.Builder request = http.newHttpRequestBuilder().uri(server + call.path());
        // Of JDK 25's client this bounds the time until the head, so it may be set on watches too.
        request.timeout(Math.max(1, deadline.toMillis()), TimeUnit.MILLISECONDS);
        request.header("Accept", "application/json");
        if (!call.body().isEmpty() || !call.method().equals("GET")) {
            request.method(call.method(), call.contentType(), call.body());
        }
        long start = System.nanoTime();
        CompletableFuture<HttpResponse<AsyncBody>> head = http.consumeBytes(request.build(), body);
        try {
            HttpResponse<AsyncBody> response = head.get(deadline.toMillis() + 1_000, TimeUnit.MILLISECONDS);
            metrics.answered(call, response.code(), Duration.ofNanos(System.nanoTime() - start));
            body.attach(response.body());
            return new Opened(response.code(), retryAfter(response), body);
        } catch (ExecutionException | TimeoutException e) {
            metrics.failed(call, Duration.ofNanos(System.nanoTime() - start));
            body.close();
            throw unanswered(e, deadline);
        } catch (InterruptedException e) {
            head.cancel(true);
            body.close();
            throw e;
        }
    }

    private static IOException unanswered(Exception e, Duration deadline) {
        Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
        if (cause instanceof TimeoutException || cause instanceof HttpTimeoutException) {
            return new IOException("no answer within " + deadline.toMillis() + " ms", e);
        }
        String message = cause.getMessage();
        return new IOException(
                "no answer: " + cause.getClass().getSimpleName() + (message == null ? "" : " " + message), e);
    }

    private static Duration left(long untilNanos) {
        return Duration.ofNanos(Math.max(1, untilNanos - System.nanoTime()));
    }

    private static @Nullable Duration retryAfter(HttpResponse<?> response) {
        List<String> values = response.headers("Retry-After");
        if (values.isEmpty()) {
            return null;
        }
        try {
            long seconds = Long.parseLong(values.getFirst());
            return Duration.ofSeconds(Math.clamp(seconds, 0, LONGEST_RETRY_AFTER_SECONDS));
        } catch (NumberFormatException e) {
            return null; // a date; the API server writes seconds
        }
    }

    @Override
    public void close() {
        if (ownsHttp) {
            http.close();
        }
    }
}
