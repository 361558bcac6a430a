package karpenter.controllers.nodeclaim.expiration;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("nodeclaim/expiration: expiry")
final class ExpirationControllerTest {
    private final FakeWorld world = new FakeWorld();

    ExpirationControllerTest() {
        ClaimDeletions deletions = new ClaimDeletions(world.api.nodeClaims(), world.state, world.context.metrics());
        world.run(ExpirationController.controller(world.state, world.cloud, deletions, world.context));
    }

    private boolean exists() {
        return world.api.nodeClaims().find("a") != null;
    }

    @Test
    void deletesAClaimWhenItsTimeIsUp() {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("a").expireAfter("30s").build());
        world.pass(Duration.ofSeconds(29));
        assertThat(exists()).isTrue();
        world.pass(Duration.ofSeconds(1));
        assertThat(exists()).isFalse();
        assertThat(world.context
                        .metrics()
                        .counter(
                                "karpenter_nodeclaims_disrupted_total",
                                "",
                                "reason",
                                "nodepool",
                                "capacity_type",
                                "consolidation_policy",
                                "termination_mode")
                        .value("expired", "", "", "", "graceful"))
                .isEqualTo(1);
    }

    @Test
    void keepsAClaimThatNeverExpires() {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("a").expireAfter("Never").build());
        world.pass(Duration.ofHours(1));
        assertThat(exists()).isTrue();
        assertThat(world.time.pending()).isZero();
    }

    @Test
    void keepsAClaimOfAnotherNodeClassAndOneThatIsGoingAlready() {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("a")
                        .nodeClass("other.sh", "Other", "x")
                        .expireAfter("10s")
                        .build());
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("b")
                        .finalizer("test/hold")
                        .expireAfter("10s")
                        .build());
        world.api.nodeClaims().startDeletion("b");
        world.pass(Duration.ofSeconds(20));
        assertThat(world.faults.calls()).isEmpty();
    }

    @Test
    void triesAgainWhenTheServerIsAway() {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("a").expireAfter("10s").build());
        world.faults.at(1, Fault.UNAVAILABLE);
        world.pass(Duration.ofSeconds(11));
        assertThat(exists()).isFalse();
    }
}
