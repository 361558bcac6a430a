package karpenter.kube.watch;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.port.ClusterSource;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.ResourcePath;
import karpenter.runtime.Readiness;

/**
 * Watches every kind that decisions look at: Pods, Nodes, NodeClaims, NodePools, NodeClasses, DaemonSets,
 * PodDisruptionBudgets, Namespaces, VolumeAttachments, PersistentVolumeClaims, PersistentVolumes, StorageClasses and
 * CSINodes; Services and workloads when asked to. It never gives up; what is wrong is in the log, and until the first lists are
 * delivered in {@link #readiness}.
 */
public final class KubeClusterSource implements ClusterSource {
    private final ApiClient api;
    private final List<ResourcePath> nodeClasses;
    private final Set<OptionalKind> optional;
    private final RandomGenerator random;
    private final List<Reflector<?>> reflectors = new ArrayList<>();

    /** @param random spreads the ends of watches and the attempts after failures; thread-safe */
    public KubeClusterSource(
            ApiClient api, List<ResourcePath> nodeClasses, Set<OptionalKind> optional, RandomGenerator random) {
        this.api = api;
        this.nodeClasses = List.copyOf(nodeClasses);
        this.optional = Set.copyOf(optional);
        this.random = random;
    }

    @Override
    public synchronized void start(Consumer<ClusterDelta> sink) {
        if (!reflectors.isEmpty()) {
            throw new IllegalStateException("The source is started already; it feeds one sink");
        }
        List<WatchedKind<?>> kinds = ClusterKinds.all(nodeClasses, optional);
        AtomicInteger unlisted = new AtomicInteger(kinds.size());
        for (WatchedKind<?> kind : kinds) {
            Reflector<?> reflector = new Reflector<>(
                    api,
                    kind,
                    sink,
                    () -> {
                        if (unlisted.decrementAndGet() == 0) {
                            sink.accept(new ClusterDelta.Listed());
                        }
                    },
                    random);
            reflectors.add(reflector);
            Thread.ofVirtual().name("watch-" + kind.resource().plural()).start(reflector);
        }
    }

    /** Ready when the first list of every kind is delivered, else which are missing and why. */
    public synchronized Readiness readiness() {
        if (reflectors.isEmpty()) {
            return Readiness.notReady("the watches have not been started");
        }
        List<String> missing = new ArrayList<>();
        for (Reflector<?> reflector : reflectors) {
            String trouble = reflector.trouble();
            if (trouble != null) {
                missing.add(reflector.kindText() + " (" + trouble + ")");
            }
        }
        return missing.isEmpty() ? Readiness.ready() : Readiness.notReady("not listed: " + String.join("; ", missing));
    }

    /** Ends all watches; nothing more is delivered, except by a delivery that is under way. */
    @Override
    public synchronized void close() {
        reflectors.forEach(Reflector::close);
    }
}
