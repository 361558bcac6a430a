package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** Random problems: the answer keeps every rule, doesn't depend on the order of lists, and costs no more than upstream's packing. */
class SchedulerPropertyTest {
    private static final int PROBLEMS = 600;
    private static final int TOPOLOGIES = 600;

    @Test
    @Covers("scheduling: binpacking")
    void keepsEveryRule() {
        int planned = 0;
        int placed = 0;
        int rejected = 0;
        for (int seed = 0; seed < PROBLEMS; seed++) {
            SchedulingInput input = new RandomProblems(seed).problem().input();
            SchedulingResult result = Scheduler.schedule(input);
            try {
                new SolutionChecker(input).check(result);
            } catch (AssertionError | RuntimeException broken) {
                throw new AssertionError("seed " + seed + ": " + broken.getMessage(), broken);
            }
            planned += result.plans().size();
            placed += result.placements().size();
            rejected += result.rejections().size();
        }
        // The problems are worth their name: all three ends are common.
        assertThat(planned).isGreaterThan(PROBLEMS);
        assertThat(placed).isGreaterThan(PROBLEMS / 2);
        assertThat(rejected).isGreaterThan(PROBLEMS / 2);
    }

    @Test
    void keepsPodsAsFarApartOrCloseAsTheyDemand() {
        int placed = 0;
        int rejected = 0;
        int givenUp = 0;
        for (int seed = 0; seed < TOPOLOGIES; seed++) {
            SchedulingInput input = RandomProblems.withTopology(seed).problem().input();
            SchedulingResult result = Scheduler.schedule(input);
            SolutionChecker checker = new SolutionChecker(input);
            try {
                checker.checkRules(result);
                givenUp += checker.givenUp(result).size();
            } catch (AssertionError | RuntimeException broken) {
                throw new AssertionError("seed " + seed + ": " + broken.getMessage(), broken);
            }
            placed += input.pods().size() - result.rejections().size();
            rejected += result.rejections().size();
        }
        assertThat(placed).isGreaterThan(10 * TOPOLOGIES);
        assertThat(rejected).isGreaterThan(TOPOLOGIES);
        // Domains are decided class by class, so that a pod whose demands contradict others' can miss the one way that
        // is left.
        assertThat(givenUp).isLessThan(rejected / 200);
    }

    @Test
    void answersTheSameWhateverTheOrderOfTheInput() {
        for (int seed = 0; seed < 150; seed++) {
            SchedulingInput input = (seed % 2 == 0 ? new RandomProblems(seed) : RandomProblems.withTopology(seed))
                    .problem()
                    .input();
            Random random = new Random(seed);
            SchedulingInput shuffled = new SchedulingInput(
                    input.snapshot(),
                    shuffled(input.machines(), random),
                    shuffled(input.pods(), random),
                    shuffled(input.pools(), random).stream()
                            .map(pool -> new PoolCatalog(
                                    pool.pool(), pool.nodeClassLabelKey(), shuffled(pool.types(), random)))
                            .toList(),
                    input.promised(),
                    input.options());
            assertThat(Scheduler.schedule(shuffled)).as("seed %d", seed).isEqualTo(Scheduler.schedule(input));
        }
    }

    private static <T> List<T> shuffled(List<T> list, Random random) {
        List<T> copy = new ArrayList<>(list);
        Collections.shuffle(copy, random);
        return copy;
    }

    @Test
    void costsNoMoreThanUpstreamsPacking() {
        for (Workloads family : Workloads.values()) {
            for (int count : new int[] {1, 2, 3, 5, 10, 50, 200, 700}) {
                for (int seed = 1; seed <= (count <= 10 ? 20 : 2); seed++) {
                    List<Pod> pods = family.pods(count, seed);
                    List<InstanceType> types = seed % 2 == 0 ? Types.kwok() : Types.ladder(60);
                    SchedulingInput input =
                            new Problem().pool(types).waiting(pods).input();
                    SchedulingResult result = Scheduler.schedule(input);
                    assertThat(result.rejections()).isEmpty();
                    assertThat(result.pricePerHourUsd())
                            .as("%s, %d pods, seed %d", family, count, seed)
                            .isLessThanOrEqualTo(Scheduler.schedule(UpstreamPackingTest.upstream(input))
                                            .pricePerHourUsd()
                                    * (1 + 1e-9));
                }
            }
        }
    }

    @Test
    void choosesMachinesThatStay() {
        for (int seed = 0; seed < 100; seed++) {
            SchedulingInput input = new RandomProblems(seed).problem().input();
            List<NodeState> half = input.machines().subList(0, input.machines().size() / 2);
            SchedulingInput fewer = new SchedulingInput(
                    input.snapshot(), half, input.pods(), input.pools(), input.promised(), input.options());
            new SolutionChecker(fewer).check(Scheduler.schedule(fewer));
        }
    }

    @Test
    void opensNoNodeOfAPoolWhenAHeavierOneCouldTakeItsPods() {
        for (int seed = 0; seed < 200; seed++) {
            SchedulingInput input = new RandomProblems(seed).problem().input();
            SolutionChecker checker = new SolutionChecker(input);
            for (NodePlan plan : Scheduler.schedule(input).plans()) {
                for (PoolCatalog pool : input.pools()) {
                    boolean heavier = PoolTemplate.ORDER.compare(pool, new PoolCatalog(plan.pool(), "", List.of())) < 0;
                    boolean bounded = pool.pool().spec().limits() != null
                            || pool.pool().spec().template().spec().requirements().stream()
                                    .anyMatch(requirement -> requirement.minValues() != null);
                    boolean soft = pool.pool().spec().template().spec().taints().stream()
                            .anyMatch(taint -> taint.effect().equals("PreferNoSchedule"));
                    boolean preferences = plan.pods().stream()
                            .anyMatch(pod -> !pod.shape()
                                            .preferredNodeAffinity()
                                            .isEmpty()
                                    || pod.shape().requiredNodeAffinity().size() > 1);
                    if (heavier && !bounded && !soft && !preferences) {
                        assertThat(plan.pods()).as("seed %d", seed).anyMatch(pod -> !checker.takes(pool, pod));
                    }
                }
            }
        }
    }

    @Test
    void findsTheOptimumOfTinyProblems() {
        List<InstanceType> types = Types.kwok();
        for (Workloads family : Workloads.values()) {
            for (int count = 1; count <= 6; count++) {
                for (int seed = 1; seed <= 10; seed++) {
                    List<Pod> pods = family.pods(count, seed);
                    SchedulingInput input =
                            new Problem().pool(types).waiting(pods).input();
                    assertThat(Scheduler.schedule(input).pricePerHourUsd())
                            .as("%s, %d pods, seed %d", family, count, seed)
                            .isCloseTo(new TinyOptimum(types, pods).pricePerHourUsd(), withinPercentage(1e-6));
                }
            }
        }
    }
}
