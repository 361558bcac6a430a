package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import karpenter.api.Labels;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

/** Pods on nodes that lack something, until none does. */
class PodExchangeTest {
    private static final long PLENTY = 100_000;

    /** Pods, and nodes of one size. */
    private static final class Setting {
        final Demand demand;
        final List<PodExchange.Node> nodes = new ArrayList<>();
        /** Asks that may be put on each. */
        final List<BitSet> open = new ArrayList<>();

        final PodExchange exchange;
        private final long[] capacity;

        /** Nodes of so many cores and GiB. */
        Setting(int count, int cores, int gib, List<Pod> pods) {
            Offers offers = new Offers(
                    List.of(Types.type("node")
                            .size(cores, gib, 110)
                            .overhead(ResourceVector.ZERO)
                            .onDemandOnly()
                            .build()),
                    pool -> pool,
                    Offers.PLAIN,
                    pods);
            demand = offers.demand;
            capacity = offers.market.candidates().getFirst().variant().free();
            for (int i = 0; i < count; i++) {
                BitSet all = new BitSet();
                all.set(0, demand.asks().size());
                open.add(all);
                nodes.add(new PodExchange.Node(capacity, all));
            }
            exchange = new PodExchange(demand, nodes);
        }

        int item(String name) {
            return IntStream.range(0, demand.items())
                    .filter(item -> demand.lot(item)
                            .podClass()
                            .waiting()
                            .getFirst()
                            .key()
                            .name()
                            .startsWith(name))
                    .findFirst()
                    .orElseThrow();
        }

        void put(int node, String... names) {
            for (String name : names) {
                exchange.put(item(name), nodes.get(node));
            }
        }

        /** Of what is asked of it beyond what it has, each resource squared as a share, by the pods on it. */
        double excess(PodExchange.Node node) {
            double excess = 0;
            for (int column = 0; column < capacity.length; column++) {
                double free = capacity[column];
                for (int item : node.pods()) {
                    free -= demand.amounts()[item * capacity.length + column];
                }
                excess += free < 0 ? free / capacity[column] * free / capacity[column] : 0;
            }
            return excess;
        }

        int[] pods() {
            return nodes.stream()
                    .flatMapToInt(node -> Arrays.stream(node.pods()))
                    .sorted()
                    .toArray();
        }
    }

    private static List<Pod> both(int each) {
        List<Pod> pods = new ArrayList<>(pod("cpu").cpu(3000).memoryMib(1024).times(each));
        pods.addAll(pod("mem").cpu(1000).memoryMib(3072).times(each));
        return pods;
    }

    @Test
    void exchangesTwoPodsWhereNeitherNodeHasRoomForMore() {
        Setting setting = new Setting(2, 4, 4, both(2));
        setting.put(0, "cpu", "cpu");
        setting.put(1, "mem", "mem");
        assertThat(setting.exchange.excess()).isCloseTo(0.25 + 0.25, within(1e-12));

        assertThat(setting.exchange.settle(PLENTY)).isTrue();

        assertThat(setting.exchange.excess()).isZero();
        assertThat(setting.nodes)
                .allSatisfy(node ->
                        assertThat(node.pods()).containsExactlyInAnyOrder(setting.item("cpu"), setting.item("mem")));
    }

    @Test
    void movesAPodToWhereThereIsRoom() {
        Setting setting = new Setting(3, 4, 16, pod("a").cpu(2000).times(3));
        setting.put(1, "a", "a", "a");

        assertThat(setting.exchange.settle(PLENTY)).isTrue();

        assertThat(setting.nodes.stream().map(node -> node.pods().length)).containsExactly(1, 2, 0);
        assertThat(setting.exchange.steps()).isPositive();
    }

    @Test
    void leavesNodesThatLackNothingAlone() {
        Setting setting = new Setting(2, 4, 4, both(1));
        setting.put(0, "cpu", "mem");

        assertThat(setting.exchange.settle(PLENTY)).isTrue();

        assertThat(setting.exchange.steps()).isZero();
        assertThat(setting.nodes.getFirst().pods()).hasSize(2);
    }

    @Test
    void putsAPodWhereLeastIsLackingThen() {
        List<Pod> pods = both(2);
        pods.addAll(pod("late").cpu(1000).memoryMib(512).times(1));
        Setting setting = new Setting(3, 4, 4, pods);
        setting.put(0, "cpu", "mem");
        setting.put(1, "cpu");
        setting.put(2, "cpu", "mem");

        assertThat(setting.exchange.put(setting.item("late"))).isTrue();

        assertThat(setting.nodes.get(1).pods()).contains(setting.item("late"));
        assertThat(setting.exchange.excess()).isZero();
    }

    @Test
    void putsNoPodWhereNoNodeIsOpenToIt() {
        Setting setting = new Setting(2, 4, 4, both(1));
        setting.open.forEach(BitSet::clear);

        assertThat(setting.exchange.put(0)).isFalse();
        assertThat(setting.pods()).isEmpty();
    }

    /** Two nodes, one of them closed to the pods that the other would give. */
    private static Setting closed(int node) {
        List<Pod> pods = new ArrayList<>(pod("cpu").cpu(3000).memoryMib(1024).times(2));
        pods.addAll(pod("mem")
                .cpu(1000)
                .memoryMib(3072)
                .selector(Labels.ARCH, "amd64")
                .times(2));
        Setting setting = new Setting(2, 4, 4, pods);
        setting.put(0, "cpu", "cpu");
        setting.put(1, "mem", "mem");
        setting.open.get(node).clear(setting.demand.askOf(setting.item(node == 0 ? "mem" : "cpu")));
        return setting;
    }

    @Test
    void exchangesOnlyPodsThatBothNodesAreOpenTo() {
        for (int node = 0; node < 2; node++) {
            Setting setting = closed(node);
            assertThat(setting.exchange.settle(PLENTY))
                    .as("node %d is closed", node)
                    .isFalse();
            assertThat(setting.nodes.get(0).pods()).containsOnly(setting.item("cpu"));
            assertThat(setting.nodes.get(1).pods()).containsOnly(setting.item("mem"));
        }
    }

    @Test
    void endsWithinTheBudget() {
        Setting setting = new Setting(2, 4, 4, both(2));
        setting.put(0, "cpu", "cpu");
        setting.put(1, "mem", "mem");

        assertThat(setting.exchange.settle(0)).isFalse();

        assertThat(setting.exchange.steps()).isZero();
        assertThat(setting.nodes.getFirst().pods()).containsOnly(setting.item("cpu"));
    }

    @Test
    void endsWhereNothingHelps() {
        Setting setting = new Setting(2, 4, 4, pod("a").cpu(3000).times(3));
        setting.put(0, "a", "a");
        setting.put(1, "a");

        assertThat(setting.exchange.settle(Long.MAX_VALUE / 2)).isFalse();

        assertThat(setting.pods()).hasSize(3);
        assertThat(setting.exchange.excess()).isCloseTo(0.25, within(1e-12));
    }

    /** Pods that fill nodes to 99 %, dealt out anew. */
    @Test
    void mostlyFindsAWayWhereThereIsOne() {
        Random random = new Random(1);
        int settled = 0;
        for (int problem = 0; problem < 50; problem++) {
            int nodes = 2 + random.nextInt(5);
            List<Pod> pods = new ArrayList<>();
            for (int node = 0; node < nodes; node++) {
                int[] cpu = parts(random, 3960, 12);
                int[] mib = parts(random, 4055, 12);
                for (int i = 0; i < cpu.length; i++) {
                    pods.add(pod("p" + node + "-" + i + "-")
                            .cpu(cpu[i])
                            .memoryMib(mib[i])
                            .build());
                }
            }
            Setting setting = new Setting(nodes, 4, 4, pods);
            for (int item = 0; item < setting.demand.items(); item++) {
                for (int i = 0; i < setting.demand.left(item); i++) {
                    setting.exchange.put(item, setting.nodes.get(random.nextInt(nodes)));
                }
            }
            int[] before = setting.pods();

            boolean done = setting.exchange.settle(PLENTY);

            assertThat(setting.pods()).containsExactly(before);
            double excess = setting.nodes.stream().mapToDouble(setting::excess).sum();
            assertThat(setting.exchange.excess()).isCloseTo(excess, within(1e-12));
            assertThat(done).isEqualTo(excess == 0);
            settled += done ? 1 : 0;
            assertThat(excess).as("problem %d", problem).isLessThan(0.01);
        }
        assertThat(settled).as("as measured, less one").isGreaterThanOrEqualTo(47);
    }

    private static int[] parts(Random random, int total, int count) {
        int[] cuts = IntStream.concat(
                        IntStream.of(0, total), random.ints(1, total).distinct().limit(count - 1))
                .sorted()
                .toArray();
        return IntStream.range(0, count).map(i -> cuts[i + 1] - cuts[i]).toArray();
    }
}
