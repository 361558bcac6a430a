package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import karpenter.api.Labels;
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
        PatternProgram program = new PatternProgram(offers.problem(cutoff), offers.onePerPod(), budget);
        program.solve();
        return program;
    }

    private static PatternProgram program(Offers offers) {
        return program(offers, new Cutoff(() -> false), ENOUGH);
    }

    private static Draft dive(Offers offers, PatternProgram program) {
        return offers.passing(() -> program.dive(GreedyRule.ALL.getFirst()));
    }

    @Test
    void boundsByWhatWholePodsCost() {
        // Three of them fit the large one, whatever cpu is left: 0.7/3 each; none fits the small one.
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
        assertThat(stepsToSolve).isBetween(50_000L, 60_000L);
        assertThat(stepsToDive).isBetween(10_000L, 12_500L);
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

    @Test
    void knowsWhichPodsAreLeft() {
        List<Pod> pods = new ArrayList<>();
        for (int size = 0; size < 5; size++) {
            pods.addAll(pod("p" + size).cpu(2100 + 100 * size).times(30));
        }
        for (int kept = 0; kept < 5; kept++) {
            Offers offers = new Offers(List.of(Offers.machine("large", 8, 0.7)), pool -> pool, Offers.PLAIN, pods);
            for (int item = 0; item < offers.demand.items(); item++) {
                offers.demand.take(item, item == kept ? 18 : 30);
            }
            PatternProgram program = program(offers);

            assertThat(program.bound()).as("four machines for twelve pods").isCloseTo(2.8, within(1e-6));
            Draft draft = dive(offers, program);
            offers.check(draft);
            assertThat(draft.price()).isCloseTo(2.8, within(1e-9));
        }
    }

    @Test
    void countsOnMachinesThatPodsMayUseAlone() {
        InstanceType cheap = Offers.machine("cheap", 8, 0.35);
        InstanceType dear = Types.type("dear")
                .size(8, 64, 110)
                .overhead(ResourceVector.ZERO)
                .zones("zone-1")
                .onDemandOnly()
                .price(0.7)
                .arch("arm64")
                .build();
        List<Pod> pods = new ArrayList<>(pod("any").cpu(2100).times(12));
        pods.addAll(pod("picky").cpu(2200).selector(Labels.ARCH, "arm64").times(12));
        Offers offers = new Offers(List.of(cheap, dear), pool -> pool, Offers.PLAIN, pods);
        PatternProgram program = program(offers);

        assertThat(program.bound()).isCloseTo(4 * 0.35 + 4 * 0.7, within(1e-3));
        Draft draft = dive(offers, program);
        offers.check(draft);
        assertThat(draft.price()).isCloseTo(4 * 0.35 + 4 * 0.7, within(1e-9));
    }

    /** Of three sizes two fit a machine, so that the program wants half of each pair; the plan takes one pair. */
    @Test
    void buysThePatternThatIsWantedMostWhereNoneIsWantedWhole() {
        Offers offers = pairs("5");
        PatternProgram program = program(offers);

        assertThat(program.bound()).isCloseTo(1.5, within(1e-6));
        assertThat(dive(offers, program).price()).isCloseTo(2, within(1e-9));
    }

    private static Offers pairs(String limit) {
        InstanceType limited = Types.type("limited")
                .size(10, 64, 110)
                .with("example.com/card", 1)
                .overhead(ResourceVector.ZERO)
                .zones("zone-1")
                .onDemandOnly()
                .price(1)
                .build();
        return new Offers(
                List.of(limited, Offers.machine("plain", 10, 1.1)),
                pool -> pool.limit("example.com/card", limit),
                Offers.PLAIN,
                List.of(
                        pod("a").cpu(4000).build(),
                        pod("b").cpu(4100).build(),
                        pod("c").cpu(4200).build()));
    }

    @Test
    void goesWithoutPatternsThatLimitsRefuse() {
        for (int left = 0; left < 3; left++) {
            Offers offers = pairs("5");
            PatternProgram program = program(offers);
            Bin limited = Objects.requireNonNull(offers.offers.bin(new int[] {0}));
            assertThat(limited.charge()).containsExactly(1);
            for (int taken = left; taken < 5; taken++) {
                offers.pool.limits().take(limited.charge());
            }

            Draft draft = dive(offers, program);

            offers.check(draft);
            assertThat(draft.price()).as("%d limited ones left", left).isCloseTo(2.2 - 0.1 * left, within(1e-9));
        }
    }

    /** Small pods first, so that it plans badly wherever it is left a choice. */
    private static final GreedyRule BAD = new GreedyRule(GreedyRule.Aim.OUTLOOK, -10);

    @Test
    void leavesLittleToTheGreedy() {
        Random random = new Random(13);
        int cheapest = 0;
        int cheapestWithout = 0;
        for (int problem = 0; problem < 40; problem++) {
            Offers offers = cuttingStock(random, 20);
            PatternProgram program = program(offers);
            int least = (int) Math.ceil(program.bound() - 1e-6);
            Draft draft = program.dive(BAD);
            offers.check(draft);
            cheapest += draft.bins().size() == least ? 1 : 0;
            Draft bad = PriceAwareGreedy.run(offers.problem(), BAD);
            cheapestWithout += bad.bins().size() == least ? 1 : 0;
        }
        assertThat(cheapest).isGreaterThanOrEqualTo(38);
        assertThat(cheapestWithout).isLessThan(10);
    }
}
