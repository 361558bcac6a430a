package karpenter.controllers.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.controllers.launch.NodeClaimLauncher.Launch;
import karpenter.controllers.testing.FakeCloudProvider;
import karpenter.controllers.testing.FakeInstanceTypes;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.WriteResult;
import karpenter.core.requirement.Requirements;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.validation.LabelRules;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

final class NodeClaimLauncherTest {
    private final FakeWorld world = new FakeWorld();

    private NodeClaimLauncher launcher(RandomGenerator random) {
        return launcher(world.api.nodeClaims(), random);
    }

    private NodeClaimLauncher launcher(ObjectWriter<NodeClaim> writer, RandomGenerator random) {
        return new NodeClaimLauncher(
                writer,
                world.api.nodeClaims(),
                world.state,
                LabelRules.with(Set.of(), Set.of()),
                random,
                world.context.metrics());
    }

    private NodePlan plan(NodePool pool) {
        InstanceType type = FakeInstanceTypes.type("four", 4);
        Pod pod = PodBuilder.pod("p").request("cpu", "3").build();
        return new NodePlan(
                pool,
                FakeCloudProvider.NODE_CLASS.labelKey(),
                Requirements.NONE,
                List.of(type),
                type.offerings().getFirst(),
                pod.shape().requests(),
                List.of(pod),
                false);
    }

    @Test
    @Covers("provisioning: limits")
    void countsClaimsOfTheSamePassAgainstTheLimits() {
        NodePool pool = world.api
                .nodePools()
                .put(NodePoolBuilder.pool("small").limit("nodes", "2").build());
        NodeClaimLauncher launcher = launcher(new SplittableRandom(1));
        assertThat(launcher.launch(plan(pool), "provisioned")).isInstanceOf(Launch.Created.class);
        assertThat(launcher.launch(plan(pool), "provisioned")).isInstanceOf(Launch.Created.class);
        assertThat(launcher.launch(plan(pool), "provisioned"))
                .isInstanceOfSatisfying(
                        Launch.Refused.class,
                        refused -> assertThat(refused.why()).isEqualTo("nodes resource usage of 3 exceeds limit of 2"));
        assertThat(world.context
                        .metrics()
                        .counter("karpenter_nodeclaims_created_total", "", "reason", "nodepool", "min_values_relaxed")
                        .value("provisioned", "small", "false"))
                .isEqualTo(2);
    }

    @Test
    void checksLimitsOfResourcesExactly() {
        NodePool pool = world.api
                .nodePools()
                .put(NodePoolBuilder.pool("small").limit("cpu", "6").build());
        NodeClaimLauncher launcher = launcher(new SplittableRandom(1));
        launcher.launch(plan(pool), "provisioned");
        assertThat(launcher.launch(plan(pool), "provisioned")).isInstanceOf(Launch.Created.class);
        assertThat(launcher.launch(plan(pool), "provisioned"))
                .isInstanceOfSatisfying(
                        Launch.Refused.class,
                        refused -> assertThat(refused.why()).isEqualTo("cpu resource usage of 9 exceeds limit of 6"));
    }

    @Test
    void refusesAPlanOfAPoolThatIsGoneOrGoing() {
        NodePool gone = NodePoolBuilder.pool("gone").build();
        assertThat(launcher(new SplittableRandom(1)).launch(plan(gone), "provisioned"))
                .isInstanceOf(Launch.Refused.class);
    }

    @Test
    void doesNotTakeAnotherClaimOfTheSameNameForItsOwn() {
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        String taken = ClaimNames.next("default", new SplittableRandom(1));
        world.api.nodeClaims().put(NodeClaimBuilder.claim(taken).build());
        NodeClaimLauncher launcher = launcher(new SplittableRandom(1));
        assertThat(launcher.launch(plan(pool), "provisioned")).isInstanceOf(Launch.Refused.class);
        assertThat(launcher.open()).isFalse();
    }

    /** Carries creates out, lets time pass, and answers nothing. */
    private final class Unanswered implements ObjectWriter<NodeClaim> {
        private final Consumer<NodeClaim> meanwhile;

        Unanswered(Consumer<NodeClaim> meanwhile) {
            this.meanwhile = meanwhile;
        }

        @Override
        public WriteResult<NodeClaim> create(NodeClaim claim) {
            world.api.nodeClaims().create(claim);
            meanwhile.accept(claim);
            return new WriteResult.Unavailable<>("no answer", null);
        }

        @Override
        public WriteResult<NodeClaim> patch(NodeClaim before, NodeClaim after, Lock lock) {
            throw new AssertionError("a launch patches nothing");
        }

        @Override
        public WriteResult<NodeClaim> patchStatus(NodeClaim before, NodeClaim after, Lock lock) {
            throw new AssertionError("a launch patches nothing");
        }

        @Override
        public WriteResult<NodeClaim> delete(NodeClaim claim) {
            throw new AssertionError("a launch deletes nothing");
        }
    }

    private long created() {
        return world.faults.calls().stream()
                .filter(call -> call.startsWith("create"))
                .count();
    }

    @Test
    void createsNoSecondClaimWhenTheFirstCameAndWentBeforeTheAnswerWasGivenUp() {
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        NodeClaimLauncher launcher =
                launcher(new Unanswered(claim -> world.api.nodeClaims().remove(claim.name())), new SplittableRandom(1));
        assertThat(launcher.launch(plan(pool), "provisioned")).isInstanceOf(Launch.Refused.class);
        assertThat(launcher.open()).isFalse();
        assertThat(created()).isEqualTo(1);
        assertThat(world.api.nodeClaims().objects()).isEmpty();
    }

    @Test
    void keepsAMachineForItsPodsThatComesBeforeTheAnswerDoes() {
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        List<Boolean> nominated = new ArrayList<>();
        NodeClaimLauncher launcher = launcher(
                new Unanswered(claim -> {
                    world.api
                            .nodeClaims()
                            .change(
                                    claim.name(),
                                    stored -> stored.withStatus(
                                            stored.status().withInstance("fake:///a", "", Map.of(), Map.of())));
                    nominated.add(Objects.requireNonNull(
                                    world.state.snapshot().machinesByClaimName().get(claim.name()))
                            .nominated(world.now().plusSeconds(10)));
                }),
                new SplittableRandom(1));
        launcher.launch(plan(pool), "provisioned");
        assertThat(nominated).containsExactly(true);
    }

    @Test
    void takesTheWatchsWordForAClaimWhoseAnswerWasLost() {
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        NodeClaimLauncher launcher = launcher(new Unanswered(claim -> {}), new SplittableRandom(1));
        assertThat(launcher.launch(plan(pool), "provisioned")).isInstanceOf(Launch.Created.class);
        assertThat(launcher.open()).isFalse();
        assertThat(created()).isEqualTo(1);
    }

    @Test
    void showsTheClaimInTheImageBeforeTheWatchDoes() {
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.api.holdWatch();
        Launch launch = launcher(new SplittableRandom(1)).launch(plan(pool), "provisioned");
        NodeClaim claim = ((Launch.Created) launch).claim();
        assertThat(Objects.requireNonNull(world.state.claim(claim.name()))
                        .spec()
                        .resources()
                        .requests())
                .containsEntry("cpu", Quantity.parse("3"));
        assertThat(world.state.snapshot().synced()).isFalse();
    }

    @Test
    void cutsTheNamesOfPoolsSoThatAnyClaimNameFitsALabel() {
        String name = ClaimNames.next("a".repeat(100), new SplittableRandom(1));
        assertThat(name).hasSize(63);
    }
}
