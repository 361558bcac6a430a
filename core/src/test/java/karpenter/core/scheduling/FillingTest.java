package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import karpenter.api.Labels;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How one node is filled: with whom, how far, and what can be taken back. The machine has 8 cores and 64 GiB, for 100 pods. */
class FillingTest {
    private static final GreedyRule NORM = new GreedyRule(GreedyRule.Aim.NORM, 0);
    private static final GreedyRule OUTLOOK = new GreedyRule(GreedyRule.Aim.OUTLOOK, 0.1);

    static List<GreedyRule> rules() {
        return GreedyRule.ALL;
    }

    private final List<Pod> pods = new ArrayList<>();

    /** One filling over the pods of the test. */
    private static final class Fill extends Offers {
        final Filling filling;

        Fill(Collection<Pod> pods) {
            super(
                    List.of(type("machine")
                            .size(8, 64, 100)
                            .overhead(ResourceVector.ZERO)
                            .zones("zone-1", "zone-2")
                            .onDemandOnly()
                            .price(0.8)
                            .build()),
                    pool -> pool,
                    PLAIN,
                    pods);
            filling = new Filling(demand, market, pool.untouched());
        }

        /** Begins nodes with pods that ask for what those of this size do. */
        void beginWith(long milliCpu) {
            BitSet asks = new BitSet();
            for (int item = 0; item < demand.items(); item++) {
                if (milliCpu(item) == milliCpu) {
                    asks.set(demand.askOf(item));
                }
            }
            filling.beginWith(asks);
        }

        int fill(GreedyRule rule, double enough) {
            return filling.fill(market.candidates().getFirst(), pool.untouched(), rule, enough);
        }

        int fill(GreedyRule rule) {
            return fill(rule, -1);
        }

        /** Millicores of the pods picked, in the order of picking. */
        List<Long> picked() {
            return Arrays.stream(filling.picks()).mapToObj(this::milliCpu).toList();
        }

        long milliCpu(int item) {
            return demand.lot(item).podClass().amounts()[0];
        }

        double worthOfPicks() {
            return Arrays.stream(filling.picks()).mapToDouble(market::worth).sum();
        }

        int left() {
            int left = 0;
            for (int item = 0; item < demand.items(); item++) {
                left += demand.left(item);
            }
            return left;
        }
    }

    private void add(Pods.Builder pod, int count) {
        pods.addAll(pod.times(count));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void goesOnUntilNoPodFits(GreedyRule rule) {
        add(pod("a").cpu(1500), 10);
        Fill fill = new Fill(pods);

        assertThat(fill.fill(rule)).isEqualTo(5);

        assertThat(fill.picked()).hasSize(5).containsOnly(1500L);
        assertThat(fill.left()).isEqualTo(5);
        assertThat(fill.filling.reachable())
                .as("nothing is to be had from half a core that no pod fits")
                .isCloseTo(fill.filling.worth(), within(1e-12));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void takesAsManyPodsAsTheMachineHasRoomFor(GreedyRule rule) {
        add(pod("a").cpu(20).memoryMib(10), 90);
        add(pod("b").cpu(10).memoryMib(20), 90);
        Fill fill = new Fill(pods);

        assertThat(fill.fill(rule)).isEqualTo(100);

        assertThat(fill.filling.picks()).hasSize(100);
        assertThat(fill.left()).isEqualTo(80);
        assertThat(fill.filling.worth()).isCloseTo(fill.worthOfPicks(), within(1e-9));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void takesAllWhenThereIsRoomForAll(GreedyRule rule) {
        add(pod("a").cpu(50), 70);
        Fill fill = new Fill(pods);

        assertThat(fill.fill(rule)).isEqualTo(70);

        assertThat(fill.left()).isZero();
        assertThat(fill.filling.worth()).isCloseTo(fill.worthOfPicks(), within(1e-9));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void pairsPodsThatAskForCoresWithPodsThatAskForMemory(GreedyRule rule) {
        add(pod("cores").cpu(1900).memoryMib(1024), 4);
        add(pod("memory").cpu(100).memoryMib(15 * 1024), 4);
        Fill fill = new Fill(pods);

        assertThat(fill.fill(rule)).isEqualTo(8);

        assertThat(fill.picked()).containsOnly(1900L, 100L);
    }

    @Test
    void comesAsCloseToNothingLeftAsItCan() {
        add(pod("large").cpu(5000), 1);
        add(pod("middle").cpu(4000), 2);
        add(pod("small").cpu(3000), 1);
        Fill fill = new Fill(pods);

        fill.fill(NORM);

        assertThat(fill.picked()).containsExactly(5000L, 3000L);
    }

    @Test
    void prefersLargePodsAsFarAsTheRuleSays() {
        add(pod("large").cpu(4000).memoryMib(32 * 1024), 1);
        add(pod("small").cpu(400).memoryMib(3277), 30);
        Fill fill = new Fill(pods);

        fill.fill(OUTLOOK);

        assertThat(fill.picked().getFirst()).isEqualTo(4000L);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void beginsWithAPodThatMustBeApart(GreedyRule rule) {
        add(pod("any").cpu(3000), 2);
        add(pod("apart").cpu(100).selector(Labels.ZONE, "zone-1"), 1);
        Fill fill = new Fill(pods);
        fill.beginWith(100);

        fill.fill(rule);

        assertThat(fill.picked()).containsExactly(100L, 3000L, 3000L);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void beginsWithAnyPodWhenNoneOfTheWantedFits(GreedyRule rule) {
        add(pod("any").cpu(3000), 2);
        add(pod("apart").cpu(9000).selector(Labels.ZONE, "zone-1"), 1);
        Fill fill = new Fill(pods);
        fill.beginWith(9000);

        assertThat(fill.fill(rule)).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void leavesOutPodsThatWouldNarrowTheNodeAwayFromOthers(GreedyRule rule) {
        add(pod("one").cpu(1000).selector(Labels.ZONE, "zone-1"), 3);
        add(pod("two").cpu(1000).memoryMib(100).selector(Labels.ZONE, "zone-2"), 3);
        Fill fill = new Fill(pods);

        assertThat(fill.fill(rule)).isEqualTo(3);

        BitSet items = new BitSet();
        Arrays.stream(fill.filling.picks()).forEach(items::set);
        assertThat(items.cardinality()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void endsOnceTheNodeCannotBeWorthEnough(GreedyRule rule) {
        add(pod("a").cpu(900).memoryMib(100), 5);
        add(pod("b").cpu(800).memoryMib(900), 5);
        Fill fill = new Fill(pods);
        int all = fill.fill(rule);
        final double worth = fill.filling.worth();
        fill.filling.undo(0);

        assertThat(fill.fill(rule, 1000)).as("more than anything is worth").isZero();
        assertThat(fill.filling.reachable()).isLessThan(1000).isGreaterThanOrEqualTo(worth);
        assertThat(fill.fill(rule, worth * 0.5)).as("half of it is reached").isEqualTo(all);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void givesBackWhatWasPickedLast(GreedyRule rule) {
        add(pod("a").cpu(1000).memoryMib(100), 4);
        add(pod("b").cpu(500).memoryMib(900), 4);
        Fill fill = new Fill(pods);
        fill.fill(rule);
        List<Long> all = fill.picked();
        assertThat(all).hasSize(8);

        fill.filling.undo(3);

        assertThat(fill.picked()).isEqualTo(all.subList(0, 3));
        assertThat(fill.left()).isEqualTo(5);
        assertThat(fill.filling.worth()).isCloseTo(fill.worthOfPicks(), within(1e-9));
        fill.filling.undo(0);
        assertThat(fill.filling.picks()).isEmpty();
        assertThat(fill.left()).isEqualTo(8);
        assertThat(fill.filling.worth()).isCloseTo(0, within(1e-9));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void fillsEachNodeAfresh(GreedyRule rule) {
        add(pod("a").cpu(3000), 3);
        add(pod("b").cpu(2000).memoryMib(64), 3);
        Fill fill = new Fill(pods);
        int first = fill.fill(rule);
        final double worth = fill.worthOfPicks();
        int second = fill.fill(rule);

        assertThat(first + second).isEqualTo(6);
        assertThat(fill.filling.picks()).hasSize(second);
        assertThat(fill.filling.worth()).isCloseTo(fill.worthOfPicks(), within(1e-9));
        assertThat(worth).isPositive();
        assertThat(fill.fill(rule)).as("nobody is left").isZero();
        assertThat(fill.filling.worth()).isZero();
    }

    /** What the scores mean, written down plainly: no pod that could have been picked was better than the one that was. */
    private static final class Model {
        final Fill fill;
        final Market.Candidate machine;
        final GreedyRule rule;
        final double[] total;
        final double[] free;
        final int[] left;

        Model(Fill fill, GreedyRule rule) {
            this.fill = fill;
            this.rule = rule;
            this.machine = fill.market.candidates().getFirst();
            this.total = Arrays.stream(machine.variant().free())
                    .mapToDouble(amount -> amount)
                    .toArray();
            this.free = total.clone();
            this.left = new int[fill.demand.items()];
            Arrays.setAll(left, fill.demand::left);
        }

        double amount(int item, int column) {
            return fill.demand.lot(item).podClass().amounts()[column];
        }

        boolean fits(int item) {
            boolean fits = left[item] > 0;
            for (int column = 0; column < free.length; column++) {
                fits &= amount(item, column) <= free[column];
            }
            return fits;
        }

        void take(int item) {
            left[item]--;
            for (int column = 0; column < free.length; column++) {
                free[column] -= amount(item, column);
            }
        }

        /** How many machines like this one the pods fill of a resource. */
        double machines(int column) {
            return total[column] > 0 ? machine.asked()[column] / total[column] : 0;
        }

        /** By what it is worth on this machine, and by how tight it is. */
        double weight(int column) {
            double most = 0;
            for (int other = 0; other < total.length; other++) {
                most = Math.max(most, machines(other));
            }
            return machine.prices()[column] * total[column] / machine.price() + Math.pow(machines(column) / most, 2);
        }

        /** The free shares as a vector, its length squared. */
        double norm(double[] amounts) {
            double norm = 0;
            for (int column = 0; column < total.length; column++) {
                if (total[column] > 0) {
                    norm += weight(column) * Math.pow(amounts[column] / total[column], 2);
                }
            }
            return norm;
        }

        /** What the average mix of all pods is worth that fits. */
        double outlook(double[] amounts) {
            double mixes = Double.POSITIVE_INFINITY;
            double worth = 0;
            for (int column = 0; column < total.length; column++) {
                worth += machine.prices()[column] * machine.asked()[column];
                if (machine.asked()[column] > 0) {
                    mixes = Math.min(mixes, amounts[column] / machine.asked()[column]);
                }
            }
            return mixes * worth;
        }

        double score(int item) {
            double[] after = free.clone();
            double here = 0;
            double size = 0;
            for (int column = 0; column < total.length; column++) {
                after[column] -= amount(item, column);
                here += machine.prices()[column] * amount(item, column);
                size += total[column] > 0 ? weight(column) * amount(item, column) / total[column] : 0;
            }
            double worth = fill.market.worth(item);
            return rule.aim() == GreedyRule.Aim.NORM
                    ? (norm(free) - norm(after)) * worth / here
                    : worth + outlook(after) - outlook(free) + rule.largeness() * machine.price() * size;
        }
    }

    @ParameterizedTest
    @MethodSource("rules")
    void picksThePodThatScoresMostEachTime(GreedyRule rule) {
        for (int seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            pods.clear();
            for (int kind = 0; kind < 12; kind++) {
                add(
                        pod("p" + kind).cpu(50 + random.nextInt(1500)).memoryMib(50 + random.nextInt(12_000)),
                        1 + random.nextInt(6));
            }
            Fill fill = new Fill(pods);
            Model model = new Model(fill, rule);
            fill.fill(rule);
            for (int picked : fill.filling.picks()) {
                double most = Double.NEGATIVE_INFINITY;
                for (int item = 0; item < model.left.length; item++) {
                    most = model.fits(item) ? Math.max(most, model.score(item)) : most;
                }
                assertThat(model.fits(picked)).isTrue();
                assertThat(model.score(picked))
                        .as("seed %d", seed)
                        .isCloseTo(most, within(1e-9 * (1 + Math.abs(most))));
                model.take(picked);
            }
            for (int item = 0; item < model.left.length; item++) {
                assertThat(model.fits(item)).as("seed %d, room for more", seed).isFalse();
            }
        }
    }
}
