package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Offers.machine;
import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Which nodes are bought, one after the other. */
class PriceAwareGreedyTest {
    private static final Offset<Double> EXACT = within(1e-9);

    /** The small one is cheaper per core. */
    private static final List<InstanceType> TYPES = List.of(machine("small", 2, 0.2), machine("large", 3, 0.35));

    private static final class Run extends Offers {
        final Draft draft;

        Run(
                List<InstanceType> types,
                UnaryOperator<Problem.Pool> change,
                Collection<Pod> pods,
                GreedyRule rule,
                Cutoff cutoff) {
            super(types, change, PLAIN, pods);
            draft = passing(() -> PriceAwareGreedy.run(problem(cutoff), rule));
            int placed =
                    draft.bins().stream().mapToInt(bin -> bin.items().length).sum();
            assertThat(placed + draft.podsLeft()).isEqualTo(demand.count());
            assertThat(pool.limits().allow(draft.bins())).isTrue();
        }

        Run(List<InstanceType> types, UnaryOperator<Problem.Pool> change, Collection<Pod> pods) {
            this(types, change, pods, GreedyRule.ALL.getFirst(), new Cutoff(() -> false));
        }

        Run(List<InstanceType> types, Collection<Pod> pods) {
            this(types, pool -> pool, pods);
        }

        List<Double> prices() {
            return draft.bins().stream().map(Bin::price).toList();
        }

        /** Millicores of the pods of each node. */
        List<List<Long>> milliCpu() {
            return draft.bins().stream()
                    .map(bin -> Arrays.stream(bin.items())
                            .mapToObj(item -> demand.lot(item).podClass().amounts()[0])
                            .sorted()
                            .toList())
                    .toList();
        }
    }

    @Test
    void buysWhatHoldsMostPerDollar() {
        assertThat(new Run(TYPES, pod("a").cpu(1000).times(20)).prices())
                .hasSize(10)
                .containsOnly(0.2);
    }

    @Test
    void endsOnOneMachineForAllThatIsLeftWhereThatIsCheaper() {
        Run all = new Run(TYPES, pod("a").cpu(1000).times(3));
        assertThat(all.prices()).containsExactly(0.35);
        Run rest = new Run(TYPES, pod("a").cpu(1000).times(7));
        assertThat(rest.prices()).containsExactly(0.2, 0.2, 0.35);
        assertThat(rest.draft.price()).isCloseTo(0.75, EXACT);
    }

    @Test
    void goesOnWhereOneMachineForAllThatIsLeftIsDearer() {
        List<InstanceType> types = List.of(machine("small", 2, 0.2), machine("large", 3, 0.9));
        assertThat(new Run(types, pod("a").cpu(1000).times(3)).prices()).containsExactly(0.2, 0.2);
    }

    @Test
    void endsOnOneMachineWhereThatCostsTheSameAsTwo() {
        List<InstanceType> types = List.of(machine("small", 2, 0.2), machine("large", 4, 0.4));
        assertThat(new Run(types, pod("a").cpu(1000).times(3)).prices()).containsExactly(0.4);
    }

    @Test
    void endsOnOneMachineWhereLimitsAllowNoOtherWay() {
        Run run = new Run(
                TYPES, pool -> pool.limit("cpu", "3"), pod("a").cpu(1000).times(3));
        assertThat(run.prices()).containsExactly(0.35);
        assertThat(run.draft.podsLeft()).isZero();
        List<InstanceType> dear = List.of(machine("small", 2, 0.2), machine("large", 3, 0.9));
        Run rather =
                new Run(dear, pool -> pool.limit("cpu", "3"), pod("a").cpu(1000).times(3));
        assertThat(rather.prices()).as("though it is dear").containsExactly(0.9);
    }

    @Test
    void leavesPodsThatLimitsAllowNoNodeFor() {
        Run run = new Run(
                TYPES, pool -> pool.limit("cpu", "8"), pod("a").cpu(1000).times(20));
        assertThat(run.prices()).hasSize(4).containsOnly(0.2);
        assertThat(run.draft.podsLeft()).isEqualTo(12);
    }

    @Test
    void buysNothingWhenTimeIsUp() {
        Run run = new Run(
                TYPES, pool -> pool, pod("a").cpu(1000).times(20), GreedyRule.ALL.getFirst(), new Cutoff(() -> true));
        assertThat(run.draft.bins()).isEmpty();
        assertThat(run.draft.podsLeft()).isEqualTo(20);
    }

    @Test
    void buysAGoodFillingManyTimesOver() {
        Run few = new Run(TYPES, pod("a").cpu(1000).times(100));
        Run many = new Run(TYPES, pod("a").cpu(1000).times(10_000));
        assertThat(many.draft.bins()).hasSize(5_000);
        assertThat(many.offers.work()).isLessThan(3 * few.offers.work());
    }

    /** Two pods of 900 go with one of 200 each; there are enough of both for the same node many times. */
    @Test
    void buysAFillingNoMoreOftenThanPodsLast() {
        List<Pod> pods = new ArrayList<>(pod("large").cpu(900).times(40));
        pods.addAll(pod("small").cpu(200).times(9));
        Run run = new Run(List.of(machine("only", 2, 0.2)), pods);
        assertThat(run.draft.bins()).hasSize(20);
        assertThat(run.draft.podsLeft()).isZero();
        run.check(run.draft);
    }

    private static List<Pod> apart(int count, int milliCpu) {
        return pod("apart")
                .label("app", "x")
                .cpu(milliCpu)
                .antiAffinity(term(Labels.HOSTNAME, "app", "x"))
                .times(count);
    }

    /** Ten nodes there must be; the twenty pods that go anywhere fill them, rather than a large one. */
    @Test
    void takesNoMoreThanAShareOfTheRestWherePodsKeepEachOtherOff() {
        List<Pod> pods = new ArrayList<>(apart(10, 100));
        pods.addAll(pod("any").cpu(900).times(20));
        Run run =
                new Run(List.of(machine("small", 1, 0.12), machine("middle", 2, 0.2), machine("large", 16, 1.4)), pods);
        assertThat(run.milliCpu()).hasSize(10).containsOnly(List.of(100L, 900L, 900L));
    }

    /** Two of those that go anywhere would fill a node, but each node that one more pod needs has room for one of them. */
    @Test
    void beginsEachNodeWithOneOfThePodsThatKeepEachOtherOff() {
        List<Pod> pods = new ArrayList<>(apart(10, 100));
        pods.addAll(pod("any").cpu(1000).times(20));
        Run run = new Run(List.of(machine("only", 2, 0.2)), pods);
        assertThat(run.draft.bins()).hasSize(15);
        run.check(run.draft);
    }

    @Test
    void leavesNothingOfItsWaysToWhoeverFillsNodesNext() {
        List<Pod> pods = new ArrayList<>(apart(10, 100));
        pods.addAll(pod("any").cpu(1000).times(20));
        int[] looks = {0};
        Run run = new Run(
                List.of(machine("only", 2, 0.2)),
                pool -> pool,
                pods,
                GreedyRule.ALL.getFirst(),
                new Cutoff(() -> looks[0]++ > 0));
        assertThat(run.draft.bins()).as("over before others' turn").isNotEmpty();
        assertThat(run.draft.podsLeft()).isGreaterThan(20);

        NodeOffers.Offer after = run.offers.fill(run.market.candidates().getFirst(), GreedyRule.ALL.getFirst());

        assertThat(Arrays.stream(after.picks())
                        .mapToLong(item -> run.demand.lot(item).podClass().amounts()[0]))
                .as("two that fill the node, rather than one of those that keep each other off")
                .containsExactly(1000L, 1000L);
    }

    @Test
    void takesADearMachineWhereNoFairOneHoldsAnyPod() {
        Run run = new Run(List.of(machine("small", 1, 0.1), machine("large", 8, 0.8)), apart(5, 1100));
        assertThat(run.prices()).hasSize(5).containsOnly(0.8);
    }

    /** A large machine that stays half empty says that smaller ones hold no more. */
    @Test
    void triesFewKindsWherePodsKeepEachOtherOff() {
        List<InstanceType> types = new ArrayList<>();
        for (int cores = 1; cores <= 60; cores++) {
            types.add(machine("m" + cores, cores, 0.1 * cores));
        }
        Run apart = new Run(types, apart(40, 1100));
        assertThat(apart.prices()).hasSize(40).containsOnly(0.2);
        // 1,924 as measured, and 3,520 where every kind is tried each time.
        assertThat(apart.offers.work()).isLessThan(2_500);
    }

    @Test
    void exchangesPodsWhereKindsHavePricesOfTheirOwn() {
        GreedyRule smallFirst = new GreedyRule(GreedyRule.Aim.OUTLOOK, -10);
        Offers offers = new Offers(
                List.of(machine("only", 2, 0.2)),
                pool -> pool,
                Offers.PLAIN,
                List.of(
                        pod("a").cpu(1100).build(),
                        pod("b").cpu(800).build(),
                        pod("c").cpu(900).build(),
                        pod("d").cpu(950).build()));
        // 800 and 900; 950; 1100.
        assertThat(PriceAwareGreedy.run(offers.problem(), smallFirst).bins()).hasSize(3);
        offers.market.priceByKind(true);
        // 900 and 1100; 800 and 950.
        assertThat(PriceAwareGreedy.run(offers.problem(), smallFirst).bins()).hasSize(2);
    }

    @Test
    void setsPodsAsideThatMinValuesLeaveNoNodeForWithinLimits() {
        // Two types must be left, and the charge is the larger one's: 2 nodes of 3 cores, then 2 cores are left for the
        // small one alone.
        List<Pod> pods = pod("a").cpu(1000).times(20);
        Run run = new Run(
                TYPES, pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2).limit("cpu", "8"), pods);
        assertThat(run.prices()).containsExactly(0.2, 0.2);
        assertThat(run.draft.podsLeft()).isEqualTo(16);
    }

    /** As measured: each rule by itself, against the optimum. */
    @Test
    void isMostlyCloseToTheOptimum() {
        double[] sums = new double[GreedyRule.ALL.size()];
        int problems = 200;
        Random random = new Random(1);
        for (int problem = 0; problem < problems; problem++) {
            Offers offers = Offers.random(random, 3, 6);
            double optimum = offers.optimum();
            for (int rule = 0; rule < sums.length; rule++) {
                Draft draft = PriceAwareGreedy.run(offers.problem(), GreedyRule.ALL.get(rule));
                offers.check(draft);
                assertThat(draft.price()).isGreaterThanOrEqualTo(optimum * (1 - 1e-9));
                sums[rule] += draft.price() / optimum;
            }
        }
        assertThat(sums[0] / problems).isLessThan(1.025);
        assertThat(sums[1] / problems).isLessThan(1.023);
        assertThat(sums[2] / problems).isLessThan(1.031);
        assertThat(sums[3] / problems).isLessThan(1.028);
    }
}
