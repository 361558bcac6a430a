package karpenter.controllers.metrics;

import java.util.Objects;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.MeteredCloudProvider;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Metrics;
import org.slf4j.MDC;

/** Puts measurements of cloud calls into the registry. */
public final class ProviderCallMetrics implements MeteredCloudProvider.CallMetrics {
    private final Metrics.Histogram seconds;
    private final Metrics.Counter errors;

    public ProviderCallMetrics(Metrics metrics) {
        seconds = metrics.histogram(
                MeteredCloudProvider.DURATION_METRIC,
                MeteredCloudProvider.DURATION_HELP,
                Metrics.DEFAULT_BUCKETS,
                "controller",
                "method",
                "provider");
        errors = metrics.counter(
                MeteredCloudProvider.ERRORS_METRIC,
                MeteredCloudProvider.ERRORS_HELP,
                "controller",
                "method",
                "provider",
                "error");
    }

    /** The provider, measured; the calling controller is the one whose name its loop put into the log context. */
    public static CloudProvider metered(CloudProvider provider, ControllerContext context) {
        return new MeteredCloudProvider(
                provider,
                new ProviderCallMetrics(context.metrics()),
                () -> Objects.requireNonNullElse(MDC.get("controller"), ""),
                context.time()::nanoTime);
    }

    @Override
    public void called(String controller, String method, String provider, double callSeconds) {
        seconds.observe(callSeconds, controller, method, provider);
    }

    @Override
    public void failed(String controller, String method, String provider, String error) {
        errors.inc(controller, method, provider, error);
    }
}
