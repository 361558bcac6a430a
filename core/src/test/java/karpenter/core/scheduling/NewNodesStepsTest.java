package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The steps after the first plan: when each is taken, and what it makes of a plan. */
class NewNodesStepsTest {
    private static final List<InstanceType> TYPES =
            List.of(Offers.machine("small", 2, 0.2), Offers.machine("large", 8, 0.7));

    enum Step {
        BY_KINDS,
        BY_FLEETS,
        BY_PATTERNS
    }

    /** A pool and the pods it is to take. */
    private static final class Setting extends Offers {
        private boolean timeIsUp;
        private final NewNodes steps = new NewNodes(problem(new Cutoff(() -> timeIsUp)));

        Setting(List<InstanceType> types, UnaryOperator<Problem.Pool> change, List<Pod> pods) {
            super(types, change, PLAIN, pods);
        }

        Setting(int pods) {
            this(TYPES, pool -> pool, pod("p").cpu(1000).times(pods));
        }

        Draft run(GreedyRule rule) {
            return PriceAwareGreedy.run(problem(new Cutoff(() -> timeIsUp)), rule);
        }

        NewNodes.Bounded byPatterns(Draft draft) {
            return steps.byPatterns(draft, GreedyRule.ALL.getFirst());
        }

        Draft take(Step step, Draft draft) {
            return switch (step) {
                case BY_KINDS -> steps.byKinds(draft);
                case BY_FLEETS -> steps.byFleets(draft);
                case BY_PATTERNS -> byPatterns(draft).draft();
            };
        }

        /** How much a step has to do; that it gives back demand and limits. */
        long work(Step step, Draft draft) {
            long before = offers.work();
            Draft after = passing(() -> take(step, draft));
            long work = offers.work() - before;
            assertThat(market.pricesByKind()).isFalse();
            if (work == 0) {
                assertThat(after).isSameAs(draft);
            }
            return work;
        }

        /** A node for each pod, as if they had this price. */
        Draft costing(double price) {
            return new Draft(onePerPod().bins(), price, 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void makesADearPlanCheaper(Step step) {
        Setting setting = new Setting(11);
        Draft known = setting.onePerPod();

        Draft better = setting.take(step, known);

        setting.check(better);
        assertThat(better.price()).as("a large one and two small ones").isCloseTo(1.1, within(1e-9));
        assertThat(setting.work(step, known)).isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void keepsAPlanThatIsAsCheap(Step step) {
        Setting setting = new Setting(11);
        Draft best = setting.take(step, setting.onePerPod());

        assertThat(setting.take(step, best)).isSameAs(best);
    }

    @ParameterizedTest
    @EnumSource
    void looksNoFurtherWhereResourcesExplainThePrice(Step step) {
        Setting setting = new Setting(16);
        double worth = setting.market.worthLeft();

        assertThat(worth).as("two large ones").isCloseTo(1.4, within(1e-9));

        assertThat(setting.work(step, setting.costing(worth * (1 + NewNodes.DEAR))))
                .isZero();
        assertThat(setting.work(step, setting.costing(worth * (1 + 1.1 * NewNodes.DEAR))))
                .isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void judgesThePriceByThePodsThatAreLeftNow(Step step) {
        Setting setting = new Setting(16);
        Draft explained = setting.costing(setting.market.worthLeft());
        setting.demand.take(0, 16);
        setting.market.reprice(1);
        setting.demand.giveBack(0, 16);

        assertThat(setting.market.worthLeft()).as("as if nothing were wanted").isZero();
        assertThat(setting.work(step, explained)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void leavesAPlanAsItIsThatLeavesPodsOver(Step step) {
        Setting setting = new Setting(11);

        assertThat(setting.work(step, new Draft(setting.onePerPod().bins(), 100, 1)))
                .isZero();
    }

    @ParameterizedTest
    @EnumSource
    void leavesAPlanAsItIsWhenTimeIsUp(Step step) {
        Setting setting = new Setting(11);
        Draft known = setting.onePerPod();
        setting.timeIsUp = true;

        assertThat(setting.work(step, known)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void leavesAPlanAsItIsForPodsThatWatchEachOther(Step step) {
        List<Pod> pods = new ArrayList<>(pod("p").cpu(1000).times(11));
        pods.addAll(pod("apart")
                .cpu(1000)
                .label("app", "apart")
                .antiAffinity(Labels.HOSTNAME, Map.of("app", "apart"))
                .times(2));
        Setting setting = new Setting(TYPES, pool -> pool, pods);

        assertThat(setting.work(step, setting.onePerPod())).isZero();
    }

    @Test
    void triesNoPricesByKindWhereMinValuesWantAChoice() {
        List<Pod> pods = pod("p").cpu(1000).times(11);
        Setting setting = new Setting(TYPES, pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2), pods);

        assertThat(setting.work(Step.BY_KINDS, setting.onePerPod())).isZero();
    }

    @Test
    void triesPricesByKindOnlyForSoManyPods() {
        Draft dear = new Draft(List.of(), 1e6, 0);

        assertThat(new Setting(NewNodes.MOST_PODS_BY_KIND).work(Step.BY_KINDS, dear))
                .isPositive();
        assertThat(new Setting(NewNodes.MOST_PODS_BY_KIND + 1).work(Step.BY_KINDS, dear))
                .isZero();
    }

    @Test
    void triesFleetsOnlyForSoManyNodes() {
        Setting few = new Setting(NewNodes.MOST_NODES_IN_FLEET);
        Setting more = new Setting(NewNodes.MOST_NODES_IN_FLEET + 1);

        assertThat(few.work(Step.BY_FLEETS, few.onePerPod())).isPositive();
        assertThat(more.work(Step.BY_FLEETS, more.onePerPod())).isZero();
    }

    private static Setting differentPods(int count) {
        List<Pod> pods = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pods.add(pod("p" + i).cpu(1001 + i).build());
        }
        return new Setting(TYPES, pool -> pool, pods);
    }

    @Test
    void triesPatternsOnlyForSoManyKindsOfPods() {
        Setting few = differentPods(NewNodes.MOST_ITEMS);
        Setting more = differentPods(NewNodes.MOST_ITEMS + 1);

        assertThat(few.work(Step.BY_PATTERNS, few.onePerPod())).isPositive();
        assertThat(more.work(Step.BY_PATTERNS, more.onePerPod())).isZero();
    }

    /** Two nodes for pods that are small enough to go onto one. */
    private static long workByPatterns(int pods) {
        Setting setting = new Setting(TYPES, pool -> pool, pod("p").cpu(50).times(pods));
        int[] half = new int[pods / 2];
        int[] rest = new int[pods - half.length];
        Bin one = Objects.requireNonNull(setting.offers.bin(half));
        Bin other = Objects.requireNonNull(setting.offers.bin(rest));
        return setting.work(Step.BY_PATTERNS, Draft.of(List.of(one, other), 0));
    }

    @Test
    void triesPatternsOnlyForSoManyPodsToANode() {
        assertThat(workByPatterns(2 * NewNodes.MOST_PODS_PER_NODE)).isPositive();
        assertThat(workByPatterns(2 * NewNodes.MOST_PODS_PER_NODE + 1)).isZero();
    }

    @Test
    void findsCheaperNodesWithPricesByKind() {
        Setting setting = new Setting(Types.kwok(), pool -> pool, Workloads.CPU_HEAVY.pods(30, 1));
        double cheapest = Double.POSITIVE_INFINITY;
        for (GreedyRule rule : GreedyRule.BY_KIND) {
            cheapest = Math.min(cheapest, setting.run(rule).price());
        }

        // Cheaper by a little, so that a run as cheap as these isn't taken up.
        Draft better = setting.take(Step.BY_KINDS, setting.costing(0.999 * cheapest));

        setting.check(better);
        assertThat(better.price()).isLessThan(0.99 * cheapest);
    }

    /** Of how many rules the runs are as much work as the step is. */
    private static int rulesByKind(int pods) {
        // Seven of eight cores are used at best, so no run is cheaper than this.
        Setting setting = new Setting(TYPES, pool -> pool, pod("p").cpu(1100).times(pods));
        Draft cheap = new Draft(List.of(), setting.market.worthLeft() * (1 + 2 * NewNodes.DEAR), 0);
        long work = setting.work(Step.BY_KINDS, cheap);
        int rules = 0;
        setting.market.priceByKind(true);
        while (work > 0) {
            long before = setting.offers.work();
            setting.run(GreedyRule.BY_KIND.get(rules));
            work -= setting.offers.work() - before;
            rules++;
        }
        assertThat(work).isZero();
        return rules;
    }

    @Test
    void triesFewerRulesWithPricesByKindForManyPods() {
        assertThat(rulesByKind(NewNodes.FEW_PODS_BY_KIND)).isEqualTo(3);
        assertThat(rulesByKind(NewNodes.FEW_PODS_BY_KIND + 1)).isEqualTo(2);
    }

    @Test
    void saysWhatWholePodsMustCost() {
        // Three of them fit the large one, whatever cpu is left, and none the small one.
        Setting setting = new Setting(TYPES, pool -> pool, pod("p").cpu(2100).times(30));

        NewNodes.Bounded plan = setting.byPatterns(setting.onePerPod());

        setting.check(plan.draft());
        assertThat(plan.draft().price()).isCloseTo(7, within(1e-9));
        assertThat(plan.bound().kind()).isEqualTo(CostBound.Kind.PATTERNS);
        assertThat(plan.bound().pricePerHourUsd()).isCloseTo(7, within(1e-6));
        assertThat(setting.byPatterns(new Draft(List.of(), 1, 1)).bound()).isEqualTo(CostBound.NONE);
    }
}
