package karpenter.app.docs;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProvider.NodeClassKind;
import karpenter.cloudprovider.CloudProvider.ProviderLabels;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.metrics.ClusterObservability;
import karpenter.controllers.metrics.ProviderCallMetrics;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.PoolCosts;
import karpenter.controllers.status.StatusControllers;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.ObjectWriter;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.LeaderGate;
import karpenter.runtime.Metrics;
import karpenter.runtime.Metrics.Family;
import karpenter.runtime.TimeSource;

/**
 * Every metric that the program registers, learned by making its parts as the program does. Their outside is never called:
 * nothing is started.
 */
final class RegisteredMetrics {
    private static final List<NodeClassKind> NODE_CLASSES =
            List.of(new NodeClassKind(KwokNodeClass.KIND.group(), KwokNodeClass.KIND.kind()));

    private final Metrics metrics = Metrics.create().withBuildInfo("0", "0");

    RegisteredMetrics() {
        ControllerContext context = new ControllerContext(TimeSource.system(), metrics, new LeaderGate());
        ClusterState state = new ClusterState(context.time());
        CloudProvider provider = unused(CloudProvider.class);
        ClusterObservability.register(context, state, new ProviderLabels(Set.of(), Set.of()));
        StatusControllers.all(context, state, unused(EventRecorder.class), NODE_CLASSES);
        new PoolCosts(context, state, provider).controller();
        ProviderCallMetrics.metered(provider, context);
        new ClaimDeletions(unusedWriter(), state, metrics);
    }

    /** By name; those of the process and the JVM are not among them. */
    List<Family> families() {
        return metrics.families();
    }

    Set<String> names() {
        return families().stream().map(Family::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static <T> T unused(Class<T> port) {
        Object stand = Proxy.newProxyInstance(port.getClassLoader(), new Class<?>[] {port}, (proxy, method, args) -> {
            throw new IllegalStateException("making the parts called " + method);
        });
        return port.cast(stand);
    }

    @SuppressWarnings("unchecked") // never called, so its type argument is whatever is wanted
    private static ObjectWriter<NodeClaim> unusedWriter() {
        return unused(ObjectWriter.class);
    }
}
