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
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;
import karpenter.core.scheduling.FleetPacking.Kind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** All pods on a given set of machines. */
class FleetPackingTest {
    private static final String[] ZONES = {"zone-1", "zone-2", "zone-3"};

    private static InstanceType machine(int cores, int gib, int pods) {
        return Types.type("c" + cores)
                .size(cores, gib, pods)
                .overhead(ResourceVector.ZERO)
                .zones(ZONES)
                .onDemandOnly()
                .price(cores)
                .build();
    }

    /** A pool and the pods that it is to take. */
    private static final class Setting extends Offers {
        Setting(UnaryOperator<Problem.Pool> change, List<Pod> pods, InstanceType... types) {
            super(List.of(types), change, PLAIN, pods);
        }

        /** Machines of so many cores each. */
        @Nullable
        Draft pack(int... cores) {
            List<Kind> fleet = new ArrayList<>();
            for (int each : cores) {
                fleet.add(kind(each));
            }
            return new FleetPacking(problem()).pack(fleet);
        }

        private Kind kind(int price) {
            List<Market.Candidate> rows = market.candidates().stream()
                    .filter(candidate -> Math.abs(candidate.price() - price) < 1e-9)
                    .toList();
            Kind kind = new Kind(price, rows.getFirst().variant().free());
            rows.forEach(row -> kind.add(row.row()));
            return kind;
        }

        int[] podsPerNode(@Nullable Draft draft) {
            check(Objects.requireNonNull(draft));
            return draft.bins().stream()
                    .mapToInt(bin -> bin.items().length)
                    .sorted()
                    .toArray();
        }
    }

    @Test
    void fillsMachinesThatAreJustLargeEnough() {
        Setting setting =
                new Setting(pool -> pool, pod("a").cpu(1000).times(12), machine(4, 64, 110), machine(8, 64, 110));

        assertThat(setting.podsPerNode(setting.pack(4, 8))).containsExactly(4, 8);
        assertThat(setting.pack(4, 4)).as("too small").isNull();
        assertThat(setting.pack()).as("no machine").isNull();
    }

    @Test
    void leavesMachinesOutThatNobodyNeeds() {
        Setting setting = new Setting(pool -> pool, pod("a").cpu(1000).times(4), machine(4, 64, 110));

        Draft draft = Objects.requireNonNull(setting.pack(4, 4, 4));

        assertThat(draft.price()).as("as few machines as hold the pods").isCloseTo(4, within(1e-9));
        assertThat(setting.podsPerNode(draft)).containsExactly(4);
    }

    @Test
    void staysWithinLimits() {
        List<Pod> pods = pod("a").cpu(1000).times(8);

        assertThat(new Setting(pool -> pool.limit("nodes", "2"), pods, machine(4, 64, 110)).pack(4, 4))
                .isNotNull();
        assertThat(new Setting(pool -> pool.limit("nodes", "1"), pods, machine(4, 64, 110)).pack(4, 4))
                .isNull();
    }

    @Test
    void neverPutsTwoPodsOfOnePortTogether() {
        List<Pod> pods =
                new ArrayList<>(pod("web").cpu(1500).port("", 80, "TCP").times(2));
        pods.addAll(pod("a").cpu(2500).times(2));
        Setting setting = new Setting(pool -> pool, pods, machine(4, 64, 110));

        assertThat(setting.podsPerNode(setting.pack(4, 4))).containsExactly(2, 2);
    }

    /** As each has a port of its own, they aren't exchanged. */
    private static List<Pod> fixed(String name, int... millicores) {
        List<Pod> pods = new ArrayList<>();
        for (int i = 0; i < millicores.length; i++) {
            pods.add(pod(name + i)
                    .cpu(millicores[i])
                    .port("", 8000 + i, "TCP")
                    .selector(Labels.ARCH, name)
                    .build());
        }
        return pods;
    }

    @Test
    void putsThosePodsFirstThatHaveLeastChoice() {
        List<Pod> pods = new ArrayList<>(pod("any").cpu(7000).port("", 1, "TCP").times(1));
        pods.addAll(pod("picky")
                .cpu(6000)
                .port("", 2, "TCP")
                .selector(Labels.ARCH, "arm64")
                .times(1));
        InstanceType arm = Types.type("arm")
                .size(8, 64, 110)
                .arch("arm64")
                .overhead(ResourceVector.ZERO)
                .onDemandOnly()
                .price(9)
                .build();
        InstanceType amd = Types.type("amd")
                .size(8, 64, 110)
                .overhead(ResourceVector.ZERO)
                .onDemandOnly()
                .price(8)
                .build();
        Setting setting = new Setting(pool -> pool, pods, arm, amd);

        assertThat(setting.podsPerNode(setting.pack(9, 8))).containsExactly(1, 1);
    }

    @Test
    void putsLargePodsFirst() {
        Setting setting = new Setting(pool -> pool, fixed("amd64", 2000, 2000, 3000, 4000, 5000), machine(8, 64, 110));

        assertThat(setting.podsPerNode(setting.pack(8, 8))).containsExactly(2, 3);
    }

    @Test
    void putsPodsWhereLeastIsLeft() {
        // Evenly, 4 and 3 and 3 leave too little for the 5 anywhere.
        Setting setting = new Setting(
                pool -> pool, fixed("amd64", 5000, 4000, 3000, 1000), machine(5, 64, 110), machine(8, 64, 110));

        assertThat(setting.podsPerNode(setting.pack(8, 5))).containsExactly(1, 3);
    }

    @Test
    void countsItsSteps() {
        Setting setting = new Setting(pool -> pool, pod("a").cpu(1000).times(8), machine(4, 64, 110));
        long before = setting.offers.work();

        setting.pack(4, 4);

        // Each pod by each rule on each machine, and the nodes that these make.
        assertThat(setting.offers.work() - before)
                .isGreaterThanOrEqualTo(3 * 8 * 2)
                .isLessThan(200);
    }

    @Test
    void countsTheStepsOfExchanges() {
        Setting setting =
                new Setting(pool -> pool, pods(new Random(1), 995, 12, false, 4, 4, 4, 4), machine(4, 4, 110));
        long before = setting.offers.work();

        setting.pack(4, 4, 4, 4);

        assertThat(setting.offers.work() - before).isGreaterThan(1_000);
    }

    /** How many of so many fleets, which hold just what they were cut up into, are packed. */
    private static int packed(int seed, int problems, int perMille, int perNode, boolean zonal, int... cores) {
        int packed = 0;
        Random random = new Random(seed);
        InstanceType[] types = Arrays.stream(cores)
                .distinct()
                .mapToObj(each -> machine(each, each, 110))
                .toArray(InstanceType[]::new);
        for (int problem = 0; problem < problems; problem++) {
            Setting setting = new Setting(pool -> pool, pods(random, perMille, perNode, zonal, cores), types);
            Draft draft = setting.pack(cores);
            if (draft != null) {
                setting.check(draft);
                packed++;
            }
        }
        return packed;
    }

    /** As measured, less one each. */
    @Test
    void mostlyFindsAPlaceForAllPods() {
        assertThat(packed(1, 40, 995, 12, false, 4, 4, 4, 4)).as("exchanged").isGreaterThanOrEqualTo(18);
        assertThat(packed(2, 40, 993, 16, true, 4, 4, 4, 4, 4, 4)).as("zones").isGreaterThanOrEqualTo(34);
        assertThat(packed(3, 40, 990, 16, true, 16, 8, 8, 4, 4, 8))
                .as("zones and sizes")
                .isGreaterThanOrEqualTo(38);
        assertThat(packed(4, 100, 960, 3, false, 4, 4)).as("few").isGreaterThanOrEqualTo(96);
        assertThat(packed(5, 100, 960, 4, false, 4, 8, 16)).as("few, and sizes").isGreaterThanOrEqualTo(72);
        assertThat(packed(6, 100, 930, 5, true, 4, 8, 16))
                .as("few, sizes and zones")
                .isGreaterThanOrEqualTo(94);
    }

    /** What fills nodes nearly, with a third of it bound to the node's zone if asked for. */
    private static List<Pod> pods(Random random, int perMille, int perNode, boolean zonal, int... cores) {
        List<Pod> pods = new ArrayList<>();
        for (int node = 0; node < cores.length; node++) {
            int[] cpu = parts(random, cores[node] * perMille, perNode);
            int[] mib = parts(random, cores[node] * 1024 * perMille / 1000, perNode);
            for (int i = 0; i < perNode; i++) {
                Pods.Builder pod = pod("p" + node + "-" + i).cpu(cpu[i]).memoryMib(mib[i]);
                pods.add((zonal && i % 3 == 0 ? pod.selector(Labels.ZONE, ZONES[node % 3]) : pod).build());
            }
        }
        Collections.shuffle(pods, random);
        return pods;
    }

    private static int[] parts(Random random, int total, int count) {
        int[] cuts = IntStream.concat(
                        IntStream.of(0, total), random.ints(1, total).distinct().limit(count - 1))
                .sorted()
                .toArray();
        int[] parts = new int[count];
        Arrays.setAll(parts, i -> cuts[i + 1] - cuts[i]);
        return parts;
    }
}
