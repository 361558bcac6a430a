package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

/** Which kind of machine is tried next. A core costs 0.1, whatever the machine, but large ones have less upkeep per core. */
class ProspectsTest {
    private static final double ANYTHING = Double.NEGATIVE_INFINITY;

    private static Types.Builder machine(String name, int cores, int gib) {
        return type(name)
                .size(cores, gib, 110)
                .overhead(ResourceVector.ZERO)
                .zones("zone-1")
                .onDemandOnly()
                .price(0.1 * cores);
    }

    private static final InstanceType SMALL = machine("small", 2, 64).build();
    private static final InstanceType MIDDLE = machine("middle", 4, 64).build();
    private static final InstanceType LARGE = machine("large", 8, 64).build();

    private static Prospects prospects(boolean sparse, List<InstanceType> types, Pod... more) {
        List<Pod> pods = new ArrayList<>(pod("p").cpu(1000).times(20));
        pods.addAll(List.of(more));
        Offers offers = new Offers(types, pool -> pool, Offers.PLAIN, pods);
        Prospects prospects = new Prospects(offers.market.candidates(), sparse);
        prospects.reset(Double.POSITIVE_INFINITY);
        return prospects;
    }

    private static Prospects prospects(boolean sparse) {
        return prospects(sparse, List.of(SMALL, MIDDLE, LARGE));
    }

    private static String name(Prospects prospects, int number) {
        return prospects.candidate(number).variant().type().name();
    }

    /** The names in the order in which they are tried, when none of them turns out to hold anything. */
    private static List<String> order(Prospects prospects) {
        List<String> names = new ArrayList<>();
        for (int next = prospects.best(ANYTHING); next >= 0; next = prospects.best(ANYTHING)) {
            names.add(name(prospects, next));
            prospects.bar(next);
        }
        return names;
    }

    @Test
    void triesThoseFirstThatMayHoldMostPerDollar() {
        assertThat(order(prospects(false))).containsExactly("large", "middle", "small");
    }

    @Test
    void triesTheDearestOfEquallyGoodOnesFirst() {
        Prospects prospects = prospects(false);
        for (int number = 0; number < 3; number++) {
            prospects.expect(number, 0.5);
        }

        assertThat(order(prospects)).containsExactly("large", "middle", "small");
    }

    @Test
    void leavesOutThoseThatAreDearerThanWanted() {
        Prospects prospects = prospects(false);

        prospects.reset(0.4);
        assertThat(order(prospects)).containsExactly("middle", "small");
    }

    @Test
    void keepsTheCheapestWhateverItCosts() {
        Prospects prospects = prospects(false);

        prospects.reset(0.01);
        assertThat(order(prospects)).containsExactly("small");
    }

    @Test
    void triesThemAgainUnderNewPricesExceptThoseThatCannotBeHad() {
        Prospects prospects = prospects(false);
        assertThat(name(prospects, 1)).isEqualTo("middle");
        prospects.expect(0, 0.1);
        prospects.bar(1);
        assertThat(name(prospects, prospects.best(ANYTHING))).isEqualTo("small");

        prospects.reset(Double.POSITIVE_INFINITY);

        assertThat(order(prospects)).containsExactly("large", "small");
    }

    @Test
    void hasNoneThatPromisesMoreThanTheBestSoFar() {
        Prospects prospects = prospects(false);
        prospects.expect(0, 0.5);
        prospects.bar(1);
        prospects.bar(2);

        assertThat(prospects.best(0.49)).isZero();
        assertThat(prospects.best(0.5)).isEqualTo(-1);
    }

    /** What a candidate promises when no other is left. */
    private static double promised(Prospects prospects, int number) {
        for (int other = 0; other < 3; other++) {
            if (other != number) {
                prospects.bar(other);
            }
        }
        double least = 0;
        double most = 1;
        while (most - least > 1e-9) {
            double middle = (least + most) / 2;
            if (prospects.best(middle) < 0) {
                most = middle;
            } else {
                least = middle;
            }
        }
        return most;
    }

    @Test
    void expectsNoMoreOfSmallerOnesWhereALargeOneStayedHalfEmpty() {
        Prospects prospects = prospects(true);
        double worth = 0.25;

        prospects.expect(0, worth / prospects.candidate(0).cost());

        assertThat(promised(prospects, 1))
                .isCloseTo(worth / prospects.candidate(1).cost(), within(1e-8));
        // The small one isn't worth as much, be it full.
        prospects = prospects(true);
        prospects.expect(0, worth / prospects.candidate(0).cost());
        assertThat(promised(prospects, 2)).isCloseTo(prospects.candidate(2).most(), within(1e-8));
    }

    @Test
    void expectsAsMuchOfSmallerOnesWhereNothingKeepsPodsApart() {
        Prospects prospects = prospects(false);

        prospects.expect(0, 0.01);

        assertThat(promised(prospects, 1)).isCloseTo(prospects.candidate(1).most(), within(1e-8));
    }

    @Test
    void learnsNothingFromALargeOneThatIsNineTenthsFull() {
        List<InstanceType> types = List.of(
                SMALL,
                machine("nearly-as-large", 15, 64).build(),
                machine("large", 16, 64).build());
        Prospects prospects = prospects(true, types);
        prospects.expect(0, 0.9 * prospects.candidate(0).most());
        assertThat(promised(prospects, 1)).isCloseTo(prospects.candidate(1).most(), within(1e-8));

        prospects = prospects(true, types);
        prospects.expect(0, 0.89 * prospects.candidate(0).most());
        assertThat(promised(prospects, 1))
                .isLessThan(0.96 * prospects.candidate(1).most());
    }

    @Test
    void learnsNothingOfLargerOnes() {
        Prospects prospects = prospects(true);

        prospects.expect(1, 0.01);

        assertThat(promised(prospects, 0)).isCloseTo(prospects.candidate(0).most(), within(1e-8));
    }

    @Test
    void learnsNothingOfSmallerOnesThatHoldMoreOfSomething() {
        Prospects prospects =
                prospects(true, List.of(SMALL, machine("memory", 4, 128).build(), LARGE));
        assertThat(name(prospects, 1)).isEqualTo("memory");

        prospects.expect(0, 0.1);

        assertThat(promised(prospects, 1)).isCloseTo(prospects.candidate(1).most(), within(1e-8));
    }

    @Test
    void learnsNothingOfSmallerOnesThatOtherPodsMayUse() {
        Prospects prospects = prospects(
                true,
                List.of(SMALL, machine("arm", 4, 64).arch("arm64").build(), LARGE),
                pod("picky").cpu(900).selector(Labels.ARCH, "arm64").build());
        assertThat(name(prospects, 1)).isEqualTo("arm");

        prospects.expect(0, 0.1);

        assertThat(promised(prospects, 1)).isCloseTo(prospects.candidate(1).most(), within(1e-8));
    }
}
