package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import karpenter.api.Labels;
import karpenter.core.cluster.Pod;
import org.junit.jupiter.api.Test;

/** How the pods that a pool is to take are laid out: who shares a cell, in which order, and who needs most nodes. */
class DemandTest {
    private static final int CPU = 0;

    private static Demand demand(List<Pod> pods) {
        SchedulingPass pass = new SchedulingPass(new Problem().waiting(pods).input(), new Cutoff(() -> false));
        return new Demand(
                pass.classes().stream()
                        .map(each -> new Demand.Lot(each, each.asks().getFirst()))
                        .toList(),
                pass.columns().count());
    }

    private static Demand demand(Pods.Builder... pods) {
        return demand(Arrays.stream(pods).map(Pods.Builder::build).toList());
    }

    private static String name(Demand demand, int item) {
        return demand.lot(item).podClass().waiting().getFirst().key().name();
    }

    private static int item(Demand demand, String name) {
        return IntStream.range(0, demand.items())
                .filter(item -> name(demand, item).equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<Integer> items(Demand.Cell cell) {
        return IntStream.range(0, cell.size()).mapToObj(cell::item).toList();
    }

    private static List<String> names(Demand demand, Demand.Cell cell) {
        return items(cell).stream().map(item -> name(demand, item)).toList();
    }

    private static List<List<String>> cells(Demand demand) {
        return demand.allCells().stream().map(cell -> names(demand, cell)).toList();
    }

    /** Cells that may have pods left, with the items that may. */
    private static List<List<String>> present(Demand demand) {
        int[] numbers = new int[demand.allCells().size()];
        int count = demand.copyPresentCells(numbers);
        return Arrays.stream(numbers)
                .limit(count)
                .mapToObj(number -> names(demand, demand.allCells().get(number)))
                .toList();
    }

    private static Pods.Builder loner(String name) {
        return pod(name).label("app", "loner").antiAffinity(Labels.HOSTNAME, Map.of("app", "loner"));
    }

    private static Pods.Builder pair(String name) {
        return pod(name)
                .label("app", "pair")
                .spread(spread(Labels.HOSTNAME, "app", "pair").maxSkew(2).build());
    }

    @Test
    void podsOfOneSizeThatAskTheSameOfANodeShareACell() {
        Demand demand = demand(
                pod("a").cpu(900),
                pod("zone").cpu(800).selector(Labels.ZONE, "zone-1"),
                pod("b").cpu(700),
                pod("zone-too").cpu(600).selector(Labels.ZONE, "zone-1"),
                pod("large").cpu(500).memoryMib(100),
                pod("labelled").cpu(500).memoryMib(100).label("app", "x").spread(Labels.ZONE, true));

        assertThat(cells(demand))
                .as("kind after kind, the largest first")
                .containsExactly(
                        List.of("a"), List.of("b"), List.of("labelled", "large"), List.of("zone"), List.of("zone-too"));
        assertThat(demand.kindOf(item(demand, "zone"))).isEqualTo(demand.kindOf(item(demand, "zone-too")));
        assertThat(demand.kindOf(item(demand, "labelled"))).isEqualTo(demand.kindOf(item(demand, "a")));
        assertThat(demand.kinds()).hasSize(2);
    }

    @Test
    void ofOneSizeThoseComeFirstThatNeedMostNodes() {
        List<Pod> pods = new ArrayList<>(pod("any").cpu(100).times(9));
        pods.addAll(pair("b").cpu(100).times(4));
        pods.addAll(loner("c").cpu(100).times(3));
        Demand demand = demand(pods);

        assertThat(cells(demand)).containsExactly(List.of("c-0", "b-0", "any-0"));
    }

    @Test
    void manyPodsOfDifferentSizesShareFewCellsTheLargestFirst() {
        Random random = new Random(7);
        List<Pod> pods = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            pods.addAll(pod("p" + i)
                    .cpu(100 + random.nextInt(4000))
                    .memoryMib(100 + random.nextInt(8000))
                    .times(1 + random.nextInt(3)));
        }
        Demand demand = demand(pods);
        double[] totals = new double[demand.columns()];
        for (int item = 0; item < demand.items(); item++) {
            for (int column = 0; column < totals.length; column++) {
                totals[column] += (double) demand.left(item) * amounts(demand, item)[column];
            }
        }

        assertThat(demand.totals()).containsExactly(totals);
        assertThat(demand.allCells()).hasSizeBetween(30, 128);
        assertThat(demand.allCells().stream().flatMap(cell -> items(cell).stream()))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, demand.items()).boxed().toList());
        for (Demand.Cell cell : demand.allCells()) {
            List<Double> sizes = items(cell).stream()
                    .map(item -> {
                        double size = 0;
                        for (int column = 0; column < totals.length; column++) {
                            size += amounts(demand, item)[column] / totals[column];
                        }
                        return size;
                    })
                    .toList();
            assertThat(sizes).isSortedAccordingTo((left, right) -> Double.compare(right, left));
            for (int column = 0; column < totals.length; column++) {
                int at = column;
                long least = items(cell).stream()
                        .mapToLong(item -> amounts(demand, item)[at])
                        .min()
                        .orElseThrow();
                long most = items(cell).stream()
                        .mapToLong(item -> amounts(demand, item)[at])
                        .max()
                        .orElseThrow();
                assertThat(most).as("pods of a cell are alike").isLessThanOrEqualTo(2 * least);
            }
        }
    }

    private static long[] amounts(Demand demand, int item) {
        return demand.lot(item).podClass().amounts();
    }

    @Test
    void theNextThatFitsIsTheFirstWithPodsLeftAndWelcome() {
        List<Pod> pods = new ArrayList<>(loner("apart").cpu(500).times(2));
        pods.addAll(pod("a").cpu(500).times(1));
        Demand demand = demand(pods);
        Demand.Cell cell = demand.allCells().getFirst();
        long[] free = amounts(demand, 0).clone();
        boolean[] all = {true, true};

        assertThat(names(demand, cell)).containsExactly("apart-0", "a-0");
        assertThat(demand.nextFitting(cell, 0, free, all)).isZero();
        assertThat(demand.nextFitting(cell, 1, free, all)).isEqualTo(1);
        boolean[] others = {true, true};
        others[demand.askOf(item(demand, "apart-0"))] = false;
        assertThat(demand.nextFitting(cell, 0, free, others)).isEqualTo(1);
        demand.take(item(demand, "a-0"), 1);
        assertThat(demand.nextFitting(cell, 0, free, others)).as("none").isEqualTo(2);
        free[CPU]--;
        assertThat(demand.nextFitting(cell, 0, free, all)).as("none fits").isEqualTo(2);
    }

    @Test
    void itemsWithoutPodsAreOutOfSightUntilCountsAreSetAnew() {
        List<Pod> pods = new ArrayList<>(pod("a").cpu(900).times(2));
        pods.addAll(loner("b").cpu(500).times(2));
        pods.addAll(pod("c").cpu(500).times(2));
        Demand demand = demand(pods);
        List<List<String>> all = List.of(List.of("a-0"), List.of("b-0", "c-0"));
        assertThat(present(demand)).isEqualTo(all);
        int[] before = demand.left();

        demand.take(item(demand, "a-0"), 2);
        demand.take(item(demand, "b-0"), 2);
        demand.take(item(demand, "c-0"), 1);
        assertThat(present(demand)).as("as before").isEqualTo(all);
        demand.compact();
        assertThat(present(demand)).isEqualTo(List.of(List.of("c-0")));
        assertThat(Arrays.stream(demand.present()).limit(demand.presentItems())).containsExactly(item(demand, "c-0"));
        assertThat(demand.count()).isEqualTo(1);

        demand.reset(before);
        assertThat(present(demand)).isEqualTo(all);
        assertThat(demand.presentItems()).isEqualTo(3);
        assertThat(demand.count()).isEqualTo(6);
    }

    @Test
    void totalsAreOfThePodsLeft() {
        List<Pod> pods = new ArrayList<>(pod("a").cpu(900).times(3));
        pods.addAll(pod("b").cpu(500).times(2));
        Demand demand = demand(pods);
        demand.take(0, 2);

        assertThat(demand.totals()[CPU]).isEqualTo(900 + 2 * 500);
    }

    /** Pods that keep each other off their nodes, which of them come first, and how many nodes these need. */
    private static void checkLoners(List<Pod> pods, int nodes, String... first) {
        Demand demand = demand(pods);
        Demand.Loners loners = demand.loners();
        BitSet asks = new BitSet();
        for (String name : first) {
            asks.set(demand.askOf(item(demand, name)));
        }
        assertThat(loners.nodes()).isEqualTo(nodes);
        assertThat(loners.asks()).isEqualTo(asks);
    }

    @Test
    void lonersAreThePodsThatNeedMostNodesToBeApart() {
        List<Pod> pods = new ArrayList<>(loner("l").cpu(900).times(3));
        pods.addAll(pair("p").cpu(500).times(5));
        pods.addAll(pod("any").cpu(100).times(50));
        checkLoners(pods, 3, "l-0");
        pods.addAll(loner("more").cpu(300).times(1));
        checkLoners(pods, 4, "l-0", "more-0");
        pods.addAll(pair("q").cpu(200).times(4));
        checkLoners(pods, 5, "p-0", "q-0");
    }

    @Test
    void podsThatMindZonesOrWantCompanyAreNoLoners() {
        List<Pod> pods = new ArrayList<>(
                pod("zonal").label("app", "a").spread(Labels.ZONE, true).times(9));
        pods.addAll(pod("needy").label("app", "b").affinity(Labels.HOSTNAME).times(9));
        pods.addAll(
                pod("keeper").antiAffinity(Labels.HOSTNAME, Map.of("app", "a")).times(9));
        checkLoners(pods, 0);
    }

    @Test
    void lonersAreCountedAmongThePodsLeft() {
        List<Pod> pods = new ArrayList<>(loner("l").cpu(900).times(3));
        pods.addAll(pair("p").cpu(500).times(4));
        Demand demand = demand(pods);
        demand.take(item(demand, "l-0"), 2);

        assertThat(demand.loners().nodes()).isEqualTo(2);
    }
}
