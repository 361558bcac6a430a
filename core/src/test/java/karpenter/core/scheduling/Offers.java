package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;

/** What one pool offers some pods, with prices for all of them; each class under the first of its alternatives. */
class Offers {
    /** Price alone. */
    static final Objective PLAIN = new Objective(0, 1, 0);

    final PoolTemplate pool;
    final Demand demand;
    final Market market;
    final NodeOffers offers;

    /** Some kinds of machines, and pods of a few sizes. */
    static Offers random(Random random, int sizes, int mostPerSize) {
        return random(random, sizes, mostPerSize, List.of("amd64"));
    }

    /** The same where some machines have another architecture, and some pods insist on one. */
    static Offers random(Random random, int sizes, int mostPerSize, List<String> architectures) {
        List<InstanceType> types = new ArrayList<>();
        for (int i = 0; i < 2 + random.nextInt(3); i++) {
            int cores = 2 + random.nextInt(12);
            int gib = 4 + random.nextInt(40);
            double price = (0.1 * cores + 0.02 * gib) * (0.8 + 0.4 * random.nextDouble());
            String arch = architectures.get(random.nextInt(architectures.size()));
            types.add(type("t" + i, cores, gib, 3 + random.nextInt(20), price, arch));
        }
        architectures.forEach(arch -> types.add(type("large-" + arch, 14, 44, 24, 2.6, arch)));
        List<Pod> pods = new ArrayList<>();
        for (int size = 0; size < sizes; size++) {
            Pods.Builder pod =
                    Pods.pod("p" + size).cpu(200 + random.nextInt(4000)).memoryMib(500 + random.nextInt(12000));
            if (architectures.size() > 1 && random.nextInt(3) > 0) {
                pod.selector(Labels.ARCH, architectures.get(random.nextInt(architectures.size())));
            }
            pods.addAll(pod.times(1 + random.nextInt(mostPerSize)));
        }
        return new Offers(types, pool -> pool, PLAIN, pods);
    }

    private static InstanceType type(String name, int cores, int gib, int pods, double price, String arch) {
        return Types.type(name)
                .size(cores, gib, pods)
                .overhead(ResourceVector.ZERO)
                .zones("zone-1")
                .onDemandOnly()
                .price(price)
                .arch(arch)
                .build();
    }

    Offers(List<InstanceType> types, UnaryOperator<Problem.Pool> change, Objective objective, Collection<Pod> pods) {
        SchedulingPass pass = new SchedulingPass(
                new Problem().pool("default", types, change).waiting(pods).input(), new Cutoff(() -> false));
        pool = pass.pools().getFirst();
        demand = new Demand(
                pass.classes().stream()
                        .map(each -> new Demand.Lot(each, each.asks().getFirst()))
                        .toList(),
                pass.columns().count());
        market = new Market(pool, demand, pass.columns(), objective);
        market.reprice(1);
        offers = new NodeOffers(pool, demand, market, objective);
    }

    PackingProblem problem(Cutoff cutoff) {
        return new PackingProblem(pool, demand, market, offers, cutoff);
    }

    /** With time that never ends. */
    PackingProblem problem() {
        return problem(new Cutoff(() -> false));
    }

    /** A node for each pod that has one. */
    Draft onePerPod() {
        List<Bin> bins = new ArrayList<>();
        for (int item = 0; item < demand.items(); item++) {
            for (int i = 0; i < demand.left(item); i++) {
                Bin bin = offers.bin(new int[] {item});
                if (bin != null) {
                    bins.add(bin);
                }
            }
        }
        return Draft.of(bins, 0);
    }

    /** The least price of nodes for all pods left, limits on their sum aside: every way to fill the next node, plainly tried. */
    double optimum() {
        return optimum(demand.left(), new HashMap<>(), new HashMap<>());
    }

    private double optimum(int[] left, Map<List<Integer>, Double> known, Map<List<Integer>, Double> prices) {
        if (Arrays.stream(left).sum() == 0) {
            return 0;
        }
        List<Integer> key = Arrays.stream(left).boxed().toList();
        Double before = known.get(key);
        if (before != null) {
            return before;
        }
        int first = 0;
        while (left[first] == 0) {
            first++;
        }
        double best = Double.POSITIVE_INFINITY;
        int[] counts = new int[left.length];
        counts[first] = 1;
        do {
            int[] rest = new int[left.length];
            Arrays.setAll(rest, item -> left[item] - counts[item]);
            double price = prices.computeIfAbsent(Arrays.stream(counts).boxed().toList(), each -> price(each));
            if (price < best) {
                best = Math.min(best, price + optimum(rest, known, prices));
            }
        } while (next(counts, left, first));
        known.put(key, best);
        return best;
    }

    private static boolean next(int[] counts, int[] most, int first) {
        for (int item = 0; item < counts.length; item++) {
            if (counts[item] < most[item]) {
                counts[item]++;
                return true;
            }
            counts[item] = item == first ? 1 : 0;
        }
        return false;
    }

    private double price(List<Integer> counts) {
        int[] items = IntStream.range(0, counts.size())
                .flatMap(item -> IntStream.generate(() -> item).limit(counts.get(item)))
                .toArray();
        Bin bin = offers.bin(items);
        return bin == null ? Double.POSITIVE_INFINITY : bin.price();
    }

    /** What a step comes to, which is to leave demand and limits as they were. */
    final <T> T passing(Supplier<T> step) {
        int[] left = demand.left();
        long[] limits = pool.limits().left();
        T outcome = step.get();
        assertThat(demand.left()).as("the demand is as it was").containsExactly(left);
        assertThat(pool.limits().left()).as("the limits are as they were").containsExactly(limits);
        return outcome;
    }

    /** That these nodes are there, hold each pod that is left once, and cost what the draft says. */
    void check(Draft draft) {
        int[] counts = new int[demand.items()];
        double price = 0;
        for (Bin bin : draft.bins()) {
            Bin again = offers.bin(bin.items());
            assertThat(again).isNotNull();
            price += bin.price();
            for (int item : bin.items()) {
                counts[item]++;
            }
        }
        assertThat(counts).containsExactly(demand.left());
        assertThat(draft.price()).isCloseTo(price, within(1e-9));
        assertThat(draft.podsLeft()).isZero();
        assertThat(pool.limits().allow(draft.bins())).isTrue();
    }

    /** A machine of one zone, on demand, without overhead. */
    static InstanceType machine(String name, int cores, double price) {
        return Types.type(name)
                .size(cores, 64, 110)
                .overhead(ResourceVector.ZERO)
                .zones("zone-1")
                .onDemandOnly()
                .price(price)
                .build();
    }
}
