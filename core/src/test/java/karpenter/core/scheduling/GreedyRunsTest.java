package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import karpenter.core.cluster.Pod;
import org.junit.jupiter.api.Test;

/** Which rule of the greedy is chosen, and how many are tried. */
class GreedyRunsTest {
    private static final Cutoff NEVER = new Cutoff(() -> false);
    private static final int MANY = GreedyRuns.FEW_PODS + 1;

    /** Runs of the greedy one by one, and the choice among them. */
    private static final class Setting extends Offers {
        /** So many pods of a few sizes. */
        Setting(int seed, int pods, UnaryOperator<Problem.Pool> change) {
            super(Types.ladder(20), change, PLAIN, pods(new Random(seed), pods));
        }

        private static List<Pod> pods(Random random, int count) {
            int sizes = 4;
            List<Pod> pods = new ArrayList<>();
            for (int size = 0; size < sizes; size++) {
                Pods.Builder pod =
                        pod("p" + size).cpu(100 + random.nextInt(4000)).memoryMib(100 + random.nextInt(8000));
                pods.addAll(pod.times(count * (size + 1) / sizes - count * size / sizes));
            }
            return pods;
        }

        Draft run(GreedyRule rule) {
            return PriceAwareGreedy.run(problem(), rule);
        }

        List<Draft> runAll() {
            return GreedyRule.ALL.stream().map(this::run).toList();
        }

        List<Draft> runAllOnASample() {
            int[] all = demand.left();
            demand.reset(GreedyRuns.sample(all));
            List<Draft> drafts = runAll();
            demand.reset(all);
            return drafts;
        }

        /** Rules by what they make of the sample. */
        List<GreedyRule> ranked() {
            List<Draft> drafts = runAllOnASample();
            return IntStream.range(0, drafts.size())
                    .boxed()
                    .sorted(Comparator.comparingInt(
                                    (Integer rule) -> drafts.get(rule).podsLeft())
                            .thenComparingDouble(rule -> drafts.get(rule).price()))
                    .map(GreedyRule.ALL::get)
                    .toList();
        }

        GreedyRuns.Outcome cheapest(Cutoff cutoff, long budget) {
            return passing(() -> GreedyRuns.cheapest(problem(cutoff), budget));
        }

        long work(Runnable step) {
            long before = offers.work();
            step.run();
            return offers.work() - before;
        }
    }

    private static Setting setting(int seed, int pods) {
        return new Setting(seed, pods, pool -> pool);
    }

    @Test
    void keepsTheCheapestOutcome() {
        Set<GreedyRule> chosen = new HashSet<>();
        for (int seed = 0; seed < 12; seed++) {
            Setting setting = setting(seed, 30);

            GreedyRuns.Outcome outcome = setting.cheapest(NEVER, 0);

            setting.check(outcome.draft());
            assertThat(setting.runAll()).as("seed %d", seed).noneMatch(other -> other.isBetterThan(outcome.draft()));
            assertThat(setting.run(outcome.rule()).price())
                    .isEqualTo(outcome.draft().price());
            chosen.add(outcome.rule());
        }
        assertThat(chosen).hasSizeGreaterThan(1);
    }

    @Test
    void choosesTheFirstOfEquallyCheapRules() {
        Setting setting = new Setting(0, 1, pool -> pool);

        assertThat(setting.cheapest(NEVER, 0).rule()).isEqualTo(GreedyRule.ALL.getFirst());
    }

    @Test
    void triesEveryRuleOnFewPodsAndOnNothingElse() {
        Setting setting = setting(1, GreedyRuns.FEW_PODS);
        long each = setting.work(setting::runAll);

        assertThat(setting.work(() -> setting.cheapest(NEVER, 0))).isEqualTo(each);
    }

    @Test
    void triesTheRuleThatIsBestForASampleOnManyPods() {
        Set<GreedyRule> chosen = new HashSet<>();
        for (int seed = 0; seed < 8; seed++) {
            Setting setting = setting(seed, MANY);
            long ranking = setting.work(setting::ranked);
            GreedyRule first = setting.ranked().getFirst();
            long run = setting.work(() -> setting.run(first));

            long before = setting.offers.work();
            GreedyRuns.Outcome outcome = setting.cheapest(NEVER, 0);

            assertThat(setting.offers.work() - before).as("seed %d", seed).isEqualTo(ranking + run);
            assertThat(outcome.rule()).isEqualTo(first);
            setting.check(outcome.draft());
            chosen.add(first);
        }
        assertThat(chosen).hasSizeGreaterThan(1);
    }

    @Test
    void triesFurtherRulesOnManyPodsWhileTheBudgetLasts() {
        Setting setting = setting(1, MANY);
        long ranking = setting.work(setting::ranked);
        List<GreedyRule> rules = setting.ranked();
        long first = setting.work(() -> setting.run(rules.getFirst()));
        long second = setting.work(() -> setting.run(rules.get(1)));
        long all = setting.work(setting::runAll);

        assertThat(setting.work(() -> setting.cheapest(NEVER, first))).isEqualTo(ranking + first);
        assertThat(setting.work(() -> setting.cheapest(NEVER, first + 1))).isEqualTo(ranking + first + second);
        assertThat(setting.work(() -> setting.cheapest(NEVER, all))).isEqualTo(ranking + all);
    }

    @Test
    void prefersRulesThatLeaveFewPodsOver() {
        Setting setting = new Setting(1, MANY, pool -> pool.limit("cpu", "600"));
        List<Draft> drafts = setting.runAllOnASample();
        Draft fewest = Collections.min(drafts, Comparator.comparingInt(Draft::podsLeft));
        Draft cheapest = Collections.min(drafts, Comparator.comparingDouble(Draft::price));

        assertThat(cheapest.podsLeft()).isGreaterThan(fewest.podsLeft());
        assertThat(setting.cheapest(NEVER, 0).rule()).isEqualTo(GreedyRule.ALL.get(drafts.indexOf(fewest)));
    }

    @Test
    void keepsTheFirstOutcomeWhenTimeIsUp() {
        Setting setting = setting(3, 30);
        Draft first = setting.run(GreedyRule.ALL.getFirst());
        long steps = setting.work(() -> setting.run(GreedyRule.ALL.getFirst()));
        long before = setting.offers.work();

        GreedyRuns.Outcome outcome = setting.cheapest(new Cutoff(() -> setting.offers.work() >= before + steps), 0);

        assertThat(outcome.draft().price()).isEqualTo(first.price());
        assertThat(setting.offers.work() - before).isEqualTo(steps);
    }

    @Test
    void samplesPodsEvenlyOverTheirSizes() {
        int most = GreedyRuns.SAMPLED_PODS;

        assertThat(GreedyRuns.sample(new int[] {2 * most, most, most})).containsExactly(most / 2, most / 4, most / 4);
        Random random = new Random(1);
        for (int problem = 0; problem < 20; problem++) {
            int[] all = random.ints(50 + random.nextInt(3000), 1, 60).toArray();
            int total = IntStream.of(all).sum();
            int[] sample = GreedyRuns.sample(all);
            int counted = 0;
            int expected = 0;
            for (int item = 0; item < all.length; item++) {
                assertThat(sample[item]).isBetween(0, all[item]);
                counted += sample[item];
                expected += all[item];
                assertThat((double) counted)
                        .as("up to item %d", item)
                        .isGreaterThan((double) expected * most / total - 1)
                        .isLessThanOrEqualTo((double) expected * most / total);
            }
        }
    }
}
