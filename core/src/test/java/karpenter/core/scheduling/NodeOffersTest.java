package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
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
    private static final class Named extends Offers {
        Named(List<InstanceType> types, UnaryOperator<Problem.Pool> change, Objective objective, Collection<Pod> pods) {
            super(types, change, objective, pods);
        }

        Named(Pods.Builder pod, int count) {
            this(TYPES, pool -> pool, Offers.PLAIN, pod.times(count));
        }

        @Nullable
        Bin bin(int... milliCpu) {
            int[] items = new int[milliCpu.length];
            for (int i = 0; i < items.length; i++) {
                for (int item = 0; item < demand.items(); item++) {
                    items[i] = demand.lot(item).podClass().amounts()[0] == milliCpu[i] ? item : items[i];
                }
            }
            return offers.bin(items);
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
    }

    @Test
    void exchangesPodsForThoseThatFillTheMachine() {
        Offers setting = new Offers(
                List.of(machine("small", 2, 0.2).build()),
                pool -> pool,
                Offers.PLAIN,
                List.of(
                        pod("a").cpu(1100).build(),
                        pod("b").cpu(800).build(),
                        pod("c").cpu(900).build(),
                        pod("d").cpu(950).build()));
        setting.market.priceByKind(true);
        setting.market.reprice(1);
        Market.Candidate candidate = setting.market.candidates().getFirst();
        int[] before = setting.demand.left();
        NodeOffers.Offer offer = setting.offers.fill(candidate, new GreedyRule(GreedyRule.Aim.OUTLOOK, 0.1));

        NodeOffers.Offer exchanged = setting.offers.exchanged(candidate, offer);

        // 1.1 and 0.9 cores, whatever the filling began with.
        assertThat(Arrays.stream(exchanged.picks())
                        .mapToLong(item -> setting.demand.lot(item).podClass().amounts()[0])
                        .sum())
                .isEqualTo(2000);
        assertThat(exchanged.worthPerDollar()).isGreaterThanOrEqualTo(offer.worthPerDollar());
        assertThat(setting.demand.left()).containsExactly(before);
    }
}
