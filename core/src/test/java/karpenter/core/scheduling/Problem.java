package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.NillableDuration;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterStore;
import karpenter.core.cluster.DaemonSet;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/** Builds a scheduling problem: pools, machines, DaemonSets and pods waiting. */
final class Problem {
    static final String NODE_CLASS_LABEL = "karpenter.kwok.sh/kwoknodeclass";

    private final ClusterStore store = new ClusterStore();
    private final List<PoolCatalog> pools = new ArrayList<>();
    private final List<Pod> pods = new ArrayList<>();
    private final Map<String, String> promised = new HashMap<>();
    /** Upstream's defaults. */
    private SchedulingOptions options =
            new SchedulingOptions(Types.WELL_KNOWN, true, false, true, SchedulingOptions.MOST_INSTANCE_TYPES);

    private int version = 1;

    Problem() {
        store.apply(new ClusterDelta.Listed());
    }

    /** What a test can say about a pool. */
    static final class Pool {
        private Map<String, String> labels = Map.of();
        private final List<NodeSelectorRequirement> requirements = new ArrayList<>();
        private final List<Taint> taints = new ArrayList<>();
        private final List<Taint> startupTaints = new ArrayList<>();
        private @Nullable Map<String, Quantity> limits;
        private @Nullable Integer weight;

        Pool labels(Map<String, String> value) {
            labels = value;
            return this;
        }

        Pool require(NodeSelectorRequirement... value) {
            requirements.addAll(List.of(value));
            return this;
        }

        Pool require(String key, String operator, @Nullable Integer minValues, String... values) {
            requirements.add(new NodeSelectorRequirement(key, operator, List.of(values), minValues));
            return this;
        }

        Pool taint(String key, String value, String effect) {
            taints.add(Taint.of(key, value, effect));
            return this;
        }

        Pool startupTaint(String key) {
            startupTaints.add(Taint.of(key, "", Taint.NO_SCHEDULE));
            return this;
        }

        Pool limit(String resource, String quantity) {
            Map<String, Quantity> more = limits == null ? new HashMap<>() : new HashMap<>(limits);
            more.put(resource, Quantity.parse(quantity));
            limits = more;
            return this;
        }

        Pool weight(int value) {
            weight = value;
            return this;
        }

        NodePool build(String name) {
            return new NodePool(
                    ObjectMeta.named(name),
                    new NodePool.Spec(
                            new NodePool.Template(
                                    new NodePool.TemplateMetadata(labels, null),
                                    new NodePool.TemplateSpec(
                                            taints,
                                            startupTaints,
                                            requirements,
                                            new NodeClassReference("karpenter.kwok.sh", "KWOKNodeClass", "default"),
                                            null,
                                            NillableDuration.parse("720h"))),
                            NodePool.Disruption.DEFAULT,
                            limits,
                            weight,
                            null),
                    NodePool.Status.EMPTY);
        }
    }

    Problem pool(String name, List<InstanceType> types, UnaryOperator<Pool> change) {
        NodePool pool = change.apply(new Pool()).build(name);
        pools.add(new PoolCatalog(pool, NODE_CLASS_LABEL, types));
        return this;
    }

    Problem pool(List<InstanceType> types) {
        return pool("default", types, pool -> pool);
    }

    Problem waiting(Pod... value) {
        pods.addAll(List.of(value));
        return this;
    }

    Problem waiting(Collection<Pod> value) {
        pods.addAll(value);
        return this;
    }

    Problem promise(Pod pod, String machine) {
        promised.put(pod.uid(), machine);
        return this;
    }

    Problem options(UnaryOperator<SchedulingOptions> change) {
        options = change.apply(options);
        return this;
    }

    Problem daemonSet(String uid, PodShape template) {
        ObjectMeta named = ObjectMeta.named(uid);
        store.apply(new ClusterDelta.DaemonSetChanged(new DaemonSet(
                new ObjectMeta(
                        uid,
                        "",
                        "kube-system",
                        uid,
                        "1",
                        1,
                        Pods.BIRTH,
                        null,
                        named.labels(),
                        Map.of(),
                        List.of(),
                        List.of()),
                template)));
        return this;
    }

    /** What a test can say about a machine. */
    static final class Machine {
        private final Map<String, String> labels = new HashMap<>();
        private final List<Taint> taints = new ArrayList<>();
        private @Nullable String pool = "default";
        private boolean initialized = true;
        private boolean joined = true;
        private boolean ready = true;
        private ResourceVector allocatable = Types.resources(4, 16, 110);

        Machine label(String key, String value) {
            labels.put(key, value);
            return this;
        }

        Machine taint(String key, String effect) {
            taints.add(Taint.of(key, "", effect));
            return this;
        }

        Machine pool(@Nullable String value) {
            pool = value;
            return this;
        }

        /** Registered, but not initialized. */
        Machine booting() {
            initialized = false;
            return this;
        }

        /** Launched, but no Node so far. */
        Machine launched() {
            joined = false;
            return this;
        }

        /** Its kubelet has stopped to report. */
        Machine notReady() {
            ready = false;
            return this;
        }

        Machine size(ResourceVector value) {
            allocatable = value;
            return this;
        }
    }

    Problem machine(String name, UnaryOperator<Machine> change) {
        Machine machine = change.apply(new Machine());
        Map<String, String> labels = new HashMap<>(machine.labels);
        labels.put(Labels.HOSTNAME, name);
        if (machine.pool != null) {
            labels.put(Labels.NODE_POOL, machine.pool);
            store.apply(new ClusterDelta.NodeClaimChanged(new NodeClaim(
                    metadata(name, "claim-" + name).withLabels(labels),
                    new NodeClaim.Spec(
                            machine.taints,
                            List.of(),
                            List.of(),
                            new NodeClaim.Resources(Map.of()),
                            new NodeClassReference("karpenter.kwok.sh", "KWOKNodeClass", "default"),
                            null,
                            NillableDuration.parse("720h")),
                    new NodeClaim.Status(
                            name,
                            "fake:///" + name,
                            "",
                            machine.allocatable.quantities(),
                            machine.allocatable.quantities(),
                            List.of(),
                            null))));
            labels.put(Labels.REGISTERED, "true");
            if (machine.initialized) {
                labels.put(Labels.INITIALIZED, "true");
            }
        }
        if (machine.joined) {
            store.apply(new ClusterDelta.NodeChanged(new Node(
                    metadata(name, "node-" + name).withLabels(labels),
                    "fake:///" + name,
                    false,
                    machine.taints,
                    machine.allocatable,
                    machine.allocatable,
                    List.of(new Condition(
                            "Ready", machine.ready ? Condition.TRUE : Condition.FALSE, "", "", Pods.BIRTH, 0)))));
        }
        return this;
    }

    private ObjectMeta metadata(String name, String uid) {
        version++;
        return new ObjectMeta(
                name,
                "",
                "",
                uid,
                Integer.toString(version),
                1,
                Pods.BIRTH,
                null,
                Map.of(),
                Map.of(),
                List.of(),
                List.of());
    }

    /** A change to the image that needs no builder. */
    Problem given(ClusterDelta delta) {
        store.apply(delta);
        return this;
    }

    /** A pod that is there already. */
    Problem running(Pod pod) {
        store.apply(new ClusterDelta.PodChanged(pod));
        return this;
    }

    SchedulingInput input() {
        SchedulingInput all = SchedulingInput.of(store.snapshot(), pods, pools, options);
        return new SchedulingInput(all.snapshot(), all.machines(), pods, pools, promised, options);
    }

    SchedulingResult solve() {
        return Scheduler.schedule(input());
    }
}
