package karpenter.app.bench;

import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.api.NillableDuration;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterStore;
import karpenter.core.cluster.DaemonSet;
import karpenter.core.cluster.Pod;
import karpenter.core.scheduling.Packing;
import karpenter.core.scheduling.PoolCatalog;
import karpenter.core.scheduling.Scheduler;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingOptions;
import karpenter.core.scheduling.SchedulingResult;

/** One problem to be measured: an empty cluster, one pool, and pods that wait. */
final class BenchProblem {
    private static final Map<String, Quantity> HUGE =
            Map.of("cpu", Quantity.parse("10M"), "memory", Quantity.parse("10000000Gi"));

    private final SchedulingInput input;

    private BenchProblem(SchedulingInput input) {
        this.input = input;
    }

    /**
     * What became of one solve.
     *
     * @param seconds of wall time
     */
    record Solved(SchedulingResult result, double seconds) {}

    /** @param daemons whether two DaemonSets take 300 millicores and 320 MiB of each node */
    static BenchProblem of(List<InstanceType> types, List<Pod> pods, boolean daemons, boolean respectPreferences) {
        ClusterStore store = new ClusterStore();
        store.apply(new ClusterDelta.Listed());
        if (daemons) {
            store.apply(daemonSet("proxy", 100, 64));
            store.apply(daemonSet("agent", 200, 256));
        }
        NodePool pool = new NodePool(
                ObjectMeta.named("default"),
                new NodePool.Spec(
                        new NodePool.Template(
                                new NodePool.TemplateMetadata(Map.of(), null),
                                new NodePool.TemplateSpec(
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        new NodeClassReference("karpenter.kwok.sh", "KWOKNodeClass", "default"),
                                        null,
                                        NillableDuration.parse("720h"))),
                        NodePool.Disruption.DEFAULT,
                        HUGE,
                        null,
                        null),
                NodePool.Status.EMPTY);
        SchedulingOptions options = new SchedulingOptions(
                Labels.WELL_KNOWN, respectPreferences, false, true, SchedulingOptions.MOST_INSTANCE_TYPES);
        List<PoolCatalog> pools = List.of(new PoolCatalog(pool, "karpenter.kwok.sh/kwoknodeclass", types));
        return new BenchProblem(SchedulingInput.of(store.snapshot(), pods, pools, options));
    }

    private static ClusterDelta daemonSet(String name, long milliCpu, long memoryMib) {
        return new ClusterDelta.DaemonSetChanged(
                new DaemonSet(ObjectMeta.named(name), MadeUpPods.shape(milliCpu, memoryMib, MadeUpPods.Terms.NONE)));
    }

    SchedulingInput input() {
        return input;
    }

    int pods() {
        return input.pods().size();
    }

    Solved solve(Packing packing) {
        SchedulingInput question = input.with(input.options().withPacking(packing));
        long start = System.nanoTime();
        SchedulingResult result = Scheduler.schedule(question);
        return new Solved(result, (System.nanoTime() - start) / 1e9);
    }
}
