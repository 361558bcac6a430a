package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which pods can make a node together, and how a kind of machine is filled. */
class NodeOffersTest {
    private static final List<InstanceType> TYPES =
            List.of(machine("small", 2, 0.2).build(), machine("large", 8, 0.9).build());

    private static Types.Builder machine(String name, int cores, double price) {
        return type(name)
                .size(cores, 64, 110)
                .overhead(ResourceVector.ZERO)
                .zones("zone-1")
                .onDemandOnly()
                .price(price);
    }

    /** The offers of one pool for some pods; items are named by the millicores they ask for. */
    private static class Named extends Offers {
        Named(List<InstanceType> types, UnaryOperator<Problem.Pool> change, Objective objective, Collection<Pod> pods) {
            super(types, change, objective, pods);
        }

        Named(Pods.Builder pod, int count) {
            this(TYPES, pool -> pool, Offers.PLAIN, pod.times(count));
        }

        @Nullable
        Bin bin(int... milliCpu) {
            return offers.bin(Arrays.stream(milliCpu).map(this::item).toArray());
        }

        int item(long milliCpu) {
            return IntStream.range(0, demand.items())
                    .filter(item -> demand.lot(item).podClass().amounts()[0] == milliCpu)
                    .findFirst()
                    .orElseThrow();
        }

        /** In the order of picking. */
        long[] milliCpuOf(NodeOffers.Offer offer) {
            return Arrays.stream(offer.picks())
                    .mapToLong(item -> demand.lot(item).podClass().amounts()[0])
                    .toArray();
        }

        Market.Candidate candidate(String type) {
            return market.candidates().stream()
                    .filter(each -> each.variant().type().name().equals(type))
                    .findFirst()
                    .orElseThrow();
        }

        NodeOffers.Offer fill(String type) {
            return offers.fill(candidate(type), GreedyRule.ALL.getFirst());
        }
    }

    @Test
    void makesTheCheapestNodeThatHoldsThePods() {
        Named offers = new Named(pod("a").cpu(1000), 9);
        assertThat(Objects.requireNonNull(offers.bin(1000, 1000)).price()).isEqualTo(0.2);
        assertThat(Objects.requireNonNull(offers.bin(1000, 1000, 1000)).price()).isEqualTo(0.9);
        assertThat(offers.bin(1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000)).isNotNull();
        assertThat(offers.offers.close()).as("nine cores fit no machine").isNull();
        offers.demand.take(0, 1);
        assertThat(Objects.requireNonNull(offers.offers.close()).items()).hasSize(8);
    }

    @Test
    void addsUpWhatPodsOfSeveralClassesAskFor() {
        Named offers = new Named(
                TYPES,
                pool -> pool,
                Offers.PLAIN,
                List.of(
                        pod("a").cpu(500).build(),
                        pod("b-1").cpu(1500).build(),
                        pod("b-2").cpu(1500).build(),
                        pod("c").cpu(3000).build()));
        assertThat(Objects.requireNonNull(offers.bin(500, 1500)).price()).isEqualTo(0.2);
        assertThat(Objects.requireNonNull(offers.bin(1500, 1500)).price()).isEqualTo(0.9);
        assertThat(offers.bin(3000, 3000, 1500, 1500)).isNull();
        Bin all = Objects.requireNonNull(offers.offers.close());
        assertThat(Arrays.stream(all.items())
                        .mapToLong(item -> offers.demand.lot(item).podClass().amounts()[0])
                        .sorted()
                        .toArray())
                .containsExactly(500, 1500, 1500, 3000);
    }

    @Test
    void stopsFillingOnceTheOfferCannotBeAsGoodAsWanted() {
        Named offers = new Named(pod("a").cpu(1000), 9);
        NodeOffers.Offer full = offers.fill("large");
        NodeOffers.Offer hopeless =
                offers.offers.fill(offers.candidate("large"), GreedyRule.ALL.getFirst(), 1.01 * full.worthPerDollar());
        assertThat(hopeless.picks()).isEmpty();
        assertThat(hopeless.isEmpty()).isTrue();
        assertThat(hopeless.worthPerDollar())
                .as("what it could have reached")
                .isCloseTo(full.worthPerDollar(), within(1e-9));
        NodeOffers.Offer good =
                offers.offers.fill(offers.candidate("large"), GreedyRule.ALL.getFirst(), 0.99 * full.worthPerDollar());
        assertThat(good.picks()).hasSize(8);
    }

    @Test
    void addsTheCostPerNode() {
        Named offers = new Named(
                TYPES,
                pool -> pool,
                new Objective(0.05, 1, 0),
                pod("a").cpu(1000).times(2));
        assertThat(Objects.requireNonNull(offers.bin(1000)).price()).isCloseTo(0.25, within(1e-12));
    }

    @Test
    void takesSpotForDearerWithTooFewTypesToChooseFrom() {
        List<InstanceType> spot = List.of(
                type("a").size(2, 64, 110).zones("zone-1").price(1).build(),
                type("b").size(8, 64, 110).zones("zone-1").price(3).build());
        Named offers = new Named(
                spot, pool -> pool, new Objective(0, 2, 0.1), pod("p").cpu(1500).times(2));
        assertThat(Objects.requireNonNull(offers.bin(1500)).price())
                .as("a or b")
                .isCloseTo(0.7, within(1e-12));
        assertThat(Objects.requireNonNull(offers.bin(1500, 1500)).price())
                .as("b alone")
                .isCloseTo(2.31, within(1e-12));
    }

    @Test
    void putsNoPodsTogetherThatExcludeEachOther() {
        Named zones = new Named(
                TYPES,
                pool -> pool,
                Offers.PLAIN,
                List.of(
                        pod("a").cpu(100).selector(Types.FAMILY, "small").build(),
                        pod("b").cpu(200).selector(Types.FAMILY, "large").build(),
                        pod("c").cpu(300).build()));
        assertThat(zones.bin(100, 200)).isNull();
        assertThat(Objects.requireNonNull(zones.bin(200, 300)).price()).isEqualTo(0.9);
        Named ports = new Named(pod("a").cpu(100).port("", 80, "TCP"), 2);
        assertThat(ports.bin(100)).isNotNull();
        assertThat(ports.bin(100, 100)).isNull();
    }

    @Test
    void putsNoPodsTogetherThatRepelEachOtherOrAreTooMany() {
        Named apart = new Named(pod("a").label("app", "x").cpu(100).antiAffinity(term(Labels.HOSTNAME, "app", "x")), 3);
        assertThat(apart.bin(100)).isNotNull();
        assertThat(apart.bin(100, 100)).isNull();
        assertThat(apart.bin(100)).as("the last try leaves nothing behind").isNotNull();
        Named few = new Named(
                pod("a").label("app", "x")
                        .cpu(100)
                        .spread(spread(Labels.HOSTNAME, "app", "x").maxSkew(2).build()),
                3);
        assertThat(few.bin(100, 100)).isNotNull();
        assertThat(few.bin(100, 100, 100)).isNull();
    }

    @Test
    void staysWithinLimits() {
        Named offers = new Named(
                TYPES,
                pool -> pool.limit("cpu", "4"),
                Offers.PLAIN,
                pod("a").cpu(1000).times(4));
        assertThat(offers.bin(1000, 1000)).isNotNull();
        assertThat(offers.bin(1000, 1000, 1000))
                .as("only the large one holds three")
                .isNull();
        assertThat(offers.offers.allows(offers.candidate("small"))).isTrue();
        assertThat(offers.offers.allows(offers.candidate("large"))).isFalse();
        assertThat(Objects.requireNonNull(offers.bin(1000)).charge()).containsExactly(2000);
    }

    @Test
    void leavesAsManyTypesAsMinValuesAsksForAndIsChargedTheLargest() {
        Named offers = new Named(
                TYPES,
                pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2).limit("cpu", "100"),
                Offers.PLAIN,
                pod("a").cpu(1000).times(4));
        assertThat(Objects.requireNonNull(offers.bin(1000, 1000)).charge()).containsExactly(8000);
        assertThat(offers.bin(1000, 1000, 1000)).as("one type is left").isNull();
        assertThat(offers.fill("large").picks())
                .as("no more than both types hold")
                .hasSize(2);
        assertThat(offers.fill("large").worthPerDollar())
                .as("of the two pods alone")
                .isCloseTo(
                        2 * offers.market.worth(0) / offers.candidate("large").cost(), within(1e-9));
        assertThat(offers.fill("small").picks()).hasSize(2);
    }

    @Test
    void fillsAMachineAsFarAsItGoesAndGivesThePodsBack() {
        Named offers = new Named(pod("a").cpu(1000), 9);
        NodeOffers.Offer small = offers.fill("small");
        assertThat(small.picks()).hasSize(2);
        assertThat(offers.fill("large").picks()).hasSize(8);
        assertThat(offers.demand.left(0)).isEqualTo(9);
        assertThat(small.isEmpty()).isFalse();
        assertThat(small.worthPerDollar()).as("its upkeep is a fortieth").isCloseTo(1 / 1.025, within(1e-9));
    }

    @Test
    void prefersMoreWorthPerDollarThenMorePods() {
        Named offers = new Named(pod("a").cpu(1000), 9);
        NodeOffers.Offer small = offers.fill("small");
        NodeOffers.Offer large = offers.fill("large");
        assertThat(small.isBetterThan(large))
                .as("0.1 a core rather than 0.1125")
                .isTrue();
        assertThat(large.isBetterThan(small)).isFalse();
        assertThat(small.isBetterThan(offers.fill("small")))
                .as("neither of two equals")
                .isFalse();
        offers.demand.take(0, 8);
        assertThat(small.isBetterThan(offers.fill("small")))
                .as("the last pod leaves half of it unused")
                .isTrue();
    }

    @Test
    void prefersMorePodsOfTheSameWorth() {
        NodeOffers.Offer two = new Named(pod("a").cpu(1000), 9).fill("small");
        NodeOffers.Offer four = new Named(pod("a").cpu(500), 9).fill("small");
        assertThat(two.worthPerDollar()).isCloseTo(four.worthPerDollar(), within(1e-12));
        assertThat(four.isBetterThan(two)).isTrue();
        assertThat(two.isBetterThan(four)).isFalse();
    }

    @Test
    void countsItsSteps() {
        Named offers = new Named(pod("a").cpu(1000), 9);
        assertThat(offers.offers.work()).isZero();
        offers.bin(1000, 1000);
        long after = offers.offers.work();
        assertThat(after).isEqualTo(2 + offers.pool.offerings().rowCount());
        offers.offers.count(5);
        assertThat(offers.offers.work()).isEqualTo(after + 5);
        offers.fill("small");
        assertThat(offers.offers.work()).isEqualTo(after + 5 + 3);
        Named mixed = new Named(
                TYPES,
                pool -> pool,
                Offers.PLAIN,
                List.of(pod("a").cpu(1000).build(), pod("b").cpu(1).build()));
        mixed.fill("large");
        assertThat(mixed.offers.work()).as("two pods picked of two cells").isEqualTo(6);
    }

    @Test
    void beginsWithPodsOfTheAsksWanted() {
        Named offers = new Named(
                TYPES,
                pool -> pool,
                Offers.PLAIN,
                List.of(
                        pod("a").cpu(1500).build(),
                        pod("b").cpu(100).selector(Labels.OS, "linux").build()));
        assertThat(offers.milliCpuOf(offers.fill("small"))).containsExactly(1500, 100);
        BitSet asks = new BitSet();
        asks.set(offers.demand.askOf(offers.item(100)));
        offers.offers.beginWith(asks);
        assertThat(offers.milliCpuOf(offers.fill("small"))).containsExactly(100, 1500);
        offers.offers.beginWith(null);
        assertThat(offers.milliCpuOf(offers.fill("small"))).containsExactly(1500, 100);
    }

    /** The small ones first, so that room is left in the end. */
    private static final GreedyRule WASTEFUL = new GreedyRule(GreedyRule.Aim.OUTLOOK, -10);

    /** An offer for the first kind of machine that was made badly on purpose, and what exchanges make of it. */
    private static final class Exchange extends Named {
        final NodeOffers.Offer bad;
        final NodeOffers.Offer better;
        final Market.Candidate candidate;

        Exchange(List<InstanceType> types, UnaryOperator<Problem.Pool> change, Collection<Pod> pods) {
            super(types, change, Offers.PLAIN, pods);
            candidate = market.candidates().getFirst();
            bad = offers.fill(candidate, WASTEFUL);
            int[] before = demand.left();
            long[] free = candidate.variant().free().clone();
            better = offers.exchanged(candidate, bad);
            assertThat(demand.left()).as("the demand is as it was").containsExactly(before);
            assertThat(candidate.variant().free()).containsExactly(free);
            assertThat(Arrays.stream(better.picks()).mapToDouble(market::worth).sum() / candidate.cost())
                    .isCloseTo(better.worthPerDollar(), within(1e-9));
        }

        Exchange(Pod... pods) {
            this(List.of(Offers.machine("small", 2, 0.2)), pool -> pool, List.of(pods));
        }

        /** Ascending. */
        long[] milliCpu(NodeOffers.Offer offer) {
            return Arrays.stream(milliCpuOf(offer)).sorted().toArray();
        }
    }

    @Test
    void exchangesPodsForThoseThatFillTheMachine() {
        Exchange exchange = new Exchange(
                pod("a").cpu(1100).build(),
                pod("b").cpu(800).build(),
                pod("c").cpu(900).build(),
                pod("d").cpu(950).build());

        assertThat(exchange.milliCpu(exchange.bad)).containsExactly(800, 900);
        assertThat(exchange.milliCpu(exchange.better)).containsExactly(900, 1100);
        assertThat(exchange.better.worthPerDollar()).isGreaterThan(exchange.bad.worthPerDollar());
    }

    @Test
    void exchangesOnePodAfterAnother() {
        Exchange exchange = new Exchange(
                pod("a").cpu(400).build(),
                pod("b").cpu(410).build(),
                pod("c").cpu(420).build(),
                pod("d").cpu(430).build(),
                pod("e").cpu(450).build(),
                pod("f").cpu(460).build());

        assertThat(exchange.milliCpu(exchange.bad)).containsExactly(400, 410, 420, 430);
        assertThat(exchange.milliCpu(exchange.better)).containsExactly(420, 430, 450, 460);
    }

    @Test
    void beginsWithTheExchangeThatGainsMost() {
        Exchange exchange = new Exchange(
                pod("a").cpu(400).build(),
                pod("b").cpu(410).build(),
                pod("c").cpu(420).build(),
                pod("d").cpu(430).build(),
                pod("e").cpu(460).build(),
                pod("f").cpu(745).build());

        // 340 are free. 745 fit in the place of 410 but not of 400, and then nothing else does.
        assertThat(exchange.milliCpu(exchange.bad)).containsExactly(400, 410, 420, 430);
        assertThat(exchange.milliCpu(exchange.better)).containsExactly(400, 420, 430, 745);
    }

    @Test
    void exchangesNoMorePodsThanThereAre() {
        Exchange exchange = new Exchange(
                pod("a").cpu(500).build(),
                pod("b").cpu(510).build(),
                pod("c").cpu(520).build(),
                pod("d").cpu(600).build());

        // There is one of 600 only, though two of them and one of 510 would fit.
        assertThat(exchange.milliCpu(exchange.bad)).containsExactly(500, 510, 520);
        assertThat(exchange.milliCpu(exchange.better)).containsExactly(510, 520, 600);
    }

    @Test
    void exchangesPodsForOthersThatAskAlike() {
        Exchange exchange = new Exchange(
                List.of(machine("small", 2, 0.2).build()),
                pool -> pool.labels(Map.of("team", "a")),
                List.of(
                        pod("a").cpu(1100).selector("team", "a").build(),
                        pod("b").cpu(800).build(),
                        pod("c").cpu(900).build(),
                        pod("d").cpu(950).build()));

        assertThat(exchange.milliCpu(exchange.bad)).containsExactly(800, 900);
        assertThat(exchange.milliCpu(exchange.better))
                .as("1100 asks for something else")
                .containsExactly(900, 950);
    }

    @Test
    void exchangesNothingOnAFullMachine() {
        Exchange exchange = new Exchange(
                pod("a").cpu(1000).build(),
                pod("b").cpu(1000).memoryMib(1).build(),
                pod("c").cpu(1800).build());

        assertThat(exchange.better).isSameAs(exchange.bad);
    }

    @Test
    void exchangesNothingIfThatLeftTooFewTypes() {
        List<InstanceType> types = List.of(
                machine("small", 7, 0.65).build(), machine("large", 8, 0.9).build());
        List<Pod> pods = List.of(
                pod("a").cpu(3100).build(),
                pod("b").cpu(3200).build(),
                pod("c").cpu(3900).build());
        Exchange exchange = new Exchange(types, pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2), pods);
        assertThat(exchange.milliCpu(exchange.better)).containsExactly(3100, 3900);

        NodeOffers.Offer large = exchange.offers.fill(exchange.candidate("large"), WASTEFUL);
        assertThat(exchange.milliCpu(large)).containsExactly(3100, 3200);
        assertThat(exchange.offers.exchanged(exchange.candidate("large"), large))
                .as("3200 and 3900 fit the large one alone")
                .isSameAs(large);
    }

    @Test
    void countsWhatItLooksAtForExchanges() {
        Exchange exchange = new Exchange(
                pod("a").cpu(1100).build(),
                pod("b").cpu(800).build(),
                pod("c").cpu(900).build(),
                pod("d").cpu(950).build());
        long before = exchange.offers.work();

        exchange.offers.exchanged(exchange.candidate, exchange.bad);

        // Two passes over two pods, each of which looks at four items, and the node made of them.
        assertThat(exchange.offers.work() - before)
                .isEqualTo(2 * 2 + 2 + exchange.pool.offerings().rowCount());
    }
}
