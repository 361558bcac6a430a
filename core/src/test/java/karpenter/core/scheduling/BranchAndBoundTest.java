package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import karpenter.core.catalog.InstanceType;
import org.junit.jupiter.api.Test;

/** Cheaper ways to buy a few nodes. */
class BranchAndBoundTest {
    private static Offers offers(UnaryOperator<Problem.Pool> change, int pods) {
        List<InstanceType> types = List.of(Offers.machine("small", 2, 0.2), Offers.machine("large", 8, 0.7));
        return new Offers(types, change, Offers.PLAIN, pod("p").cpu(1000).times(pods));
    }

    private static Draft improve(Offers offers, Draft known, Cutoff cutoff, long budget) {
        return offers.passing(() -> BranchAndBound.improve(offers.problem(cutoff), known, budget));
    }

    private static Draft improve(Offers offers, long budget) {
        return improve(offers, offers.onePerPod(), new Cutoff(() -> false), budget);
    }

    @Test
    void findsTheOptimumForAHandfulOfPods() {
        Random random = new Random(1);
        for (int problem = 0; problem < 50; problem++) {
            Offers offers = Offers.random(random, 1 + random.nextInt(4), 2);

            Draft draft = improve(offers, 0);

            offers.check(draft);
            assertThat(draft.price()).as("problem %d", problem).isCloseTo(offers.optimum(), within(1e-9));
        }
    }

    /**
     * @param optimal plans that cost what the cheapest does
     * @param mean price, the optimum being 1
     * @param steps taken altogether
     */
    private record Quality(int problems, int optimal, double mean, long steps) {
        static Quality within(long budget) {
            Random random = new Random(7);
            int problems = 0;
            int optimal = 0;
            double sum = 0;
            long steps = 0;
            while (problems < 48) {
                Offers offers = Offers.random(random, 4, 5);
                if (offers.demand.count() > SubsetSearch.MOST_PODS) {
                    double optimum = offers.optimum();
                    long before = offers.offers.work();
                    Draft draft = improve(offers, budget);
                    steps += offers.offers.work() - before;
                    offers.check(draft);
                    assertThat(draft.price()).isGreaterThanOrEqualTo(optimum * (1 - 1e-9));
                    problems++;
                    optimal += draft.price() < optimum * (1 + 1e-9) ? 1 : 0;
                    sum += draft.price() / optimum;
                }
            }
            return new Quality(problems, optimal, sum / problems, steps);
        }
    }

    /** As measured, with little to spare. */
    @Test
    void mostlyFindsTheOptimumForAFewPodsMore() {
        Quality few = Quality.within(1_000);
        assertThat(few.optimal()).isGreaterThanOrEqualTo(34);
        assertThat(few.mean()).isLessThan(1.04);
        Quality more = Quality.within(3_000);
        assertThat(more.optimal()).isGreaterThanOrEqualTo(39);
        assertThat(more.mean()).isLessThan(1.012);
    }

    @Test
    void mostlyEndsBeforeItsStepsDo() {
        Quality enough = Quality.within(10_000);
        assertThat(enough.optimal()).isGreaterThanOrEqualTo(42);
        assertThat(enough.mean()).isLessThan(1.007);
        assertThat(enough.steps()).isLessThan(enough.problems() * 5_500L);
    }

    @Test
    void keepsThePlanThatIsKnownWithoutStepsOrTime() {
        Offers offers = offers(pool -> pool, 9);
        Draft known = offers.onePerPod();

        assertThat(improve(offers, known, new Cutoff(() -> false), -1)).isSameAs(known);
        assertThat(improve(offers, known, new Cutoff(() -> true), 100_000)).isSameAs(known);
        assertThat(improve(offers, known, new Cutoff(() -> false), 100_000).price())
                .isCloseTo(0.9, within(1e-9));
    }

    @Test
    void findsPricesForThePodsThatAreLeftNow() {
        Offers fresh = Offers.random(new Random(9), 4, 6);
        Offers stale = Offers.random(new Random(9), 4, 6);
        int[] left = stale.demand.left();
        stale.demand.take(0, left[0]);
        stale.market.reprice(3);
        stale.demand.giveBack(0, left[0]);

        Draft draft = improve(stale, 3_000);

        assertThat(draft.price()).isEqualTo(improve(fresh, 3_000).price());
        assertThat(stale.offers.work()).isEqualTo(fresh.offers.work());
    }

    @Test
    void keepsAPlanThatIsAsGood() {
        Offers offers = offers(pool -> pool, 9);
        Draft best = improve(offers, 100_000);

        assertThat(improve(offers, best, new Cutoff(() -> false), 100_000)).isSameAs(best);
        Offers few = offers(pool -> pool, 5);
        Draft exact = improve(few, 0);
        assertThat(improve(few, exact, new Cutoff(() -> false), 0)).isSameAs(exact);
    }

    @Test
    void putsAllThatIsLeftOnOneMachineWhereItFits() {
        Offers offers = new Offers(
                List.of(Offers.machine("huge", 64, 0.3), Offers.machine("small", 2, 0.2)),
                pool -> pool,
                Offers.PLAIN,
                pod("p").cpu(1000).times(40));

        assertThat(improve(offers, 100_000).bins()).hasSize(1);
    }

    @Test
    void staysWithinLimits() {
        // Without a limit a large one and a small one.
        Offers offers = offers(pool -> pool.limit("cpu", "9"), 9);
        Draft known = offers.onePerPod();

        assertThat(improve(offers, known, new Cutoff(() -> false), 100_000)).isSameAs(known);
        assertThat(offers.pool.limits().allow(known.bins())).isFalse();
        Offers wide = offers(pool -> pool.limit("cpu", "10"), 9);
        assertThat(improve(wide, 100_000).price()).isCloseTo(0.9, within(1e-9));
        Offers few = offers(pool -> pool.limit("cpu", "6"), 7);
        Draft onePerPod = few.onePerPod();
        assertThat(improve(few, onePerPod, new Cutoff(() -> false), 0)).isSameAs(onePerPod);
    }
}
