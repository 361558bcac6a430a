package karpenter.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider.Machine;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.node.hydration.NodeHydrationController;
import karpenter.controllers.nodeclaim.consistency.ConsistencyController;
import karpenter.controllers.nodeclaim.disruption.DisruptionConditionsController;
import karpenter.controllers.nodeclaim.expiration.ExpirationController;
import karpenter.controllers.nodeclaim.garbagecollection.GarbageCollectionController;
import karpenter.controllers.nodeclaim.hydration.ClaimHydrationController;
import karpenter.controllers.nodeclaim.podevents.PodEventsController;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.runtime.Controller;

/**
 * One claim from its creation to the end of its machine, in a world of which this class is the rest: machines join, kubelets
 * report, the scheduler binds a pod, somebody wants an end, and a process that dies is started anew.
 */
final class WholeLife {
    private static final String CLAIM = "a";
    private static final PodKey POD = new PodKey("default", "p");

    /** Longer than the longest pause after a failure, a garbage collection included. */
    private static final int PATIENCE_SECONDS = 400;

    /** Longer than the least time of a drain, shorter than the pod's own grace period. */
    private static final int POD_STOPS_IN_SECONDS = 8;

    /** How the life ends. */
    enum End {
        /** Somebody deletes the claim, as a disruption does. */
        CLAIM_DELETED,
        /** Somebody deletes the node. */
        NODE_DELETED,
        /** The claim expires. */
        EXPIRED,
        /** Somebody deletes the claim while its machine is being launched. */
        DELETED_DURING_LAUNCH
    }

    private final End end;
    private final NodeLife life = new NodeLife();
    final FakeWorld world = life.world;
    private boolean podStarted;
    private int podEndingSeconds;
    private boolean podLost;

    WholeLife(End end) {
        this.end = end;
        start();
    }

    /** Starts the process, again when there was one. */
    private void start() {
        world.restart();
        controllers();
        world.listAgain();
    }

    /** All of them, over the world as it is now. */
    private void controllers() {
        List<Controller<?>> all = new ArrayList<>(life.controllers());
        ClaimDeletions deletions = new ClaimDeletions(world.api.nodeClaims(), world.state, world.context.metrics());
        int cpu = NodeLife.CPU_MILLI;
        all.add(ExpirationController.controller(world.state, world.cloud, deletions, world.context));
        all.add(GarbageCollectionController.controller(
                world.state, world.cloud, world.api.nodeClaims(), deletions, world.context));
        all.add(ConsistencyController.controller(
                world.state, world.api.nodeClaims(), world.cloud, world.api, world.context, cpu));
        all.add(ClaimHydrationController.controller(
                world.state, world.api.nodeClaims(), world.cloud, world.context, cpu));
        all.add(NodeHydrationController.controller(world.state, world.api.nodes(), world.cloud, world.context, cpu));
        all.add(PodEventsController.controller(world.state, world.api.nodeClaims(), world.cloud, world.context));
        all.add(DisruptionConditionsController.controller(
                world.state, world.api.nodeClaims(), world.cloud, world.context, cpu));
        world.run(all.toArray(Controller[]::new));
    }

    /** Lets a whole life pass, starting the process anew when it dies. Answers how many seconds it took. */
    int live() {
        world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        NodeClaimBuilder claim = NodeClaimBuilder.claim(CLAIM)
                .pool(world.api.nodePools().stored("default"))
                .terminationGracePeriod("2m")
                .request("cpu", "1");
        if (end == End.EXPIRED) {
            claim.expireAfter("60s");
        }
        if (end == End.DELETED_DURING_LAUNCH) {
            world.cloud.answerLaunches(launching -> {
                world.api.nodeClaims().startDeletion(CLAIM);
                return null;
            });
        }
        world.api.nodeClaims().put(claim.build());
        for (int second = 0; second < PATIENCE_SECONDS; second++) {
            if (isOver()) {
                return second;
            }
            world.pass(Duration.ofSeconds(1));
            if (world.faults.crashed()) {
                start();
                world.settle();
            }
            restOfTheWorld();
        }
        throw new AssertionError(
                "it never ended: claims " + world.api.nodeClaims().objects() + ", nodes "
                        + world.api.nodes().objects() + ", machines " + world.cloud.machines() + ", calls "
                        + world.faults.calls());
    }

    private boolean isOver() {
        return (podStarted || end == End.DELETED_DURING_LAUNCH)
                && world.api.nodeClaims().objects().isEmpty()
                && world.api.nodes().objects().isEmpty()
                && world.cloud.machines().isEmpty();
    }

    /** Machines boot, kubelets report, the scheduler binds, kubelets stop pods, and somebody wants an end. */
    private void restOfTheWorld() {
        for (Machine machine : world.cloud.machines()) {
            boolean joined = world.api.nodes().objects().stream()
                    .anyMatch(node -> node.providerId().equals(machine.providerId()));
            NodeClaim claim = world.api.nodeClaims().find(CLAIM);
            if (!joined && claim != null && !claim.status().providerID().isEmpty()) {
                world.join(CLAIM);
            }
        }
        for (Node node : world.api.nodes().objects()) {
            if (!node.ready()) {
                world.becomeReady(node.name());
            }
            if (node.metadata().labels().containsKey(Labels.INITIALIZED) && !podStarted) {
                podStarted = true;
                world.api.putPod(PodBuilder.pod(POD.name())
                        .createdAt(world.now())
                        .on(node.name())
                        .build());
            } else if (podStarted) {
                wantAnEnd(node);
            }
        }
        Pod pod = world.api.pod(POD);
        podLost |= pod != null && world.cloud.machines().isEmpty();
        podEndingSeconds += pod != null && pod.terminating() ? 1 : 0;
        if (podEndingSeconds > POD_STOPS_IN_SECONDS) {
            world.api.stopTerminatingPods();
        }
    }

    private void wantAnEnd(Node node) {
        switch (end) {
            case CLAIM_DELETED -> {
                if (world.api.nodeClaims().find(CLAIM) != null) {
                    world.api.nodeClaims().startDeletion(CLAIM);
                }
            }
            case NODE_DELETED -> world.api.nodes().startDeletion(node.name());
            case EXPIRED, DELETED_DURING_LAUNCH -> {
                // happens by itself
            }
        }
    }

    void assertGoodEnd() {
        if (end == End.DELETED_DURING_LAUNCH) {
            assertThat(world.cloud.launches(CLAIM)).isLessThanOrEqualTo(1);
        } else {
            assertThat(world.cloud.launches(CLAIM)).isEqualTo(1);
        }
        assertThat(podLost).as("the machine went while its pod ran").isFalse();
        assertThat(world.api.pods()).isEmpty();
        world.pass(Duration.ofMinutes(5));
        assertThat(world.cloud.machines()).isEmpty();
        assertThat(world.api.nodeClaims().objects()).isEmpty();
    }
}
