package karpenter.kube.http;

import java.time.Duration;
import karpenter.runtime.Metrics;
import org.jspecify.annotations.Nullable;

/** Counts requests under the names that Karpenter's dashboards expect of client-go. */
public final class ApiMetrics {
    private static final String NO_ANSWER = "<error>";

    private final Metrics.@Nullable Histogram duration;
    private final Metrics.@Nullable Counter total;

    /** @param metrics null to count nothing */
    public ApiMetrics(@Nullable Metrics metrics) {
        if (metrics == null) {
            duration = null;
            total = null;
            return;
        }
        duration = metrics.histogram(
                "client_go_request_duration_seconds",
                "Request latency in seconds. Broken down by verb, group, version, kind, and subresource.",
                Metrics.exponentialBuckets(0.001, 1.5, 20),
                "verb",
                "group",
                "version",
                "kind",
                "subresource");
        total = metrics.counter(
                "client_go_request_total",
                "Number of HTTP requests, partitioned by status code and method.",
                "code",
                "method");
    }

    /** @param time until the answer's head */
    void answered(Call call, int status, Duration time) {
        observe(call, time, Integer.toString(status));
    }

    void failed(Call call, Duration time) {
        observe(call, time, NO_ANSWER);
    }

    private void observe(Call call, Duration time, String code) {
        if (duration != null && total != null) {
            ResourcePath resource = call.resource();
            duration.observe(
                    time.toNanos() / 1e9,
                    call.verb(),
                    resource.group(),
                    resource.version(),
                    resource.kind(),
                    call.subresource());
            total.inc(code, call.method());
        }
    }
}
