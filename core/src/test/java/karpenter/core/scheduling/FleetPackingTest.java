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
            return new FleetPacking(pool, demand, market, offers).pack(fleet);
        }

        private Kind kind(int price) {
            List<Market.Candidate> rows = market.candidates().stream()
                    .filter(candidate -> Math.abs(candidate.price() - price) < 1e-9)
                    .toList();
            Kind kind = new Kind(price, rows.getFirst().variant().free());
            rows.forEach(row -> kind.add(row, market.segments()));
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

    @Test
    void exchangesPodsWhereNoRuleFindsAPlaceForAll() {
        // Each node must hold just what it was cut up from.
        int packed = 0;
        Random random = new Random(1);
        for (int problem = 0; problem < 40; problem++) {
            Setting setting = new Setting(pool -> pool, pods(random, 4, 12, 995, false), machine(4, 4, 110));
            Draft draft = setting.pack(4, 4, 4, 4);
            if (draft != null) {
                setting.check(draft);
                assertThat(draft.bins()).hasSize(4);
                packed++;
            }
        }
        assertThat(packed).as("as measured, less one").isGreaterThanOrEqualTo(18);
    }

    @Test
    void sharesMachinesOutAmongZones() {
        int packed = 0;
        Random random = new Random(2);
        for (int problem = 0; problem < 40; problem++) {
            Setting setting = new Setting(pool -> pool, pods(random, 6, 16, 993, true), machine(4, 4, 110));
            Draft draft = setting.pack(4, 4, 4, 4, 4, 4);
            if (draft != null) {
                setting.check(draft);
                packed++;
            }
        }
        assertThat(packed).as("as measured, less one").isGreaterThanOrEqualTo(34);
    }

    /** What fills so many nodes nearly, with a third of it bound to the node's zone if asked for. */
    private static List<Pod> pods(Random random, int nodes, int perNode, int perMille, boolean zonal) {
        List<Pod> pods = new ArrayList<>();
        for (int node = 0; node < nodes; node++) {
            int[] cpu = parts(random, 4 * perMille, perNode);
            int[] mib = parts(random, 4096 * perMille / 1000, perNode);
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
