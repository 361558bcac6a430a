package karpenter.core.scheduling;

import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

class LowerBoundTest {
    private static InstanceType cores(String name, int cores, double price) {
        return type(name)
                .size(cores, 100 * cores, 110)
                .overhead(ResourceVector.ZERO)
                .price(price)
                .zones("zone-1")
                .onDemandOnly()
                .build();
    }

    @Test
    void buysNothingForNothing() {
        SchedulingResult result = new Problem().pool(Types.kwok()).solve();

        assertThat(result.bound()).isEqualTo(CostBound.NONE);
        assertThat(result.gap()).isZero();
    }

    @Test
    void countsWhatPodsAskFor() {
        SchedulingResult result = new Problem()
                .pool(List.of(cores("a", 4, 0.4)))
                .waiting(Pods.pod("p").cpu(1000).times(8))
                .solve();

        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(0.8, within(1e-9));
        assertThat(result.gap()).isCloseTo(0, within(1e-9));
        assertThat(result.bound().kind()).isEqualTo(CostBound.Kind.RESOURCES);
    }

    @Test
    void countsWholeMachines() {
        SchedulingResult result = new Problem()
                .pool(List.of(cores("a", 4, 0.4), cores("b", 8, 0.75)))
                .waiting(Pods.pod("p").cpu(1000).times(9))
                .solve();

        // 9 cores cost 0.84 in fractions of b, but b and a are needed.
        assertThat(result.bound().kind()).isEqualTo(CostBound.Kind.WHOLE_NODES);
        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(1.15, within(1e-9));
        assertThat(result.pricePerHourUsd()).isCloseTo(1.15, within(1e-9));
    }

    @Test
    void countsWholePods() {
        SchedulingResult result = new Problem()
                .pool(List.of(cores("a", 4, 0.4)))
                .waiting(Pods.pod("p").cpu(2100).times(10))
                .solve();

        assertThat(result.bound().kind()).isEqualTo(CostBound.Kind.PATTERNS);
        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(4, within(1e-6));
        assertThat(result.gap()).isCloseTo(0, within(1e-6));
    }

    @Test
    void countsDaemonSets() {
        SchedulingResult result = new Problem()
                .pool(List.of(cores("a", 4, 0.4)))
                .daemonSet("agent", Pods.pod("agent").cpu(2000).shape())
                .waiting(Pods.pod("p").cpu(1000).times(8))
                .solve();

        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(1.6, within(1e-9));
    }

    @Test
    void countsRoomForPods() {
        InstanceType few = type("few")
                .size(64, 64, 10)
                .overhead(ResourceVector.ZERO)
                .price(1)
                .onDemandOnly()
                .build();
        SchedulingResult result = new Problem()
                .pool(List.of(few))
                .waiting(Pods.pod("p").cpu(10).times(40))
                .solve();

        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(4, within(1e-9));
    }

    @Test
    void countsWhatIsSoldInAZone() {
        InstanceType near = cores("near", 4, 0.4);
        InstanceType far = type("far")
                .size(4, 400, 110)
                .overhead(ResourceVector.ZERO)
                .price(1)
                .zones("zone-2")
                .onDemandOnly()
                .build();
        SchedulingResult result = new Problem()
                .pool(List.of(near, far))
                .waiting(Pods.pod("p").cpu(2000).times(2))
                .waiting(Pods.pod("q").cpu(2000).selector(Labels.ZONE, "zone-2").times(2))
                .solve();

        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(1.4, within(1e-9));
    }

    @Test
    void countsLimits() {
        Problem problem = new Problem()
                .pool(
                        "cheap",
                        List.of(cores("a", 4, 0.4)),
                        pool -> pool.weight(2).limit("cpu", "4"))
                .pool("dear", List.of(cores("b", 4, 1)), pool -> pool)
                .waiting(Pods.pod("p").cpu(1000).times(8));

        SchedulingResult result = problem.solve();

        assertThat(result.pricePerHourUsd()).isCloseTo(1.4, within(1e-9));
        assertThat(result.lowerBoundPricePerHourUsd()).isCloseTo(1.4, within(1e-9));
    }

    @Test
    void isNeverAboveTheOptimum() {
        List<InstanceType> types = Types.kwok();
        for (Workloads family : Workloads.values()) {
            for (int count = 1; count <= 6; count++) {
                for (int seed = 1; seed <= 10; seed++) {
                    List<Pod> pods = family.pods(count, seed);
                    SchedulingResult result =
                            new Problem().pool(types).waiting(pods).solve();
                    assertThat(result.lowerBoundPricePerHourUsd())
                            .as("%s, %d pods, seed %d", family, count, seed)
                            .isPositive()
                            .isLessThanOrEqualTo(new TinyOptimum(types, pods).pricePerHourUsd() * (1 + 1e-9));
                }
            }
        }
    }

    /** Two ways to pack, one bound: neither may be below the bound that comes with the other, unless pods were left out. */
    @Test
    void holdsForEveryWayToPack() {
        int close = 0;
        for (int seed = 0; seed < 300; seed++) {
            SchedulingInput input = new RandomProblems(seed).problem().input();
            SchedulingResult result = Scheduler.schedule(input);
            SchedulingResult other = Scheduler.schedule(UpstreamPackingTest.upstream(input));
            assertThat(result.lowerBoundPricePerHourUsd())
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(result.pricePerHourUsd() * (1 + 1e-9));
            assertThat(other.lowerBoundPricePerHourUsd())
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(other.pricePerHourUsd() * (1 + 1e-9));
            close += result.gap() < 0.05 ? 1 : 0;
        }
        assertThat(close).isGreaterThan(100);
    }
}
