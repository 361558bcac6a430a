package karpenter.app.docs;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import karpenter.api.KubernetesObject;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProvider.NodeClassKind;
import karpenter.cloudprovider.CloudProvider.ProviderLabels;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.launch.MachineTerminations;
import karpenter.controllers.launch.NodeClaimLauncher;
import karpenter.controllers.metrics.ClusterObservability;
import karpenter.controllers.metrics.ProviderCallMetrics;
import karpenter.controllers.node.termination.EvictionQueue;
import karpenter.controllers.node.termination.NodeTerminationController;
import karpenter.controllers.nodeclaim.lifecycle.NodeClaimLifecycleController;
import karpenter.controllers.nodepool.NodePoolControllers;
import karpenter.controllers.provisioning.Provisioning;
import karpenter.controllers.provisioning.ProvisioningSettings;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.PoolCosts;
import karpenter.controllers.state.RegistrationHealth;
import karpenter.controllers.status.StatusControllers;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.ObjectReader;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.PersistentVolumeLookup;
import karpenter.core.port.PodEvictor;
import karpenter.core.scheduling.Scheduler;
import karpenter.core.scheduling.SchedulingOptions;
import karpenter.core.validation.LabelRules;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.LeaderGate;
import karpenter.runtime.Metrics;
import karpenter.runtime.Metrics.Family;
import karpenter.runtime.TimeSource;

/**
 * Every metric that the program registers, learned by making its parts as the program does. Their outside is a stand-in that
 * only says who it is: nothing is started.
 */
final class RegisteredMetrics {
    private static final int MILLI_CPU = 1000;

    /** What a stand-in may be asked while parts are made. */
    private static final Map<String, Object> ANSWERS = Map.of(
            "name",
            "kwok",
            "supportedNodeClasses",
            List.of(new NodeClassKind(KwokNodeClass.KIND.group(), KwokNodeClass.KIND.kind())),
            "labels",
            new ProviderLabels(Set.of(), Set.of()),
            "repairPolicies",
            List.of());

    private final Metrics metrics = Metrics.create().withBuildInfo("0", "0");

    RegisteredMetrics() {
        ControllerContext context = new ControllerContext(TimeSource.system(), metrics, new LeaderGate());
        ClusterState state = new ClusterState(context.time());
        CloudProvider cloud = ProviderCallMetrics.metered(standIn(CloudProvider.class), context);
        EventRecorder events = standIn(EventRecorder.class);
        PodEvictor evictor = standIn(PodEvictor.class);
        ClaimDeletions deletions = new ClaimDeletions(writer(), state, metrics);
        MachineTerminations machines = new MachineTerminations(cloud, state, context.time());
        LabelRules rules = LabelRules.with(Set.of(), Set.of());
        NodePoolControllers.controllers(
                context, state, cloud, rules, writer(), writer(), new RegistrationHealth(), MILLI_CPU);
        Provisioning.controllers(
                context,
                state,
                cloud,
                rules,
                new NodeClaimLauncher(
                        writer(), reader(), state, rules, RandomGenerator.getDefault(), context.metrics()),
                events,
                Scheduler::schedule,
                new ProvisioningSettings(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(10),
                        new SchedulingOptions(Set.of(), true, false, true, SchedulingOptions.MOST_INSTANCE_TYPES),
                        MILLI_CPU));
        ClusterObservability.register(context, state, cloud.labels());
        StatusControllers.all(context, state, events, cloud.supportedNodeClasses());
        new PoolCosts(context, state, cloud).controller();
        NodeClaimLifecycleController.controller(
                state,
                writer(),
                writer(),
                writer(),
                cloud,
                deletions,
                machines,
                new RegistrationHealth(),
                events,
                List.of(),
                context,
                MILLI_CPU);
        NodeTerminationController.controller(
                state,
                writer(),
                writer(),
                cloud,
                machines,
                evictor,
                new EvictionQueue(state, evictor, events, context, MILLI_CPU),
                standIn(PersistentVolumeLookup.class),
                events,
                context,
                MILLI_CPU);
    }

    /** By name; those of the process and the JVM are not among them. */
    List<Family> families() {
        return metrics.families();
    }

    Set<String> names() {
        return families().stream().map(Family::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static <T> T standIn(Class<T> port) {
        Object stand = Proxy.newProxyInstance(port.getClassLoader(), new Class<?>[] {port}, (proxy, method, args) -> {
            Object answer = ANSWERS.get(method.getName());
            if (answer == null) {
                throw new IllegalStateException("making the parts called " + method);
            }
            return answer;
        });
        return port.cast(stand);
    }

    @SuppressWarnings("unchecked") // never called, so its type argument is whatever is wanted
    private static <T extends KubernetesObject> ObjectWriter<T> writer() {
        return standIn(ObjectWriter.class);
    }

    @SuppressWarnings("unchecked") // never called, so its type argument is whatever is wanted
    private static <T extends KubernetesObject> ObjectReader<T> reader() {
        return standIn(ObjectReader.class);
    }
}
