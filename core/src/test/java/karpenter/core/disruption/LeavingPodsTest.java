package karpenter.core.disruption;

import static karpenter.core.disruption.TestingCluster.NOW;
import static karpenter.core.disruption.TestingCluster.POOL;
import static karpenter.core.disruption.TestingCluster.budget;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import karpenter.core.cluster.PodPhase;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** Pods of machines that leave: for which of them capacity is bought beforehand. */
class LeavingPodsTest {
    private final TestingCluster cluster =
            new TestingCluster().pool(budget("100%")).node("going").node("staying");

    LeavingPodsTest() {
        cluster.store.mark(Set.of("fake:///going"), true);
    }

    private List<String> leaving() {
        return LeavingPods.of(cluster.store.snapshot(), NOW).stream()
                .map(pod -> pod.key().name())
                .toList();
    }

    @Test
    @Covers("Deleting nodes: StatefulSet and ReplicaSet terminating pods")
    void replacesATerminatingPodOfAStatefulSetButNotOfAReplicaSet() {
        cluster.pod("db").ownedBy("apps/v1", "StatefulSet").terminating().on("going");
        cluster.pod("web").ownedBy("apps/v1", "ReplicaSet").terminating().on("going");
        assertThat(leaving()).containsExactly("db");
    }

    @Test
    @Covers("Deleting nodes: pods active or inactive")
    void replacesPodsThatRunButNotThoseThatHaveEnded() {
        cluster.pod("runs").on("going");
        cluster.pod("starts").phase(PodPhase.PENDING).on("going");
        cluster.pod("done").phase(PodPhase.SUCCEEDED).on("going");
        cluster.pod("crashed").phase(PodPhase.FAILED).on("going");
        cluster.pod("elsewhere").on("staying");
        assertThat(leaving()).containsExactly("runs", "starts");
    }

    @Test
    void replacesPodsOfMachinesWhoseClaimIsDeleted() {
        cluster.node("deleted", POOL, TestingCluster.Machine::deleting)
                .pod("web")
                .on("deleted");
        assertThat(leaving()).containsExactly("web");
    }

    @Test
    @Covers("scheduling: deleting nodes and PDBs")
    void replacesNothingThatABudgetBlocksForGood() {
        cluster.disruptionBudget("pdb", 0, true, false).pod("blocked").on("going");
        assertThat(leaving()).isEmpty();
    }

    @Test
    void replacesWhatABudgetOnlyDelays() {
        cluster.disruptionBudget("pdb", 0, false, false).pod("delayed").on("going");
        assertThat(leaving()).containsExactly("delayed");
    }

    @Test
    void leavesDaemonsOutOfAccount() {
        cluster.pod("agent").ownedBy("apps/v1", "DaemonSet").on("going");
        assertThat(leaving()).isEmpty();
    }
}
