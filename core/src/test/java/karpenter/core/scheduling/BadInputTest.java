package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

/** What can't be met, or is out of all proportion: it gets its reason and stands in nobody else's way. */
class BadInputTest {
    /** As long as a label value may be, of every kind of character that it may have. */
    private static final String LONGEST_VALUE = "A" + "a.Z-9_".repeat(10) + "_0";

    private static List<String> rejected(SchedulingResult result) {
        return result.rejections().stream()
                .map(rejection -> rejection.pod().key().name())
                .toList();
    }

    private static int planned(SchedulingResult result) {
        return result.plans().stream().mapToInt(plan -> plan.pods().size()).sum();
    }

    @Test
    void podsThatCannotBeMetKeepNobodyWaiting() {
        Problem problem = new Problem()
                .pool(Types.ladder(5))
                .waiting(pod("good").cpu(500).times(20))
                .waiting(
                        pod("bad-contradiction")
                                .require(in(Labels.ZONE, "zone-1"), in(Labels.ZONE, "zone-2"))
                                .build(),
                        pod("bad-key").selector("-x", "1").build(),
                        pod("bad-size").cpu(Long.MAX_VALUE).build(),
                        pod("bad-spread")
                                .label("app", "x")
                                .spread("example.com/nowhere", true)
                                .build(),
                        pod("bad-volume").volumeClaim("gone").build());

        SchedulingResult result = problem.solve();

        assertThat(rejected(result))
                .containsExactly("bad-contradiction", "bad-key", "bad-size", "bad-spread", "bad-volume");
        assertThat(result.rejections())
                .allSatisfy(rejection -> assertThat(rejection.reason().text()).isNotBlank());
        assertThat(planned(result)).isEqualTo(20);
    }

    @Test
    void poolsThatCannotBeMetKeepNobodyWaiting() {
        SchedulingResult result = new Problem()
                .pool(
                        "broken",
                        Types.ladder(5),
                        pool -> pool.weight(100).require(in(Labels.INSTANCE_TYPE, "none-such")))
                .pool(
                        "contradictory",
                        Types.ladder(5),
                        pool -> pool.weight(90).require(in(Labels.ZONE, "zone-1"), in(Labels.ZONE, "zone-2")))
                .pool("sold-out", List.of(), pool -> pool.weight(80))
                .pool("good", Types.ladder(5), pool -> pool)
                .waiting(pod("a").cpu(500).times(20))
                .solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans())
                .isNotEmpty()
                .allSatisfy(plan -> assertThat(plan.pool().name()).isEqualTo("good"));
        assertThat(result.emptyPools()).extracting(empty -> empty.pool().name()).contains("broken", "contradictory");
    }

    @Test
    void requestsTooLargeToAddUpFitOnlyAsOftenAsTheyDo() {
        long half = Long.MAX_VALUE / 2;
        SchedulingResult result = new Problem()
                .pool(List.of())
                .machine(
                        "m", machine -> machine.size(Types.resources(4, 16, 110).with("memory", Long.MAX_VALUE)))
                .waiting(pod("a").requests("memory", half + 1).times(4))
                .solve();

        assertThat(result.placements())
                .singleElement()
                .satisfies(placement -> assertThat(placement.pods()).hasSize(1));
        assertThat(rejected(result)).hasSize(3);
    }

    @Test
    void daemonsTooLargeToAddUpLeaveNoNode() {
        Problem problem = new Problem()
                .pool(Types.ladder(5))
                .daemonSet("one", pod("one").cpu(Long.MAX_VALUE).shape())
                .daemonSet("two", pod("two").cpu(Long.MAX_VALUE).shape())
                .waiting(pod("a").cpu(100).build());

        SchedulingResult result = problem.solve();

        assertThat(result.plans()).isEmpty();
        assertThat(rejected(result)).containsExactly("a");
    }

    @Test
    void nodesTooLargeToAddUpStayWithinTheirPoolsLimits() {
        List<Pod> pods = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            pods.add(pod("a" + i).requests("memory", Long.MAX_VALUE / 2).build());
        }
        SchedulingResult result = new Problem()
                .pool(
                        "default",
                        List.of(type("vast").with("memory", Long.MAX_VALUE).build()),
                        pool -> pool.limit("memory", "9E"))
                .waiting(pods)
                .solve();

        assertThat(planned(result)).isLessThanOrEqualTo(2);
        assertThat(planned(result) + result.rejections().size()).isEqualTo(4);
    }

    @Test
    void tenThousandRequirementsAreMet() {
        List<NodeSelectorRequirement> requirements = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            requirements.add(in("example.com/key-" + i, "value-" + i, "other-" + i));
        }
        SchedulingResult result = new Problem()
                .pool(
                        "default",
                        Types.ladder(5),
                        pool -> pool.require(requirements.toArray(NodeSelectorRequirement[]::new)))
                .waiting(pod("a").cpu(500)
                        .selector("example.com/key-9999", "value-9999")
                        .build())
                .waiting(pod("b").cpu(500)
                        .selector("example.com/key-17", "value-18")
                        .build())
                .solve();

        assertThat(planned(result)).isEqualTo(1);
        assertThat(rejected(result)).containsExactly("b");
        assertThat(result.rejections().getFirst().reason().text()).contains("example.com/key-17");
    }

    @Test
    void theLongestAndOddestLabelValuesAreValues() {
        assertThat(LONGEST_VALUE).hasSize(63);
        SchedulingResult result = new Problem()
                .pool("default", Types.ladder(5), pool -> pool.require(in("example.com/odd", LONGEST_VALUE, "plain")))
                .waiting(pod("a").selector("example.com/odd", LONGEST_VALUE).build())
                .waiting(pod("b").selector("example.com/odd", LONGEST_VALUE + "0")
                        .build())
                .waiting(pod("c").label("app", LONGEST_VALUE)
                        .antiAffinity(Labels.HOSTNAME, Map.of("app", LONGEST_VALUE))
                        .times(2))
                .solve();

        assertThat(rejected(result)).containsExactly("b");
        assertThat(result.rejections().getFirst().reason().text()).contains("is no label value");
        assertThat(new TreeSet<>(result.plans().stream()
                        .filter(plan -> plan.pods().stream()
                                .anyMatch(pod -> pod.key().name().startsWith("c")))
                        .map(NodePlan::pods)
                        .map(Object::toString)
                        .toList()))
                .hasSize(2);
    }

    @Test
    void requestsOfNothingAreOfNothing() {
        SchedulingResult result = new Problem()
                .pool(Types.ladder(5))
                .waiting(pod("a").requests(ResourceVector.ZERO).build())
                .solve();

        assertThat(planned(result)).isEqualTo(1);
    }
}
