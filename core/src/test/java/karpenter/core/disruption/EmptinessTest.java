package karpenter.core.disruption;

import static karpenter.core.disruption.TestingCluster.NOW;
import static karpenter.core.disruption.TestingCluster.POOL;
import static karpenter.core.disruption.TestingCluster.budget;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.PodPhase;
import karpenter.core.disruption.DisruptionMethod.DisruptionDecision;
import karpenter.core.disruption.DisruptionMethod.Unfit;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("emptiness: empty nodes within budgets")
class EmptinessTest {
    private final Emptiness emptiness = new Emptiness();
    private final TestingCluster cluster = new TestingCluster().pool(budget("100%"));

    private List<String> chosen() {
        return switch (emptiness.decide(cluster.view())) {
            case DisruptionDecision.Act(DisruptionCommand command) ->
                command.candidates().stream()
                        .map(candidate -> candidate.claim().name())
                        .toList();
            case DisruptionDecision.Nothing nothing -> List.of();
        };
    }

    @Test
    void deletesAllEmptyNodesAtOnce() {
        cluster.node("a").node("b").node("c").pod("web").on("b");
        assertThat(chosen()).containsExactly("a", "c");
    }

    @Test
    void countsDaemonStaticEndedAndGoingPodsAsNothing() {
        cluster.node("a");
        cluster.pod("daemon").ownedBy("apps/v1", "DaemonSet").on("a");
        cluster.pod("static").ownedBy("v1", "Node").on("a");
        cluster.pod("done").phase(PodPhase.SUCCEEDED).on("a");
        cluster.pod("going").terminating().on("a");
        assertThat(chosen()).containsExactly("a");
    }

    @Test
    void countsATerminatingStatefulSetPodAsAPod() {
        cluster.node("a")
                .pod("db")
                .ownedBy("apps/v1", "StatefulSet")
                .terminating()
                .on("a");
        assertThat(chosen()).isEmpty();
    }

    @Test
    void countsAPodThatCostsNothingToEvictAsAPod() {
        cluster.node("a")
                .pod("cheap")
                .priority(Integer.MIN_VALUE)
                .deletionCost(-1e9)
                .on("a");
        assertThat(chosen()).isEmpty();
    }

    @Test
    void leavesNodesAloneOnWhichBuffersKeepRoom() {
        cluster.node("a").node("b");
        cluster.store.holdForBuffers(Map.of("a", 2));
        assertThat(chosen()).containsExactly("b");
    }

    @Test
    void takesTheNodeWhenTheRoomIsGivenUp() {
        cluster.node("a");
        cluster.store.holdForBuffers(Map.of("a", 2));
        long before = cluster.store.snapshot().topologyRevision();
        cluster.store.holdForBuffers(Map.of());
        assertThat(chosen()).containsExactly("a");
        assertThat(cluster.store.snapshot().topologyRevision()).isGreaterThan(before);
    }

    @Test
    void dropsANodeFromItsCommandWhenRoomIsKeptOnItMeanwhile() {
        cluster.node("a");
        DisruptionCommand command = switch (emptiness.decide(cluster.view())) {
            case DisruptionDecision.Act(DisruptionCommand decided) -> decided;
            case DisruptionDecision.Nothing nothing -> throw new AssertionError(nothing);
        };
        cluster.store.holdForBuffers(Map.of("a", 1));
        assertThat(CommandValidation.beforeTaint(command, cluster.view()).dropped())
                .extracting(CommandValidation.Dropped::why)
                .containsExactly(new CommandValidation.Why.NowUnfit(Unfit.BUFFER_ROOM));
    }

    @Test
    void waitsUntilTheClaimIsConsolidatable() {
        cluster.node("a", POOL, m -> m.withoutCondition(NodeClaim.CONSOLIDATABLE));
        assertThat(chosen()).isEmpty();
    }

    @Test
    void leavesPoolsThatNeverConsolidateAlone() {
        cluster.pool("never", "Never", budget("100%")).node("a", "never", m -> m);
        assertThat(chosen()).isEmpty();
    }

    @Test
    void leavesStaticPoolsAlone() {
        cluster.staticPool("fixed").node("a", "fixed", m -> m);
        assertThat(chosen()).isEmpty();
        assertThat(cluster.view().verdicts(false))
                .singleElement()
                .isInstanceOfSatisfying(
                        CandidateVerdict.Eligible.class,
                        eligible -> assertThat(emptiness.unfit(eligible.candidate()))
                                .isEqualTo(Unfit.STATIC_POOL));
    }

    @Test
    void takesTheOldestWithinTheBudget() {
        cluster.pool(budget("2"))
                .node("a", POOL, m -> m.bornAt(NOW.minus(Duration.ofHours(1))))
                .node("b", POOL, m -> m.bornAt(NOW.minus(Duration.ofHours(3))))
                .node("c", POOL, m -> m.bornAt(NOW.minus(Duration.ofHours(2))));
        cluster.pool(budget("2"));
        assertThat(chosen()).containsExactly("b", "c");
    }

    @Test
    void countsEachPoolsBudgetForItself() {
        TestingCluster two = new TestingCluster()
                .pool("one", "0s", budget("1"))
                .pool("two", "0s", budget("1"))
                .node("a", "one", m -> m)
                .node("b", "one", m -> m)
                .node("c", "two", m -> m);

        assertThat(emptiness.decide(two.view()))
                .isInstanceOfSatisfying(
                        DisruptionDecision.Act.class,
                        act -> assertThat(act.command().keys()).containsExactlyInAnyOrder("fake:///a", "fake:///c"));
    }

    @Test
    void saysWhichBudgetsHoldItBack() {
        TestingCluster closed = new TestingCluster().pool(budget("0")).node("a").node("b");

        assertThat(emptiness.decide(closed.view())).isEqualTo(new DisruptionDecision.Nothing(2, List.of(POOL)));
    }

    @Test
    void countsNodesAlreadyDisruptedAgainstTheBudget() {
        TestingCluster busy = new TestingCluster()
                .pool(budget("1"))
                .node("a", POOL, TestingCluster.Machine::deleting)
                .node("b");

        assertThat(emptiness.decide(busy.view())).isEqualTo(new DisruptionDecision.Nothing(1, List.of(POOL)));
    }

    @Test
    void keepsACommandThatIsStillRight() {
        cluster.node("a").node("b");
        DisruptionCommand command = command();

        CommandValidation.Result result = CommandValidation.beforeTaint(command, cluster.view());

        assertThat(result.valid()).hasSize(2);
        assertThat(result.dropped()).isEmpty();
    }

    @Test
    @Covers("emptiness: pods that come meanwhile")
    void dropsOnlyTheNodesThatChanged() {
        cluster.node("a").node("b").node("c");
        DisruptionCommand command = command();
        cluster.pod("late").on("a");
        cluster.store.nominate("fake:///b", NOW.plusSeconds(20));

        CommandValidation.Result result = CommandValidation.beforeTaint(command, cluster.view());

        assertThat(result.valid()).extracting(Candidate::key).containsExactly("fake:///c");
        assertThat(result.dropped())
                .extracting(CommandValidation.Dropped::why)
                .containsExactly(
                        new CommandValidation.Why.NowUnfit(Unfit.NOT_EMPTY),
                        new CommandValidation.Why.NowBlocked(new Blocked.Nominated()));
    }

    @Test
    @Covers("Consolidation TTL: pod with do-not-disrupt or PDB appears within 15 s")
    void dropsNodesOnWhichAProtectedPodAppearsBeforeTheyAreDeleted() {
        cluster.node("annotated").node("budgeted").node("still-empty");
        DisruptionCommand command = command();
        cluster.store.mark(command.keys(), true);
        cluster.pod("guarded")
                .ownedBy("apps/v1", "DaemonSet")
                .doNotDisrupt("true")
                .on("annotated");
        cluster.disruptionBudget("pdb", 0, false, false)
                .pod("covered")
                .ownedBy("apps/v1", "DaemonSet")
                .on("budgeted");

        CommandValidation.Result result = CommandValidation.beforeDelete(command, cluster.view(command.keys()));

        assertThat(result.valid()).extracting(Candidate::key).containsExactly("fake:///still-empty");
        assertThat(result.dropped())
                .extracting(dropped -> ((CommandValidation.Why.NowBlocked) dropped.why()).reason())
                .hasAtLeastOneElementOfType(Blocked.PodAnnotated.class)
                .hasAtLeastOneElementOfType(Blocked.PodUnevictable.class)
                .hasSize(2);
    }

    @Test
    void dropsNodesThatANewBudgetNoLongerAllows() {
        cluster.node("a").node("b");
        DisruptionCommand command = command();
        TestingCluster tightened =
                new TestingCluster().pool(budget("1")).node("a").node("b");

        CommandValidation.Result result = CommandValidation.beforeTaint(command, tightened.view());

        assertThat(result.valid()).hasSize(1);
        assertThat(result.dropped())
                .extracting(CommandValidation.Dropped::why)
                .containsExactly(new CommandValidation.Why.OverBudget(POOL));
    }

    @Test
    void doesNotTripOverItsOwnMarksBeforeDeletion() {
        TestingCluster tight = new TestingCluster().pool(budget("1")).node("a");
        DisruptionCommand command = ((DisruptionDecision.Act) emptiness.decide(tight.view())).command();
        tight.store.mark(command.keys(), true);

        assertThat(CommandValidation.beforeDelete(command, tight.view(command.keys()))
                        .valid())
                .hasSize(1);
        assertThat(CommandValidation.beforeTaint(command, tight.view(Set.of())).valid())
                .isEmpty();
    }

    @Test
    @Covers("emptiness: pods that come meanwhile")
    void dropsANodeThatAPodReachedBeforeTheSchedulerSawTheTaint() {
        cluster.node("a");
        DisruptionCommand command = command();
        cluster.store.mark(command.keys(), true);
        cluster.pod("late").on("a");

        assertThat(CommandValidation.beforeDelete(command, cluster.view(command.keys()))
                        .dropped())
                .extracting(CommandValidation.Dropped::why)
                .containsExactly(new CommandValidation.Why.NowUnfit(Unfit.NOT_EMPTY));
    }

    @Test
    void dropsANodeThatSomebodyElseDeletes() {
        cluster.node("a");
        DisruptionCommand command = command();
        TestingCluster later =
                new TestingCluster().pool(budget("100%")).node("a", POOL, TestingCluster.Machine::deleting);

        assertThat(CommandValidation.beforeDelete(command, later.view(command.keys()))
                        .dropped())
                .extracting(CommandValidation.Dropped::why)
                .containsExactly(new CommandValidation.Why.NowBlocked(new Blocked.Leaving()));
    }

    @Test
    void dropsANodeThatIsGone() {
        cluster.node("a");
        DisruptionCommand command = command();

        assertThat(CommandValidation.beforeTaint(command, new TestingCluster().view())
                        .dropped())
                .extracting(CommandValidation.Dropped::why)
                .containsExactly(new CommandValidation.Why.Gone());
    }

    private DisruptionCommand command() {
        return ((DisruptionDecision.Act) emptiness.decide(cluster.view())).command();
    }
}
