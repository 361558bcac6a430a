package karpenter.core.disruption;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.NillableDuration;
import karpenter.api.ObjectMeta;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterStore;
import karpenter.core.cluster.DisruptionBudget;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.SchedulerVerdict;
import karpenter.core.cluster.Toleration;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/** A small cluster to decide on: nodes of one pool that are launched, initialized and consolidatable unless said otherwise. */
final class TestingCluster {
    static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    static final String POOL = "default";
    private static final NodeClassReference CLASS =
            new NodeClassReference("karpenter.kwok.sh", "KWOKNodeClass", "default");

    final ClusterStore store = new ClusterStore();
    private int version;

    TestingCluster() {
        store.apply(new ClusterDelta.Listed());
    }

    DisruptionView view() {
        return view(Set.of());
    }

    DisruptionView view(Set<String> owned) {
        return new DisruptionView(store.snapshot(), NOW, owned, Map.of());
    }

    TestingCluster pool(NodePool.Budget... budgets) {
        return pool(POOL, "0s", budgets);
    }

    TestingCluster pool(String name, String consolidateAfter, NodePool.Budget... budgets) {
        store.apply(new ClusterDelta.NodePoolChanged(stamped(nodePool(name, consolidateAfter, null, budgets))));
        return this;
    }

    private NodePool stamped(NodePool pool) {
        version++;
        return pool.withMetadata(pool.metadata().withResourceVersion(Integer.toString(version)));
    }

    TestingCluster staticPool(String name) {
        store.apply(new ClusterDelta.NodePoolChanged(stamped(nodePool(name, "0s", 3L))));
        return this;
    }

    static NodePool nodePool(
            String name, String consolidateAfter, @Nullable Long replicas, NodePool.Budget... budgets) {
        return new NodePool(
                ObjectMeta.named(name),
                new NodePool.Spec(
                        new NodePool.Template(
                                new NodePool.TemplateMetadata(null, null),
                                new NodePool.TemplateSpec(
                                        List.of(), List.of(), List.of(), CLASS, null, NillableDuration.parse("720h"))),
                        new NodePool.Disruption(
                                NillableDuration.parse(consolidateAfter),
                                NodePool.Disruption.WHEN_EMPTY,
                                List.of(budgets)),
                        null,
                        null,
                        replicas),
                NodePool.Status.EMPTY);
    }

    static NodePool.Budget budget(String nodes, String... reasons) {
        return new NodePool.Budget(reasons.length == 0 ? null : List.of(reasons), nodes, null, null);
    }

    TestingCluster node(String name) {
        return node(name, POOL, machine -> machine);
    }

    /** What a test can change about a machine before it joins. */
    record Machine(NodeClaim claim, Node node) {
        Machine withoutCondition(String type) {
            return new Machine(
                    claim.withStatus(claim.status()
                            .withConditions(claim.status().conditions().stream()
                                    .filter(condition -> !condition.type().equals(type))
                                    .toList())),
                    node);
        }

        Machine withCondition(String type) {
            List<Condition> conditions = new ArrayList<>(claim.status().conditions());
            conditions.add(new Condition(type, Condition.TRUE, type, "", NOW, 1));
            return new Machine(claim.withStatus(claim.status().withConditions(conditions)), node);
        }

        Machine withAnnotation(String key, String value) {
            return new Machine(claim, node.withMetadata(node.metadata().withAnnotation(key, value)));
        }

        Machine withNodeLabels(Map<String, String> labels) {
            return new Machine(claim, node.withMetadata(node.metadata().withLabels(labels)));
        }

        Machine notReady() {
            return new Machine(
                    claim,
                    new Node(
                            node.metadata(),
                            node.providerId(),
                            false,
                            node.taints(),
                            node.capacity(),
                            node.allocatable(),
                            List.of(new Condition("Ready", Condition.FALSE, "", "", NOW, 0))));
        }

        Machine deleting() {
            ObjectMeta old = claim.metadata();
            return new Machine(
                    claim.withMetadata(new ObjectMeta(
                            old.name(),
                            "",
                            "",
                            old.uid(),
                            old.resourceVersion(),
                            1,
                            old.creationTimestamp(),
                            NOW,
                            old.labels(),
                            old.annotations(),
                            old.finalizers(),
                            old.ownerReferences())),
                    node);
        }

        Machine bornAt(Instant creation) {
            ObjectMeta old = claim.metadata();
            return new Machine(
                    claim.withMetadata(new ObjectMeta(
                            old.name(),
                            "",
                            "",
                            old.uid(),
                            old.resourceVersion(),
                            1,
                            creation,
                            null,
                            old.labels(),
                            old.annotations(),
                            old.finalizers(),
                            old.ownerReferences())),
                    node);
        }

        Machine withTerminationGracePeriod(String duration) {
            NodeClaim.Spec old = claim.spec();
            return new Machine(
                    new NodeClaim(
                            claim.metadata(),
                            new NodeClaim.Spec(
                                    old.taints(),
                                    old.startupTaints(),
                                    old.requirements(),
                                    old.resources(),
                                    old.nodeClassRef(),
                                    duration,
                                    old.expireAfter()),
                            claim.status()),
                    node);
        }
    }

    TestingCluster node(String name, String pool, UnaryOperator<Machine> change) {
        Map<String, String> labels = new HashMap<>();
        labels.put(Labels.NODE_POOL, pool);
        labels.put(Labels.REGISTERED, "true");
        labels.put(Labels.INITIALIZED, "true");
        NodeClaim claim = new NodeClaim(
                metadata(name, "claim-" + name).withLabels(Map.of(Labels.NODE_POOL, pool)),
                new NodeClaim.Spec(
                        List.of(),
                        List.of(),
                        List.of(),
                        new NodeClaim.Resources(Map.of()),
                        CLASS,
                        null,
                        NillableDuration.parse("720h")),
                new NodeClaim.Status(name, "fake:///" + name, "", Map.of(), Map.of(), List.of(), null));
        Node node = new Node(
                metadata(name, "node-" + name).withLabels(labels),
                "fake:///" + name,
                false,
                List.of(),
                ResourceVector.of(4000, 8L << 30),
                ResourceVector.of(4000, 8L << 30),
                List.of(new Condition("Ready", Condition.TRUE, "", "", NOW, 0)));
        Machine machine = change.apply(
                new Machine(claim, node).withCondition(NodeClaim.INITIALIZED).withCondition(NodeClaim.CONSOLIDATABLE));
        store.apply(new ClusterDelta.NodeClaimChanged(machine.claim));
        store.apply(new ClusterDelta.NodeChanged(machine.node));
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
                NOW.minus(Duration.ofHours(1)),
                null,
                Map.of(),
                Map.of(),
                List.of(),
                List.of());
    }

    /** A running, ready pod of a ReplicaSet. */
    PodBuilder pod(String name) {
        return new PodBuilder(name);
    }

    TestingCluster podGone(String name) {
        store.apply(new ClusterDelta.PodGone(new PodKey("default", name), "pod-" + name));
        return this;
    }

    TestingCluster disruptionBudget(String name, int allowed, boolean fullyBlocking, boolean alwaysAllowUnhealthy) {
        ObjectMeta named = ObjectMeta.named(name);
        store.apply(new ClusterDelta.DisruptionBudgetChanged(new DisruptionBudget(
                new ObjectMeta(
                        named.name(), "", "default", name, "1", 1, NOW, null, Map.of(), Map.of(), List.of(), List.of()),
                new LabelSelector(Map.of("app", "web"), List.of()),
                allowed,
                fullyBlocking,
                alwaysAllowUnhealthy)));
        return this;
    }

    final class PodBuilder {
        private final String name;
        private PodOwner owner = new PodOwner("apps/v1", "ReplicaSet", "web", "rs");
        private PodPhase phase = PodPhase.RUNNING;
        private boolean ready = true;
        private @Nullable Instant deletion;
        private @Nullable Instant start = NOW.minus(Duration.ofMinutes(10));
        private @Nullable String doNotDisrupt;
        private double deletionCost;
        private int priority;
        private List<Toleration> tolerations = List.of();

        private PodBuilder(String name) {
            this.name = name;
        }

        PodBuilder ownedBy(String apiVersion, String kind) {
            owner = new PodOwner(apiVersion, kind, "owner", "owner");
            return this;
        }

        PodBuilder phase(PodPhase value) {
            phase = value;
            return this;
        }

        PodBuilder notReady() {
            ready = false;
            return this;
        }

        PodBuilder notStarted() {
            start = null;
            return this;
        }

        PodBuilder terminating() {
            deletion = NOW;
            return this;
        }

        PodBuilder doNotDisrupt(String value) {
            doNotDisrupt = value;
            return this;
        }

        PodBuilder deletionCost(double value) {
            deletionCost = value;
            return this;
        }

        PodBuilder priority(int value) {
            priority = value;
            return this;
        }

        PodBuilder toleratesEverything() {
            tolerations = List.of(Toleration.EVERYTHING);
            return this;
        }

        Pod build(@Nullable String node) {
            version++;
            return new Pod(
                    new PodKey("default", name),
                    "pod-" + name,
                    Integer.toString(version),
                    PodShape.builder("default")
                            .labels(Map.of("app", "web"))
                            .owner(owner)
                            .requests(ResourceVector.of(100, 1 << 20))
                            .tolerations(tolerations)
                            .priority(priority)
                            .build(),
                    phase,
                    node,
                    null,
                    SchedulerVerdict.NONE,
                    ready,
                    NOW.minus(Duration.ofMinutes(10)),
                    deletion,
                    start,
                    doNotDisrupt,
                    deletionCost);
        }

        TestingCluster on(String node) {
            store.apply(new ClusterDelta.PodChanged(build(node)));
            return TestingCluster.this;
        }
    }
}
