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
import karpenter.cloudprovider.CloudProvider.RepairPolicy;
import karpenter.controllers.Controllers;
import karpenter.controllers.state.ClusterState;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.ObjectReader;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.PodEvictor;
import karpenter.core.port.PodNominator;
import karpenter.core.port.ScalableReader;
import karpenter.core.scheduling.UnsupportedVolumes;
import karpenter.kube.http.ApiMetrics;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.LeaderGate;
import karpenter.runtime.Metrics;
import karpenter.runtime.Metrics.Family;
import karpenter.runtime.TimeSource;

/**
 * Every metric that the program registers and every controller that it starts, learned by making its parts as the program does. Their outside is a stand-in that
 * only says who it is: nothing is started.
 */
final class WiredProgram {
    private static final int MILLI_CPU = 1000;

    /** What a stand-in may be asked while parts are made. */
    private static final Map<String, Object> ANSWERS = Map.of(
            "name",
            "kwok",
            "supportedNodeClasses",
            List.of(new NodeClassKind(KwokNodeClass.KIND.group(), KwokNodeClass.KIND.kind())),
            "labels",
            new ProviderLabels(Set.of(), Set.of(), Set.of()),
            "repairPolicies",
            List.of(new RepairPolicy("Ready", "False", Duration.ofMinutes(10))),
            "unsupportedVolumes",
            UnsupportedVolumes.NONE);

    private final Metrics metrics = Metrics.create().withBuildInfo("0", "0");
    private final Set<String> controllers;

    WiredProgram() {
        ControllerContext context = new ControllerContext(TimeSource.system(), metrics, new LeaderGate());
        new ApiMetrics(metrics);
        List<Controller<?>> all = Controllers.all(new Controllers.Parts(
                context,
                new ClusterState(context.time()),
                standIn(CloudProvider.class),
                writer(),
                writer(),
                writer(),
                writer(),
                writer(),
                reader(),
                standIn(ScalableReader.class),
                standIn(PodEvictor.class),
                standIn(PodNominator.class),
                standIn(EventRecorder.class),
                RandomGenerator.getDefault(),
                new Controllers.Settings(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(10),
                        MILLI_CPU,
                        true,
                        false,
                        true,
                        true,
                        true,
                        true,
                        true)));
        controllers = all.stream().map(Controller::name).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The names of all controllers that the program starts. */
    Set<String> controllers() {
        return controllers;
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
