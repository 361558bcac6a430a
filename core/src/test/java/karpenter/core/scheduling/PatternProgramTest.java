package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

/** Plans and bounds by sets of whole pods. */
class PatternProgramTest {
    private static final long ENOUGH = 10_000_000;

    private static Offers offers(UnaryOperator<Problem.Pool> change, int milliCpu, int pods) {
        List<InstanceType> types = List.of(Offers.machine("small", 2, 0.2), Offers.machine("large", 8, 0.7));
        return new Offers(types, change, Offers.PLAIN, pod("p").cpu(milliCpu).times(pods));
    }

    private static PatternProgram program(Offers offers, Cutoff cutoff, long budget) {
        PatternProgram program = new PatternProgram(
                offers.pool, offers.demand, offers.market, offers.offers, cutoff, offers.onePerPod(), budget);
        program.solve();
        return program;
    }

    private static PatternProgram program(Offers offers) {
        return program(offers, new Cutoff(() -> false), ENOUGH);
    }

    private static Draft dive(Offers offers, PatternProgram program) {
        int[] left = offers.demand.left();
        long[] limits = offers.pool.limits().left();
        Draft draft = program.dive(GreedyRule.ALL.getFirst());
        assertThat(offers.demand.left()).containsExactly(left);
        assertThat(offers.pool.limits().left()).containsExactly(limits);
        return draft;
    }

    @Test
    void boundsByWhatWholePodsCost() {
        // Three of them fit the large one, whatever cpu is left: 0.7/3 each; one fits the small one.
        Offers offers = offers(pool -> pool, 2100, 30);
        PatternProgram program = program(offers);

        assertThat(program.bound()).isCloseTo(7, within(1e-6));
        Draft draft = dive(offers, program);
        offers.check(draft);
        assertThat(draft.price()).isCloseTo(7, within(1e-9));
    }

    @Test
    void isNeverAboveTheOptimumAndMostlyCloseToIt() {
        Random random = new Random(3);
        double bounds = 0;
        double plans = 0;
        int problems = 100;
        for (int problem = 0; problem < problems; problem++) {
            Offers offers = Offers.random(random, 3, 6);
            double optimum = offers.optimum();
            PatternProgram program = program(offers);
            assertThat(program.bound()).as("problem %d", problem).isBetween(0.0, optimum * (1 + 1e-9));
            Draft draft = dive(offers, program);
            offers.check(draft);
            assertThat(draft.price()).as("problem %d", problem).isGreaterThanOrEqualTo(optimum * (1 - 1e-9));
            bounds += program.bound() / optimum;
            plans += draft.price() / optimum;
        }
        assertThat(bounds / problems).isGreaterThan(0.935);
        assertThat(plans / problems).isLessThan(1.045);
    }

    private static Offers cuttingStock(Random random, int most) {
        List<Pod> pods = new ArrayList<>();
        for (int size = 0; size < 8; size++) {
            pods.addAll(pod("p" + size)
                    .cpu(1300 + random.nextInt(4000))
                    .memoryMib(1300 + random.nextInt(4000))
                    .times(1 + random.nextInt(most)));
        }
        InstanceType type = Types.type("only")
                .size(10, 10, 110)
                .overhead(ResourceVector.ZERO)
                .zones("zone-1")
                .onDemandOnly()
                .price(1)
                .build();
        return new Offers(List.of(type), pool -> pool, Offers.PLAIN, pods);
    }

    @Test
    void buysNoMoreMachinesThanItsBoundProves() {
        Random random = new Random(11);
        int few = 0;
        int many = 0;
        long stepsToSolve = 0;
        long stepsToDive = 0;
        for (int problem = 0; problem < 60; problem++) {
            Offers offers = cuttingStock(random, problem % 2 == 0 ? 10 : 40);
            PatternProgram program = program(offers);
            long solved = offers.offers.work();
            Draft draft = dive(offers, program);
            stepsToSolve += solved;
            stepsToDive += offers.offers.work() - solved;
            offers.check(draft);
            int least = (int) Math.ceil(program.bound() - 1e-6);
            assertThat(draft.bins()).hasSizeBetween(least, least + 1);
            few += problem % 2 == 0 && draft.bins().size() == least ? 1 : 0;
            many += problem % 2 == 1 && draft.bins().size() == least ? 1 : 0;
        }
        // As measured, with little to spare.
        assertThat(few).isGreaterThanOrEqualTo(28);
        assertThat(many).isGreaterThanOrEqualTo(29);
        assertThat(stepsToSolve).isLessThan(60_000);
        assertThat(stepsToDive).isLessThan(12_500);
    }

    @Test
    void looksNoFurtherThanItsBudget() {
        Random random = new Random(12);
        long stepsOfFew = 0;
        long stepsOfAll = 0;
        double bound = 0;
        double closer = 0;
        for (int problem = 0; problem < 10; problem++) {
            Offers offers = cuttingStock(random, 40);
            long before = offers.offers.work();
            bound += program(offers, new Cutoff(() -> false), 200).bound();
            long between = offers.offers.work();
            closer += program(offers).bound();
            stepsOfFew += between - before;
            stepsOfAll += offers.offers.work() - between;
        }
        assertThat(stepsOfFew).isLessThan(10 * 600);
        assertThat(stepsOfAll).isLessThan(10 * 1_400);
        assertThat(bound).isLessThan(0.9 * closer);
    }

    @Test
    void divesNoDeeperWhenTimeIsUp() {
        Offers offers = offers(pool -> pool, 2100, 30);
        boolean[] over = {false};
        PatternProgram program = program(offers, new Cutoff(() -> over[0]), ENOUGH);
        over[0] = true;

        Draft draft = dive(offers, program);

        assertThat(draft.bins()).isEmpty();
        assertThat(draft.podsLeft()).isEqualTo(30);
    }

    @Test
    void knowsNothingWithoutStepsOrTime() {
        Offers offers = offers(pool -> pool, 2100, 30);

        assertThat(program(offers, new Cutoff(() -> false), 0).bound()).isZero();
        assertThat(program(offers, new Cutoff(() -> true), ENOUGH).bound()).isZero();
    }

    @Test
    void leavesPodsToLimits() {
        // Two large ones are allowed.
        Offers offers = offers(pool -> pool.limit("cpu", "17"), 2100, 30);
        Draft draft = dive(offers, program(offers));

        assertThat(draft.bins()).hasSize(2);
        assertThat(draft.podsLeft()).isEqualTo(24);
        assertThat(offers.pool.limits().allow(draft.bins())).isTrue();
    }
}
