package karpenter.controllers.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.core.cluster.Pod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever goes wrong with a create, in the end there is exactly one machine's worth of claims for the pods. */
final class ProvisioningFaultTest {
    private final ProvisioningWorld cluster = new ProvisioningWorld();

    private void liveOn() {
        if (cluster.world.faults.crashed()) {
            cluster.restart();
        }
        for (int i = 0; i < 30; i++) {
            cluster.pass(1);
            cluster.launchAll();
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void createsOneClaimForTheSamePodsWhateverHappensToTheCreate(Fault fault) {
        cluster.world.faults.at(1, fault);
        List<Pod> pods = cluster.waiting(3, "1");
        cluster.pass(2);
        liveOn();
        NodeClaim claim = cluster.onlyClaim();
        assertThat(pods).allSatisfy(pod -> assertThat(cluster.plannedOn(pod)).isEqualTo(claim.name()));
        assertThat(cluster.launcher.open()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "LOST_ANSWER, LOST_ANSWER", "LOST_ANSWER, UNAVAILABLE", "UNAVAILABLE, LOST_ANSWER", "UNAVAILABLE, CRASH_AFTER",
        "LOST_ANSWER, CRASH_BEFORE", "CRASH_AFTER, UNAVAILABLE", "CRASH_BEFORE, CRASH_AFTER", "CONFLICT, LOST_ANSWER"
    })
    void createsOneClaimWhenTwoThingsGoWrongInARow(Fault first, Fault second) {
        cluster.world.faults.at(1, first);
        cluster.world.faults.at(2, second);
        cluster.waiting(3, "1");
        cluster.pass(2);
        liveOn();
        liveOn();
        assertThat(cluster.claims()).hasSize(1);
    }

    @Test
    void plansNothingElseWhileACreateIsUnansweredHoweverLongThatTakes() {
        for (int call = 1; call <= 40; call++) {
            cluster.world.faults.at(call, Fault.UNAVAILABLE);
        }
        List<Pod> pods = cluster.waiting(2, "1");
        cluster.pass(3);
        List<Pod> more = cluster.waiting(1, "3");
        cluster.pass(60);
        cluster.launchAll();
        cluster.pass(30);
        assertThat(cluster.world.faults.calls())
                .allMatch(call -> !call.startsWith("create")
                        || cluster.claims().stream().anyMatch(claim -> call.endsWith(claim.name())));
        assertThat(cluster.claims()).hasSize(2);
        assertThat(cluster.plannedOn(pods.getFirst())).isEqualTo(cluster.plannedOn(pods.getLast()));
        assertThat(cluster.plannedOn(more.getFirst())).isNotEqualTo(cluster.plannedOn(pods.getFirst()));
    }

    @Test
    void createsEachOfSeveralClaimsOnceWhenSomeAnswersAreLost() {
        for (int call = 1; call <= 12; call += 2) {
            cluster.world.faults.at(call, Fault.LOST_ANSWER);
        }
        cluster.waiting(6, "3");
        cluster.pass(2);
        liveOn();
        assertThat(cluster.claims()).hasSize(6);
    }

    @Test
    void doesNotBuyTwiceWhenTheWatchLagsBehindItsOwnCreate() {
        List<Pod> pods = cluster.waiting(3, "1");
        cluster.world.settle();
        cluster.world.api.holdWatch();
        cluster.pass(30);
        assertThat(cluster.claims()).hasSize(1);
        cluster.world.api.deliverWatch();
        liveOn();
        assertThat(cluster.plannedOn(pods.getFirst()))
                .isEqualTo(cluster.onlyClaim().name());
    }
}
