package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.topology.PodTopology;
import karpenter.core.topology.Topology;
import karpenter.core.topology.TopologyGroup;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** What the constraints of waiting and running pods come to as groups. */
class TopologyGroupsTest {
    private static Topology topology(Problem problem) {
        SchedulingInput input = problem.input();
        return Topology.of(input.pods(), input.machines(), input.machines(), List.of(), Map.of(), true);
    }

    private static PodTopology only(Pods.Builder pod, int count) {
        List<Pod> pods = pod.times(count);
        return topology(new Problem().waiting(pods)).of(pods.getFirst().shape());
    }

    private static Pods.Builder web(String name) {
        return pod(name).label("app", "web");
    }

    private static TopologySpreadConstraint over(String key, int maxSkew) {
        return spread(key, "app", "web").maxSkew(maxSkew).build();
    }

    private static List<String> keys(List<TopologyGroup> groups) {
        return groups.stream().map(TopologyGroup::key).toList();
    }

    @Test
    void leavesOutASpreadOverHostsOfNoMorePodsThanTheSkew() {
        assertThat(only(web("a").spread(over(Labels.HOSTNAME, 3)), 3).required())
                .isEmpty();
        assertThat(keys(only(web("a").spread(over(Labels.HOSTNAME, 3)), 4).required()))
                .containsExactly(Labels.HOSTNAME);
        assertThat(keys(only(web("a").spread(over(Labels.ZONE, 3)), 1).required()))
                .as("a zone could be too full already")
                .containsExactly(Labels.ZONE);
    }

    @Test
    void countsRunningPodsTowardsWhatASpreadOverHostsMustBeAbove() {
        List<Pod> pods = web("a").spread(over(Labels.HOSTNAME, 3)).times(2);
        Problem problem = new Problem().machine("m", machine -> machine).waiting(pods);
        for (int i = 0; i < 2; i++) {
            problem.running(web("r-" + i).on("m").build());
        }
        assertThat(topology(problem).of(pods.getFirst().shape()).required()).hasSize(1);
    }

    @Test
    void leavesOutAntiAffinityThatNobodyMeets() {
        assertThat(only(pod("a").antiAffinity(term(Labels.ZONE, "app", "web")), 5)
                        .required())
                .as("selects nobody")
                .isEmpty();
        assertThat(only(web("a").antiAffinity(term(Labels.ZONE, "app", "web")), 1)
                        .required())
                .as("selects its owner only")
                .isEmpty();
        assertThat(only(web("a").antiAffinity(term(Labels.ZONE, "app", "web")), 2)
                        .required())
                .hasSize(1);
        List<Pod> pods = List.of(
                pod("owner").antiAffinity(term(Labels.ZONE, "app", "web")).build(),
                web("selected").build());
        PodTopology selected =
                topology(new Problem().waiting(pods)).of(pods.getLast().shape());
        assertThat(selected.required()).isEmpty();
        assertThat(keys(selected.selecting())).containsExactly(Labels.ZONE);
    }

    @Test
    void leavesOutWhatOnlyConcernsPodsThatRun() {
        Pod loner = pod("loner").build();
        Problem problem = new Problem()
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                .running(web("r").antiAffinity(term(Labels.ZONE, "app", "web"))
                        .on("m")
                        .build())
                .waiting(loner);
        assertThat(topology(problem).of(loner.shape())).isEqualTo(PodTopology.NONE);
    }

    @Test
    void countsRunningPodsWithoutThoseThatWaitAsTheyLeave() {
        Pod leaves = web("leaves").spread(over(Labels.ZONE, 1)).on("m").build();
        Problem problem = new Problem()
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                .running(leaves)
                .running(web("stays").on("m").build())
                .running(web("stays-too").on("m").build())
                .running(web("elsewhere").on("unknown").build())
                .waiting(leaves);
        Topology topology = topology(problem);
        TopologyGroup zones = topology.of(leaves.shape()).required().getFirst();
        assertThat(topology.running(zones)).isEqualTo(2);
    }

    @Test
    void tellsSpreadsThatPodsInsistOnWiderThanANode() {
        Pod pod = web("a").spread(over(Labels.ZONE, 1))
                .spread(over(Labels.HOSTNAME, 1))
                .spread(spread(Labels.CAPACITY_TYPE, "app", "web").soft().build())
                .affinity(term(Labels.ARCH, "app", "web"))
                .build();
        assertThat(keys(topology(new Problem().waiting(pod)).spreads())).containsExactly(Labels.ZONE);
    }

    @Test
    void isOneGroupForAllThatSayTheSame() {
        List<Pod> pods = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            pods.add(web(name)
                    .cpu(name.equals("a") ? 1 : 2)
                    .spread(over(Labels.ZONE, 1))
                    .build());
        }
        Topology topology = topology(new Problem().waiting(pods));
        assertThat(topology.of(pods.getFirst().shape()).required().getFirst())
                .isSameAs(topology.of(pods.getLast().shape()).required().getFirst());
    }

    @Test
    @Covers("scheduling/topology: namespaces")
    void knowsANamespaceByItsNameEvenWithoutItsLabels() {
        PodAffinityTerm byName = new PodAffinityTerm(
                Labels.ZONE,
                Constraints.selecting("app", "db"),
                List.of(),
                Constraints.selecting("kubernetes.io/metadata.name", "shop"),
                List.of(),
                List.of());
        Pod here = pod("here").label("app", "db").namespace("shop").build();
        Pod there = pod("there").label("app", "db").namespace("else").build();
        Topology topology = topology(new Problem()
                .waiting(here, there, pod("follower").affinity(byName).build()));
        assertThat(topology.of(here.shape()).selecting()).hasSize(1);
        assertThat(topology.of(there.shape()).selecting()).isEmpty();
    }

    @Test
    void countsNodesThatThePodsSelectorAndOneOfItsTermsAllow() {
        TopologyGroup plain =
                only(web("a").spread(over(Labels.ZONE, 1)), 1).required().getFirst();
        assertThat(plain.terms().filter().counts(Map.of(), List.of())).isTrue();
        TopologyGroup selected = only(web("a").selector("disk", "fast").spread(over(Labels.ZONE, 1)), 1)
                .required()
                .getFirst();
        assertThat(selected.terms().filter().counts(Map.of("disk", "fast"), List.of()))
                .isTrue();
        assertThat(selected.terms().filter().counts(Map.of("disk", "slow"), List.of()))
                .isFalse();
        TopologyGroup picky = only(
                        web("a").selector("disk", "fast")
                                .require(in("rack", "1"))
                                .require(in("rack", "2"))
                                .spread(over(Labels.ZONE, 1)),
                        1)
                .required()
                .getFirst();
        assertThat(picky.terms().filter().counts(Map.of("disk", "fast", "rack", "2"), List.of()))
                .isTrue();
        assertThat(picky.terms().filter().counts(Map.of("disk", "fast", "rack", "3"), List.of()))
                .isFalse();
        assertThat(picky.terms().filter().counts(Map.of("disk", "slow", "rack", "2"), List.of()))
                .isFalse();
    }

    @Test
    void countsOnlyNodesWithTheLabelsOfAllHardConstraints() {
        PodTopology both = only(
                web("a").spread(over(Labels.ZONE, 1))
                        .spread(over(Labels.HOSTNAME, 1))
                        .spread(over("rack", 1))
                        .spread(spread("row", "app", "web").soft().build()),
                9);
        TopologyGroup zone = both.required().getFirst();
        assertThat(zone.key()).isEqualTo(Labels.ZONE);
        assertThat(zone.terms().filter().keys()).containsExactly("rack");
        assertThat(both.preferredSpread().getFirst().terms().filter().keys()).isEmpty();
    }

    @Test
    void honorsTaintsOnlyWhenAskedTo() {
        PodTopology two = only(
                web("a").tolerate("team", "Exists", "", "")
                        .spread(spread(Labels.ZONE, "app", "web")
                                .taintsPolicy("Honor")
                                .build())
                        .spread(over("rack", 1)),
                2);
        assertThat(two.required())
                .extracting(group -> group.terms().filter().honorsTaints())
                .containsExactly(true, false);
        assertThat(two.required())
                .extracting(group -> group.terms().filter().tolerations().size())
                .containsExactly(1, 0);
    }

    @Test
    void readsSelectorsThatMeanTheSameAsOne() {
        LabelSelector labels = new LabelSelector(Map.of("app", "web"), List.of());
        LabelSelector expressions =
                new LabelSelector(Map.of(), List.of(new LabelSelector.Expression("app", "In", List.of("web", "web"))));
        PodTopology one = only(
                web("a").antiAffinity(new PodAffinityTerm(Labels.ZONE, labels, List.of(), null, List.of(), List.of()))
                        .antiAffinity(
                                new PodAffinityTerm(Labels.ZONE, expressions, List.of(), null, List.of(), List.of())),
                2);
        assertThat(one.required()).hasSize(1);
    }
}
