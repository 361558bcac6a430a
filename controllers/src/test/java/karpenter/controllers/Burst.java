package karpenter.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.ObjectMeta;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider.Machine;
import karpenter.controllers.testing.FakeCloudProvider;
import karpenter.controllers.testing.FakeInstanceTypes;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeClass;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;

/**
 * A burst of pods and its end, with every controller there is: pods wait, nodes are bought, pods run, pods are deleted, nodes
 * go. This class is the rest of the world: machines boot, kubelets report, kube-scheduler binds, and a process that dies is
 * started anew.
 */
final class Burst {
    private static final int PODS = 4;

    /** Each needs most of a machine of four cores, so that every pod has a node of its own. */
    private static final String CPU_PER_POD = "3";

    private static final int NODES_PER_BUDGET = 3;
    private static final Duration STEP = Duration.ofMillis(500);
    private static final int MOST_STEPS = 2 * 900;

    final FakeWorld world = new FakeWorld();
    private long seed;
    private int mostClaims;
    private int mostDisrupted;

    Burst() {
        world.cloud.setInstanceTypes(List.of(FakeInstanceTypes.type("fake-4x", 4)));
        start();
        world.api.putNodeClass(new NodeClass(
                FakeCloudProvider.NODE_CLASS.group(),
                FakeCloudProvider.NODE_CLASS.kind(),
                ObjectMeta.named("default"),
                new Condition("Ready", Condition.TRUE, "Ready", "", null, 1)));
        world.api
                .nodePools()
                .put(NodePoolBuilder.pool("default")
                        .consolidateAfter("10s")
                        .budget(Integer.toString(NODES_PER_BUDGET))
                        .build());
    }

    private void start() {
        world.restart();
        EveryController.start(world, EveryController.settings(false, false, false), seed++);
    }

    /** Lets the pods come, and everything happen until all of them run. Answers how long that took. */
    Duration scaleUp() {
        for (int i = 0; i < PODS; i++) {
            world.api.putPod(pod("pod-" + i).build());
        }
        return until("all pods run", () -> world.api.pods().stream().allMatch(Pod::bound));
    }

    private PodBuilder pod(String name) {
        return PodBuilder.pod(name).request("cpu", CPU_PER_POD).createdAt(world.now());
    }

    /** Takes the pods away, and lets everything happen until no node is left. Answers how long that took. */
    Duration scaleDown() {
        world.api.pods().forEach(pod -> world.api.removePod(pod.key()));
        return until(
                "all nodes are gone",
                () -> world.api.nodes().objects().isEmpty()
                        && world.api.nodeClaims().objects().isEmpty()
                        && world.cloud.machines().isEmpty());
    }

    private Duration until(String what, BooleanSupplier done) {
        for (int step = 0; step < MOST_STEPS; step++) {
            if (done.getAsBoolean()) {
                return STEP.multipliedBy(step);
            }
            world.pass(STEP);
            if (world.faults.crashed()) {
                start();
                world.settle();
            }
            restOfTheWorld();
            watchOver();
        }
        throw new AssertionError("it never came that " + what + ": claims "
                + world.api.nodeClaims().objects() + ", nodes "
                + world.api.nodes().objects() + ", machines "
                + world.cloud.machines() + ", pods " + world.api.pods() + ", calls " + world.faults.calls());
    }

    private void restOfTheWorld() {
        for (Node node : world.api.nodes().objects()) {
            if (!node.ready()) {
                world.becomeReady(node.name());
            }
        }
        for (Machine machine : world.cloud.machines()) {
            NodeClaim claim = world.api.nodeClaims().find(machine.nodeClaimName());
            boolean joined = world.api.nodes().objects().stream()
                    .anyMatch(node -> node.providerId().equals(machine.providerId()));
            if (!joined
                    && claim != null
                    && claim.status().providerID().equals(machine.providerId())
                    && !claim.metadata().deleting()) {
                world.join(claim.name());
            }
        }
        for (Pod pod : world.api.pods()) {
            if (pod.terminating()) {
                stopAndReplace(pod);
            } else if (!pod.bound()) {
                bind(pod);
            }
        }
    }

    /** The kubelet's and the ReplicaSet's part. */
    private void stopAndReplace(Pod pod) {
        world.api.removePod(pod.key());
        world.api.putPod(pod(pod.key().name() + "x").build());
    }

    /** kube-scheduler's part, which knows no plans. */
    private void bind(Pod pod) {
        for (Node node : world.api.nodes().objects()) {
            boolean open = node.ready()
                    && !node.unschedulable()
                    && node.taints().stream().allMatch(taint -> taint.effect().equals(Taint.PREFER_NO_SCHEDULE));
            if (open && pod.shape().requests().fitsIn(free(node))) {
                world.api.putPod(
                        pod(pod.key().name()).uid(pod.uid()).on(node.name()).build());
                return;
            }
        }
    }

    private ResourceVector free(Node node) {
        ResourceVector free = node.allocatable();
        for (Pod pod : world.api.pods()) {
            if (node.name().equals(pod.nodeName())) {
                free = free.minus(pod.shape().requests());
            }
        }
        return free;
    }

    /** What must hold at every moment. */
    private void watchOver() {
        mostClaims = Math.max(mostClaims, world.api.nodeClaims().objects().size());
        int disrupted = 0;
        for (NodeClaim claim : world.api.nodeClaims().objects()) {
            assertThat(world.cloud.launches(claim.name())).as(claim.name()).isLessThanOrEqualTo(1);
            if (claim.metadata().deleting()) {
                // A machine that has been told to stop counts no longer.
                disrupted += claim.isTrue(NodeClaim.INSTANCE_TERMINATING) ? 0 : 1;
                NodeState machine = world.state.snapshot().machinesByClaimName().get(claim.name());
                assertThat(machine == null ? List.of() : machine.pods())
                        .as("pods on a node that was deleted as empty")
                        .isEmpty();
            }
        }
        mostDisrupted = Math.max(mostDisrupted, disrupted);
    }

    void assertGoodEnd() {
        assertThat(mostClaims).as("claims at once").isEqualTo(PODS);
        assertThat(mostDisrupted).as("nodes disrupted at once").isLessThanOrEqualTo(NODES_PER_BUDGET);
        assertThat(world.faults.calls().stream().filter(call -> call.startsWith("evict")))
                .isEmpty();
        world.pass(Duration.ofSeconds(30));
        assertThat(world.cloud.machines()).isEmpty();
        assertThat(world.api.nodeClaims().objects()).isEmpty();
    }

    /** Nobody but Karpenter sets it, and nobody may see it on a node that stays. */
    boolean anyTaintLeft() {
        return world.api.nodes().objects().stream()
                .flatMap(node -> node.taints().stream())
                .anyMatch(taint -> taint.key().equals(Labels.DISRUPTED_TAINT));
    }
}
