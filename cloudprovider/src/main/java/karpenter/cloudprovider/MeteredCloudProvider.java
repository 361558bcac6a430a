package karpenter.cloudprovider;

import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import org.jspecify.annotations.Nullable;

/**
 * A provider whose calls are timed and whose errors are counted, under upstream's metric and method names. Works for every
 * provider (upstream's KWOK build leaves it out).
 *
 * <p>Which metrics library is behind {@link CallMetrics} is the caller's affair. The names and labels are
 * {@value #DURATION_METRIC}{@code {controller, method, provider}} and
 * {@value #ERRORS_METRIC}{@code {controller, method, provider, error}}. A machine that is gone counts as an error, as upstream's
 * NodeClaimNotFoundError does.
 */
public final class MeteredCloudProvider extends DelegatingCloudProvider {
    /** Histogram with the Prometheus client's default buckets, in seconds. */
    public static final String DURATION_METRIC = "karpenter_cloudprovider_duration_seconds";

    public static final String DURATION_HELP =
            "Duration of cloud provider method calls. Labeled by the controller, method name and provider.";

    public static final String ERRORS_METRIC = "karpenter_cloudprovider_errors_total";

    public static final String ERRORS_HELP =
            "Total number of errors returned from CloudProvider calls. Labeled by the controller, method name, provider and error.";

    private static final String NOT_FOUND = "NodeClaimNotFoundError";
    private static final String OTHER = "";
    private static final @Nullable String NONE = null;
    private static final double NANOS_PER_SECOND = 1e9;

    private final CallMetrics metrics;
    private final Supplier<String> controller;
    private final LongSupplier nanoTime;

    /**
     * @param controller the name of the controller whose thread calls, empty when unknown
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public MeteredCloudProvider(
            CloudProvider delegate, CallMetrics metrics, Supplier<String> controller, LongSupplier nanoTime) {
        super(delegate);
        this.metrics = metrics;
        this.controller = controller;
        this.nanoTime = nanoTime;
    }

    /** Where measurements go. Called on the thread of the measured call. */
    public interface CallMetrics {
        void called(String controller, String method, String provider, double seconds);

        /** @param error the error's name in metrics, empty for one without */
        void failed(String controller, String method, String provider, String error);
    }

    /** @param errorOf the error's name in metrics, empty for one without, null when the call went well */
    private <R> R measured(String method, Supplier<R> call, Function<R, @Nullable String> errorOf) {
        String caller = controller.get();
        long start = nanoTime.getAsLong();
        @Nullable String error = OTHER; // stands when the call throws
        try {
            R result = call.get();
            error = errorOf.apply(result);
            return result;
        } finally {
            metrics.called(caller, method, name(), (nanoTime.getAsLong() - start) / NANOS_PER_SECOND);
            if (error != null) {
                metrics.failed(caller, method, name(), error);
            }
        }
    }

    @Override
    public LaunchResult launch(NodeClaim claim) {
        return measured("Create", () -> delegate.launch(claim), result -> switch (result) {
            case LaunchResult.Launched launched -> NONE;
            case LaunchResult.InsufficientCapacity insufficient -> CloudProvider.errorName(result);
            case LaunchResult.NodeClassNotReady notReady -> CloudProvider.errorName(result);
            case LaunchResult.Failed failed -> CloudProvider.errorName(result);
        });
    }

    @Override
    public TerminateResult terminate(NodeClaim claim) {
        return measured("Delete", () -> delegate.terminate(claim), result -> switch (result) {
            case TerminateResult.Accepted accepted -> NONE;
            case TerminateResult.Gone gone -> NOT_FOUND;
            case TerminateResult.Failed failed -> OTHER;
        });
    }

    @Override
    public LookupResult get(String providerId) {
        return measured("Get", () -> delegate.get(providerId), result -> switch (result) {
            case LookupResult.Found found -> NONE;
            case LookupResult.Gone gone -> NOT_FOUND;
            case LookupResult.Failed failed -> OTHER;
        });
    }

    @Override
    public ListResult list() {
        return measured("List", delegate::list, result -> switch (result) {
            case ListResult.Listed listed -> NONE;
            case ListResult.Failed failed -> OTHER;
        });
    }

    @Override
    public InstanceTypesResult instanceTypes(NodePool pool) {
        return measured("GetInstanceTypes", () -> delegate.instanceTypes(pool), result -> switch (result) {
            case InstanceTypesResult.Found found -> NONE;
            case InstanceTypesResult.NotEvaluated waiting -> NONE;
            case InstanceTypesResult.Failed failed -> OTHER;
        });
    }

    @Override
    public DriftResult drift(NodeClaim claim) {
        return measured("IsDrifted", () -> delegate.drift(claim), result -> switch (result) {
            case DriftResult.NotDrifted notDrifted -> NONE;
            case DriftResult.Drifted drifted -> NONE;
            case DriftResult.Gone gone -> NOT_FOUND;
            case DriftResult.Failed failed -> OTHER;
        });
    }
}
