package karpenter.core.disruption;

import static karpenter.core.disruption.TestingCluster.NOW;
import static karpenter.core.disruption.TestingCluster.POOL;
import static karpenter.core.disruption.TestingCluster.budget;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodPhase;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Covers("disruption: candidate filtering")
class DisruptionViewTest {
    private final TestingCluster cluster = new TestingCluster().pool(budget("100%"));

    private CandidateVerdict verdict(DisruptionView view, boolean eventual) {
        return view.verdict(machine(), eventual);
    }

    private NodeState machine() {
        return Objects.requireNonNull(cluster.store.snapshot().machinesByKey().get("fake:///a"));
    }

    private Blocked blocked() {
        return blocked(cluster.view());
    }

    private Blocked blocked(DisruptionView view) {
        CandidateVerdict verdict = verdict(view, false);
        assertThat(verdict).isInstanceOf(CandidateVerdict.Ineligible.class);
        return ((CandidateVerdict.Ineligible) verdict).reason();
    }

    private void assertEligible() {
        assertThat(verdict(cluster.view(), false)).isInstanceOf(CandidateVerdict.Eligible.class);
    }

    @Test
    void letsAnOrdinaryNodeGo() {
        cluster.node("a").pod("web").on("a");

        assertThat(verdict(cluster.view(), false))
                .isInstanceOfSatisfying(
                        CandidateVerdict.Eligible.class,
                        eligible ->
                                assertThat(eligible.candidate().reschedulable()).hasSize(1));
    }

    @Test
    void keepsANodeThatARunningCommandOwns() {
        cluster.node("a");

        Blocked reason = blocked(cluster.view(Set.of("fake:///a")));

        assertThat(reason).isEqualTo(new Blocked.InCommand());
        assertThat(reason.isPublished()).isFalse();
    }

    @Test
    void keepsANodeThatIsNotInitialized() {
        cluster.node("a", POOL, m -> m.withNodeLabels(Map.of(Labels.NODE_POOL, POOL, Labels.REGISTERED, "true")));

        assertThat(blocked()).isEqualTo(new Blocked.NotInitialized());
    }

    @Test
    void keepsANodeThatIsLeavingAlready() {
        cluster.node("a", POOL, TestingCluster.Machine::deleting);
        assertThat(blocked()).isEqualTo(new Blocked.Leaving());
    }

    @Test
    void keepsANodeThatIsMarked() {
        cluster.node("a").store.mark(Set.of("fake:///a"), true);
        assertThat(blocked()).isEqualTo(new Blocked.Leaving());
    }

    @Test
    void keepsANodeUntilItsNominationEnds() {
        cluster.node("a").store.nominate("fake:///a", NOW.plusSeconds(1));
        assertThat(blocked()).isEqualTo(new Blocked.Nominated());

        assertThat(new DisruptionView(cluster.store.snapshot(), NOW.plusSeconds(1), Set.of(), Map.of())
                        .verdict(machine(), false))
                .isInstanceOf(CandidateVerdict.Eligible.class);
    }

    @Test
    void keepsANodeThatTheSchedulerNominatedPodsTo() {
        Pod waiting = cluster.node("a").pod("late").phase(PodPhase.PENDING).build(null);
        cluster.store.apply(new ClusterDelta.PodChanged(waiting.withNominatedNodeName("a")));

        assertThat(blocked()).isEqualTo(new Blocked.Nominated());
    }

    @Test
    void keepsANodeThatIsAnnotated() {
        cluster.node("a", POOL, m -> m.withAnnotation(Labels.DO_NOT_DISRUPT, "true"));
        assertThat(blocked().text()).contains("karpenter.sh/do-not-disrupt=true");
    }

    @Test
    void ignoresANodeAnnotationOtherThanTrue() {
        cluster.node("a", POOL, m -> m.withAnnotation(Labels.DO_NOT_DISRUPT, "1h"));
        assertEligible();
    }

    @Test
    void keepsANodeWithoutAPoolLabel() {
        cluster.node("a", POOL, m -> m.withNodeLabels(Map.of(Labels.INITIALIZED, "true", Labels.REGISTERED, "true")));
        assertThat(blocked()).isEqualTo(new Blocked.NoPoolLabel());
    }

    @Test
    void keepsANodeWhosePoolIsGone() {
        cluster.node("a", "gone", m -> m);
        assertThat(blocked()).isEqualTo(new Blocked.PoolNotFound("gone"));
    }

    @Test
    void keepsANodeWhosePoolTheProviderCannotResolve() {
        cluster.node("a");

        DisruptionView view = new DisruptionView(cluster.store.snapshot(), NOW, Set.of(), Map.of(POOL, "timeout"));

        assertThat(blocked(view)).isEqualTo(new Blocked.PoolUnresolvable(POOL, "timeout"));
    }

    @ParameterizedTest
    @CsvSource({"apps/v1, ReplicaSet", "apps/v1, DaemonSet", "v1, Node"})
    void keepsANodeWithAProtectedPodOfAnyKind(String apiVersion, String kind) {
        cluster.node("a")
                .pod("web")
                .ownedBy(apiVersion, kind)
                .doNotDisrupt("true")
                .on("a");
        assertThat(blocked()).isInstanceOf(Blocked.PodAnnotated.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"11m", "1h"})
    void keepsANodeWhileAPodsGracePeriodRuns(String grace) {
        cluster.node("a").pod("web").doNotDisrupt(grace).on("a"); // started 10 minutes ago
        assertThat(blocked()).isInstanceOf(Blocked.PodAnnotated.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10m", "1s", "false", "soon", "-1h", "0s", ""})
    void ignoresAPodAnnotationThatElapsedOrSaysNothing(String value) {
        cluster.node("a").pod("web").doNotDisrupt(value).on("a");
        assertEligible();
    }

    @Test
    void keepsANodeWhosePodWithAGracePeriodHasNotStarted() {
        cluster.node("a").pod("web").doNotDisrupt("1s").notStarted().on("a");
        assertThat(blocked()).isInstanceOf(Blocked.PodAnnotated.class);
    }

    @Test
    void ignoresTheAnnotationOfAPodThatIsGoing() {
        cluster.node("a").pod("web").doNotDisrupt("true").terminating().on("a");
        assertEligible();
    }

    @Test
    void keepsANodeWhosePodABudgetProtects() {
        cluster.node("a").disruptionBudget("pdb", 0, false, false).pod("web").on("a");
        assertThat(blocked())
                .isEqualTo(new Blocked.PodUnevictable(
                        new PodKey("default", "web"), List.of(new PodKey("default", "pdb"))));
    }

    @Test
    @Covers("utils: PDB")
    void keepsANodeWhosePodTwoBudgetsMatchEvenIfBothAllow() {
        cluster.node("a")
                .disruptionBudget("p1", 5, false, false)
                .disruptionBudget("p2", 5, false, false)
                .pod("web")
                .on("a");
        assertThat(blocked().text()).startsWith("Eviction does not support multiple PDBs");
    }

    @Test
    void letsANodeGoWhoseBudgetAllowsEvictions() {
        cluster.node("a").disruptionBudget("pdb", 1, false, false).pod("web").on("a");
        assertEligible();
    }

    @Test
    @Covers("utils: PDB")
    void exemptsUnreadyPodsOnlyIfTheBudgetSaysSo() {
        cluster.node("a")
                .disruptionBudget("pdb", 0, false, true)
                .pod("web")
                .notReady()
                .on("a");
        assertEligible();
        cluster.disruptionBudget("pdb", 0, false, false);
        assertThat(blocked()).isInstanceOf(Blocked.PodUnevictable.class);
    }

    @Test
    @Covers("utils: PDB")
    void countsDaemonPodsButNotStaticOnesUnderBudgets() {
        cluster.node("a").disruptionBudget("pdb", 0, false, false);
        cluster.pod("static").ownedBy("v1", "Node").on("a");
        cluster.pod("tolerant").toleratesEverything().on("a");
        cluster.pod("going").terminating().on("a");
        assertEligible();
        cluster.pod("daemon").ownedBy("apps/v1", "DaemonSet").on("a");
        assertThat(blocked()).isInstanceOf(Blocked.PodUnevictable.class);
    }

    @Test
    void overlooksBlockingPodsForEventualDisruptionWithATerminationGracePeriod() {
        cluster.node("a", POOL, m -> m.withTerminationGracePeriod("1h"))
                .pod("web")
                .doNotDisrupt("true")
                .on("a");

        assertThat(verdict(cluster.view(), true)).isInstanceOf(CandidateVerdict.Eligible.class);
        assertThat(verdict(cluster.view(), false)).isInstanceOf(CandidateVerdict.Ineligible.class);
    }

    @Test
    @Covers("disruption: budget mapping")
    void countsInitializedNodesInBudgetsAndSubtractsThoseOnTheirWayOut() {
        cluster.node("a")
                .node("b", POOL, TestingCluster.Machine::notReady)
                .node("c", POOL, TestingCluster.Machine::deleting)
                .node("d", POOL, m -> m.withCondition(NodeClaim.INSTANCE_TERMINATING))
                .node("e", POOL, m -> m.withNodeLabels(Map.of(Labels.NODE_POOL, POOL, Labels.REGISTERED, "true")))
                .pool(budget("50%"));

        DisruptionView.PoolBudget pool = Objects.requireNonNull(
                cluster.view().budgets(DisruptionReason.EMPTY).get(POOL));

        assertThat(pool.nodes()).isEqualTo(3); // d is terminating, e isn't initialized
        assertThat(pool.disrupting()).isEqualTo(2);
        assertThat(pool.allowance().nodes()).isEqualTo(2); // half of three, rounded up
        assertThat(pool.remaining()).isZero();
    }

    @Test
    @Covers("disruption: eviction cost")
    void weighsPodsByDeletionCostAndPriorityWithinLimits() {
        assertThat(DisruptionCost.ofEviction(cluster.pod("p").build(null))).isEqualTo(1);
        assertThat(DisruptionCost.ofEviction(
                        cluster.pod("p").deletionCost(1 << 27).build(null)))
                .isEqualTo(2);
        assertThat(DisruptionCost.ofEviction(cluster.pod("p").priority(1 << 25).build(null)))
                .isEqualTo(2);
        assertThat(DisruptionCost.ofEviction(
                        cluster.pod("p").priority(2_000_001_000).build(null)))
                .isEqualTo(10);
        assertThat(DisruptionCost.ofEviction(
                        cluster.pod("p").priority(Integer.MIN_VALUE).build(null)))
                .isEqualTo(-10);
        assertThat(DisruptionCost.ofRescheduling(List.of(
                        cluster.pod("p").priority(Integer.MIN_VALUE).build(null),
                        cluster.pod("q").build(null),
                        cluster.pod("r").phase(PodPhase.SUCCEEDED).build(null))))
                .isEqualTo(2);
    }

    @Test
    @Covers("consolidation: lifetime")
    void lowersTheCostOfANodeTowardsTheEndOfItsLife() {
        cluster.node("a", POOL, m -> m.bornAt(NOW.minus(Duration.ofHours(540))))
                .pod("web")
                .on("a");

        NodeState machine = machine();

        assertThat(DisruptionCost.ofNode(Objects.requireNonNull(machine.claim()), machine.pods(), NOW))
                .isEqualTo(0.25);
    }
}
