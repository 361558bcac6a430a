package karpenter.controllers.disruption;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A fault at each call of a command in turn: in the end every empty node is deleted, none stays behind with a taint, and at no
 * time are more on their way out than the budget allows.
 */
final class DisruptionFaultTest {
    private static final int NODES = 3;

    /** Two marks and a deletion for each of two nodes, and some for what a fault causes. */
    private static final int CALLS = 10;

    @ParameterizedTest
    @EnumSource(Fault.class)
    @Covers({"disruption queue: failures and roll-back", "disruption: taint hygiene"})
    void deletesWithinTheBudgetAndLeavesNoMarksWhateverFails(Fault fault) {
        for (int call = 1; call <= CALLS; call++) {
            DisruptionWorld cluster = new DisruptionWorld("2");
            cluster.nodes(NODES);
            cluster.world.faults.at(call, fault);
            liveThrough(cluster, fault + " at call " + call);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Fault.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void survivesASecondFaultRightAfterTheFirst(Fault second) {
        for (Fault first : Fault.values()) {
            for (int call = 1; call <= CALLS; call++) {
                DisruptionWorld cluster = new DisruptionWorld("2");
                cluster.nodes(NODES);
                cluster.world.faults.at(call, first);
                cluster.world.faults.at(call + 1, second);
                liveThrough(cluster, first + " at call " + call + ", then " + second);
            }
        }
    }

    private static void liveThrough(DisruptionWorld cluster, String story) {
        for (int second = 0; second < 60; second++) {
            cluster.pass(Duration.ofSeconds(1));
            if (cluster.world.faults.crashed()) {
                cluster.restart();
            }
            assertThat(cluster.deleting()).as(story).hasSizeLessThanOrEqualTo(2);
            if (second % 13 == 12) {
                cluster.terminateDeleting();
            }
        }
        assertThat(cluster.world.api.nodeClaims().objects()).as(story).isEmpty();
    }

    @Test
    @Covers("disruption queue: failures and roll-back")
    void freesTheNodeWhenTheApiServerRefusesForTooLong() {
        DisruptionWorld cluster = new DisruptionWorld("2");
        cluster.node("a", true);
        for (int call = 2; call <= 9; call++) {
            cluster.world.faults.at(call, Fault.UNAVAILABLE);
        }
        cluster.world.settle();
        assertThat(cluster.isTainted("a")).isTrue();
        cluster.pass(Duration.ofSeconds(30));
        assertThat(cluster.counter(
                        "karpenter_voluntary_disruption_queue_failures_total",
                        List.of("decision", "reason", "consolidation_type"),
                        "delete",
                        "empty",
                        "empty"))
                .isEqualTo(1);
        cluster.pass(Duration.ofSeconds(30));
        assertThat(cluster.isDeleting("a")).isTrue();
    }

    @Test
    void doesNotDeleteASecondTimeWhenTheWatchLags() {
        DisruptionWorld cluster = new DisruptionWorld("1");
        cluster.nodes(3);
        cluster.world.settle();
        cluster.world.api.holdWatch();
        cluster.pass(Duration.ofSeconds(30));
        assertThat(cluster.deleting()).hasSize(1);
        assertThat(cluster.world.faults.calls().stream().filter(call -> call.startsWith("delete")))
                .hasSize(1);
        cluster.world.api.deliverWatch();
        cluster.pass(Duration.ofSeconds(30));
        assertThat(cluster.deleting()).hasSize(1);
    }
}
