package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import karpenter.core.catalog.InstanceType;
import org.junit.jupiter.api.Test;

/** Nodes of a plan that are replaced by cheaper ones. */
class NodeRepairTest {
    private static final long ENOUGH = 10_000_000;
    private static final Cutoff NEVER = new Cutoff(() -> false);
    private static final List<InstanceType> TYPES =
            List.of(Offers.machine("small", 2, 0.2), Offers.machine("large", 8, 0.7));

    private static Offers offers(List<InstanceType> types, UnaryOperator<Problem.Pool> change, int pods) {
        return new Offers(types, change, Offers.PLAIN, pod("p").cpu(1000).times(pods));
    }

    private static Draft improve(Offers offers, Draft known, Cutoff cutoff, long budget) {
        return offers.passing(() -> NodeRepair.improve(offers.problem(cutoff), known, budget));
    }

    @Test
    void putsPodsTogetherUntilNoCheaperWayIsFound() {
        Offers offers = offers(TYPES, pool -> pool, 8);

        Draft draft = improve(offers, offers.onePerPod(), NEVER, ENOUGH);

        // On one large machine: five single ones must first become three, and these be taken apart again.
        offers.check(draft);
        assertThat(draft.bins()).hasSize(1);
        assertThat(draft.price()).isCloseTo(0.7, within(1e-9));
    }

    @Test
    void beginsWithNodesThatWasteMuchThoughOthersAreDearer() {
        Offers offers = offers(TYPES, pool -> pool, 39);
        Bin nearlyFull = Objects.requireNonNull(offers.offers.bin(new int[7]));
        Bin halfEmpty = Objects.requireNonNull(offers.offers.bin(new int[1]));
        List<Bin> bins = new ArrayList<>(Collections.nCopies(5, nearlyFull));
        bins.addAll(Collections.nCopies(4, halfEmpty));

        Draft draft = improve(offers, Draft.of(bins, 0), NEVER, 1);

        offers.check(draft);
        assertThat(draft.price()).as("after one search").isCloseTo(5 * 0.7 + 2 * 0.2, within(1e-9));
    }

    @Test
    void endsWithinTheBudget() {
        Offers offers = offers(TYPES, pool -> pool, 8);
        Draft known = offers.onePerPod();

        assertThat(improve(offers, known, NEVER, 0).bins()).isEqualTo(known.bins());
        assertThat(improve(offers, known, NEVER, 1).price())
                .as("five of eight nodes become three")
                .isCloseTo(6 * 0.2, within(1e-9));
    }

    @Test
    void endsWhenTimeIsUp() {
        Offers offers = offers(TYPES, pool -> pool, 8);
        Draft known = offers.onePerPod();
        long before = offers.offers.work();

        assertThat(improve(offers, known, new Cutoff(() -> true), ENOUGH).bins())
                .isEqualTo(known.bins());
        assertThat(improve(offers, known, new Cutoff(() -> offers.offers.work() > before), ENOUGH)
                        .price())
                .as("five of eight nodes become three")
                .isCloseTo(6 * 0.2, within(1e-9));
    }

    @Test
    void endsWhenEachNodeWasTakenApartInVain() {
        Offers offers = offers(TYPES, pool -> pool, 42);
        Draft best = improve(offers, offers.onePerPod(), NEVER, ENOUGH);
        long before = offers.offers.work();

        Draft again = improve(offers, best, NEVER, ENOUGH);

        assertThat(best.price()).isCloseTo(5 * 0.7 + 0.2, within(1e-9));
        assertThat(again.bins()).containsExactlyElementsOf(best.bins());
        assertThat(offers.offers.work() - before).isLessThan(ENOUGH / 10);
    }

    @Test
    void takesNodesApartThoughLimitsAllowNoFurther() {
        Offers offers = offers(TYPES, pool -> pool.limit("nodes", "4"), 4);

        Draft draft = improve(offers, offers.onePerPod(), NEVER, ENOUGH);

        offers.check(draft);
        assertThat(draft.price()).isCloseTo(2 * 0.2, within(1e-9));
    }

    @Test
    void countsTheOtherNodesAgainstTheLimits() {
        List<InstanceType> types = List.of(Offers.machine("small", 2, 0.1), Offers.machine("large", 8, 0.7));
        Offers offers = offers(types, pool -> pool.limit("nodes", "8"), 18);
        Bin large = Objects.requireNonNull(offers.offers.bin(new int[] {0, 0, 0}));

        // Eight small ones would be the cheapest for the pods of five of these, were it not for the sixth.
        Draft draft = improve(offers, Draft.of(Collections.nCopies(6, large), 0), NEVER, ENOUGH);

        offers.check(draft);
        assertThat(draft.price()).isLessThan(6 * 0.7);
    }

    @Test
    void leavesOverWhatWasLeftOver() {
        Offers offers = offers(TYPES, pool -> pool, 4);
        Draft known = new Draft(offers.onePerPod().bins(), 0.8, 3);

        assertThat(improve(offers, known, NEVER, ENOUGH).podsLeft()).isEqualTo(3);
    }

    @Test
    void findsPricesForThePodsThatAreLeftNow() {
        for (int seed = 0; seed < 10; seed++) {
            Offers fresh = Offers.random(new Random(seed), 6, 4);
            Offers stale = Offers.random(new Random(seed), 6, 4);
            int[] left = stale.demand.left();
            for (int item = 1; item < left.length; item++) {
                stale.demand.take(item, left[item]);
            }
            stale.market.reprice(1);
            stale.demand.reset(left);

            Draft draft = improve(stale, stale.onePerPod(), NEVER, 2_000);

            assertThat(draft.price())
                    .isEqualTo(improve(fresh, fresh.onePerPod(), NEVER, 2_000).price());
            assertThat(stale.offers.work()).isEqualTo(fresh.offers.work());
        }
    }

    @Test
    void looksAtNoItemsBesidesThoseOfTheNodesTakenApart() {
        Offers offers = Offers.random(new Random(4), 30, 3);
        Draft known = improve(offers, offers.onePerPod(), NEVER, 2_000);
        int all = offers.demand.items();
        List<Integer> lookedAt = new ArrayList<>();
        Cutoff spy = new Cutoff(() -> {
            lookedAt.add(offers.demand.presentItems());
            return false;
        });

        improve(offers, known, spy, 20_000);

        assertThat(lookedAt.removeFirst()).as("before the first search").isEqualTo(all);
        assertThat(lookedAt).isNotEmpty().allMatch(items -> items < all);
    }

    private static Bin bin(double price, int... items) {
        return new Bin(0, price, items, new int[0], new long[0]);
    }

    /** With so many pods that are worth nothing. */
    private static Bin holding(int pods) {
        int[] items = new int[pods];
        Arrays.fill(items, 2);
        return bin(1, items);
    }

    private static List<Bin> wasteful(Bin... bins) {
        return NodeRepair.wasteful(List.of(bins), new double[] {0.1, 1, 0}, Set.of());
    }

    @Test
    void takesThoseApartThatCostMostBeyondWhatTheirPodsAreWorth() {
        Bin dear = bin(2.1, 1, 1);
        Bin empty = bin(0.5, 0);
        Bin cheap = bin(0.4, 0, 0);

        assertThat(wasteful(dear, empty, cheap)).containsExactly(empty, cheap, dear);
    }

    @Test
    void takesNoMoreNodesApartThanCanBeSearched() {
        Bin[] bins = new Bin[NodeRepair.NODES_APART + 2];
        Arrays.setAll(bins, number -> bin(1, 0));

        assertThat(wasteful(bins))
                .as("of equal ones the earlier")
                .containsExactly(Arrays.copyOf(bins, NodeRepair.NODES_APART));
    }

    @Test
    void takesNoMorePodsApartThanCanBeSearched() {
        int most = NodeRepair.PODS_APART;
        Bin all = holding(most);
        Bin half = holding(most / 2);
        Bin moreThanHalf = holding(most / 2 + 1);
        Bin one = holding(1);

        assertThat(wasteful(all)).containsExactly(all);
        assertThat(wasteful(holding(most + 1))).isEmpty();
        assertThat(wasteful(holding(most + 1), one)).containsExactly(one);
        assertThat(wasteful(half, half, one)).containsExactly(half, half);
        assertThat(wasteful(moreThanHalf, half, one)).containsExactly(moreThanHalf, one);
    }

    @Test
    void leavesThoseAloneThatWereTakenApartInVain() {
        Bin worst = bin(3, 0);
        Bin other = bin(2, 0);

        assertThat(NodeRepair.wasteful(List.of(worst, other), new double[] {0.1}, Set.of(worst)))
                .containsExactly(other);
    }
}
