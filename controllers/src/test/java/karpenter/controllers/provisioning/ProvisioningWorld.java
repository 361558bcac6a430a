package karpenter.controllers.provisioning;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.controllers.launch.NodeClaimLauncher;
import karpenter.controllers.testing.FakeInstanceTypes;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Pod;
import karpenter.core.scheduling.Scheduler;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingOptions;
import karpenter.core.scheduling.SchedulingResult;
import karpenter.core.validation.LabelRules;
import karpenter.runtime.Controller;

/** A world with a ready pool of four-core machines, in which provisioning runs. */
final class ProvisioningWorld {
    static final ProvisioningSettings SETTINGS = new ProvisioningSettings(
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            new SchedulingOptions(Labels.WELL_KNOWN, true, false, true, SchedulingOptions.MOST_INSTANCE_TYPES),
            1000);

    final FakeWorld world = new FakeWorld();
    /** What the scheduler was asked, in order. */
    final List<SchedulingInput> questions = new ArrayList<>();

    NodeClaimLauncher launcher = start();
    private long seed;

    ProvisioningWorld() {
        world.cloud.setInstanceTypes(List.of(FakeInstanceTypes.type("four", 4)));
        world.api.nodePools().put(ready(NodePoolBuilder.pool("default").build()));
    }

    /** The process starts: controllers that know nothing but what they are told. */
    private NodeClaimLauncher start() {
        LabelRules rules = LabelRules.with(Set.of(), Set.of("karpenter.test.sh"));
        NodeClaimLauncher made = new NodeClaimLauncher(
                world.api.nodeClaims(),
                world.api.nodeClaims(),
                world.state,
                rules,
                new SplittableRandom(seed++),
                world.context.metrics());
        List<Controller<?>> controllers = Provisioning.controllers(
                world.context, world.state, world.cloud, made, world.api, this::schedule, SETTINGS);
        world.run(controllers.toArray(Controller[]::new));
        return made;
    }

    private SchedulingResult schedule(SchedulingInput question) {
        questions.add(question);
        return Scheduler.schedule(question);
    }

    void restart() {
        world.restart();
        launcher = start();
        world.listAgain();
    }

    static NodePool ready(NodePool pool) {
        return pool.withStatus(pool.status()
                .withConditions(List.of(new Condition(NodePool.READY, Condition.TRUE, "Ready", "", null, 1))));
    }

    /** Makes waiting pods that ask for that many cores each. */
    List<Pod> waiting(int count, String cpu) {
        List<Pod> pods = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pods.add(world.api.putPod(
                    PodBuilder.pod("waiting-" + world.api.pods().size())
                            .createdAt(world.now())
                            .request("cpu", cpu)
                            .build()));
        }
        return pods;
    }

    void pass(int seconds) {
        world.pass(Duration.ofSeconds(seconds));
    }

    List<NodeClaim> claims() {
        return world.api.nodeClaims().objects();
    }

    NodeClaim onlyClaim() {
        List<NodeClaim> claims = claims();
        if (claims.size() != 1) {
            throw new AssertionError("expected one claim, found " + claims);
        }
        return claims.getFirst();
    }

    /** The lifecycle controller's part: launches every claim that isn't launched, as a machine of four cores. */
    void launchAll() {
        for (NodeClaim claim : claims()) {
            if (claim.status().providerID().isEmpty()) {
                Map<String, Quantity> resources =
                        FakeInstanceTypes.type("four", 4).capacity().quantities();
                world.api
                        .nodeClaims()
                        .change(
                                claim.name(),
                                stored -> stored.withStatus(stored.status()
                                        .withInstance("fake:///" + claim.name(), "", resources, resources)));
            }
        }
    }

    String plannedOn(Pod pod) {
        return Objects.requireNonNull(world.state.plannedFor(pod.uid()), () -> pod.key() + " has no place")
                .targetName();
    }
}
