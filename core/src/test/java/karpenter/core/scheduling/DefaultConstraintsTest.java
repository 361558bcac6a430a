package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.LabelSelector.Expression;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.cluster.Service;
import karpenter.core.cluster.Workload;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which pods are given the cluster's default spread constraints, and about which siblings. */
@Covers("defaultconstraints: selector deduction and caching")
class DefaultConstraintsTest {
    private static final TopologySpreadConstraint ZONES =
            new TopologySpreadConstraint(3, Labels.ZONE, "ScheduleAnyway", null, 2, "Ignore", "Honor", List.of());
    private static final TopologySpreadConstraint HOSTS =
            new TopologySpreadConstraint(5, Labels.HOSTNAME, "ScheduleAnyway", null, null, null, null, List.of());

    private static final Map<String, String> WEB = Map.of("app", "web", "tier", "front", "hash", "5d4");

    private static Problem problem(ClusterDelta... given) {
        Problem problem = new Problem().pool(Types.ladder(5)).options(options -> with(options, List.of(ZONES, HOSTS)));
        for (ClusterDelta delta : given) {
            problem.given(delta);
        }
        return problem;
    }

    private static SchedulingOptions with(SchedulingOptions options, List<TopologySpreadConstraint> defaults) {
        return new SchedulingOptions(
                options.wellKnownLabels(),
                true,
                false,
                true,
                600,
                UnsupportedVolumes.NONE,
                defaults,
                Set.of(),
                Packing.COST,
                Objective.PRICE);
    }

    private static ClusterDelta service(String namespace, Map<String, String> selector) {
        return new ClusterDelta.ServiceChanged(
                new Service(new PodKey(namespace, "svc" + selector.hashCode()), selector));
    }

    private static ClusterDelta owner(String uid, @Nullable LabelSelector selector) {
        return new ClusterDelta.WorkloadChanged(new Workload(new PodKey("default", uid), uid, selector));
    }

    private static LabelSelector labels(String... pairs) {
        return pairs.length == 2
                ? new LabelSelector(Map.of(pairs[0], pairs[1]), List.of())
                : new LabelSelector(Map.of(pairs[0], pairs[1], pairs[2], pairs[3]), List.of());
    }

    private static Pods.Builder web() {
        return pod("web").cpu(100).labels(WEB);
    }

    private static Pods.Builder owned() {
        return web().ownedBy("ReplicaSet", "rs");
    }

    private static List<TopologySpreadConstraint> constraints(Problem problem, Pods.Builder pod) {
        SchedulingInput input = problem.waiting(pod.build()).input();
        return new DefaultConstraints(input)
                .spelledOut(input)
                .pods()
                .getFirst()
                .shape()
                .topologySpread();
    }

    /** The selector of both constraints, null when there are none. */
    private static @Nullable LabelSelector siblings(Problem problem, Pods.Builder pod) {
        List<TopologySpreadConstraint> constraints = constraints(problem, pod);
        if (constraints.isEmpty()) {
            return null;
        }
        LabelSelector selector = constraints.getFirst().selector();
        assertThat(selector).isNotNull();
        assertThat(constraints).containsExactly(ZONES.withSelector(selector), HOSTS.withSelector(selector));
        return selector;
    }

    @Test
    void aPodWithConstraintsOfItsOwnKeepsThem() {
        Pods.Builder pod = owned().spread(Labels.ZONE, false);
        assertThat(constraints(problem(owner("rs", labels("app", "web"))), pod))
                .isEqualTo(pod.build().shape().topologySpread());
    }

    @Test
    void aPodWithNeitherOwnerNorServiceGetsNone() {
        assertThat(siblings(problem(), web())).isNull();
    }

    @Test
    void theReplicaSetsSelectorTellsOneRevisionFromAnother() {
        assertThat(siblings(problem(owner("rs", labels("app", "web", "hash", "5d4"))), owned()))
                .isEqualTo(labels("app", "web", "hash", "5d4"));
    }

    @Test
    void anyWatchedOwnerWillDo() {
        assertThat(siblings(problem(owner("set", labels("app", "web"))), web().ownedBy("StatefulSet", "set")))
                .isEqualTo(labels("app", "web"));
        assertThat(siblings(problem(owner("rc", labels("app", "web"))), web().ownedBy("ReplicationController", "rc")))
                .isEqualTo(labels("app", "web"));
    }

    @Test
    void anOwnersExpressionsAreTakenOver() {
        LabelSelector selector =
                new LabelSelector(Map.of("app", "web"), List.of(new Expression("tier", "Exists", List.of())));
        assertThat(siblings(problem(owner("rs", selector)), owned())).isEqualTo(selector);
    }

    @Test
    void anotherOwnersPodsAreNoSiblings() {
        assertThat(siblings(problem(owner("other", labels("app", "web"))), owned()))
                .isNull();
    }

    @Test
    void anOwnerThatIsGoneCountsNoMore() {
        Problem problem = problem(owner("rs", labels("app", "web")), new ClusterDelta.WorkloadGone("rs"));
        assertThat(siblings(problem, owned())).isNull();
    }

    @Test
    void anOwnerThatSelectsNothingOrEverythingGivesNoConstraint() {
        assertThat(siblings(problem(owner("rs", null)), owned())).isNull();
        assertThat(siblings(problem(owner("rs", new LabelSelector(Map.of(), List.of()))), owned()))
                .isNull();
    }

    @Test
    void aServiceAloneIsEnough() {
        assertThat(siblings(problem(service("default", Map.of("app", "web"))), web()))
                .isEqualTo(labels("app", "web"));
    }

    @Test
    void aServiceIsEnoughForPodsOfAnOwnerThatIsNotWatched() {
        assertThat(siblings(problem(service("default", Map.of("app", "web"))), web().ownedBy("Job", "job")))
                .isEqualTo(labels("app", "web"));
    }

    @Test
    void allServicesOfAPodCountTogether() {
        Problem problem = problem(
                service("default", Map.of("app", "web")),
                service("default", Map.of("tier", "front")),
                service("default", Map.of("app", "db")));
        assertThat(siblings(problem, web())).isEqualTo(labels("app", "web", "tier", "front"));
    }

    @Test
    void aServiceMustSelectThePodWhollyAndFromItsNamespace() {
        assertThat(siblings(problem(service("default", Map.of("app", "web", "tier", "back"))), web()))
                .isNull();
        assertThat(siblings(problem(service("other", Map.of("app", "web"))), web()))
                .isNull();
    }

    @Test
    void aServiceWithoutASelectorSaysNothing() {
        assertThat(siblings(problem(service("default", Map.of())), web())).isNull();
    }

    @Test
    void aServiceThatIsGoneCountsNoMore() {
        Service service = new Service(new PodKey("default", "s"), Map.of("app", "web"));
        Problem problem =
                problem(new ClusterDelta.ServiceChanged(service), new ClusterDelta.ServiceGone(service.key()));
        assertThat(siblings(problem, web())).isNull();
    }

    @Test
    void ownerAndServiceCountTogether() {
        Problem problem = problem(service("default", Map.of("tier", "front")), owner("rs", labels("app", "web")));
        assertThat(siblings(problem, owned())).isEqualTo(labels("app", "web", "tier", "front"));
    }

    @Test
    void ownerAndServiceThatContradictSelectNothing() {
        Problem problem = problem(service("default", Map.of("app", "web")), owner("rs", labels("app", "db")));
        LabelSelector selector = siblings(problem, owned());
        assertThat(selector).isNotNull();
        assertThat(selector.matches(Map.of("app", "web"))).isFalse();
        assertThat(selector.matches(Map.of("app", "db"))).isFalse();
    }

    @Test
    void withoutDefaultsTheProblemStaysAsItIs() {
        SchedulingInput input = problem(owner("rs", labels("app", "web")))
                .options(options -> with(options, List.of()))
                .waiting(owned().build())
                .input();
        assertThat(new DefaultConstraints(input).spelledOut(input)).isSameAs(input);
    }

    @Test
    void podsAlikeStayAlike() {
        SchedulingInput input = problem(owner("rs", labels("app", "web")))
                .waiting(owned().times(3))
                .input();
        List<Pod> pods = new DefaultConstraints(input).spelledOut(input).pods();
        assertThat(pods)
                .hasSize(3)
                .allSatisfy(
                        pod -> assertThat(pod.shape()).isSameAs(pods.getFirst().shape()));
    }

    @Test
    void theAnswerSpeaksOfThePodsThatWereAskedAbout() {
        List<Pod> web = owned().times(3);
        Pod unfit = web().cpu(1_000_000).build();
        SchedulingInput input = problem(owner("rs", labels("app", "web")), service("default", Map.of("app", "web")))
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1").size(Types.resources(1, 1, 1)))
                .waiting(web)
                .waiting(unfit)
                .input();
        SchedulingResult result = Scheduler.schedule(input);
        assertThat(result.rejections()).extracting(PodRejection::pod).containsExactly(unfit);
        assertThat(result.placements())
                .flatExtracting(SchedulingResult.Placement::pods)
                .isSubsetOf(web)
                .isNotEmpty();
        assertThat(result.plans())
                .flatExtracting(NodePlan::pods)
                .isSubsetOf(web)
                .isNotEmpty();
    }

    @Test
    @Covers("scheduling/topology: default constraints")
    void podsWithoutConstraintsAreSpreadAsTheDefaultSays() {
        TopologySpreadConstraint hard =
                new TopologySpreadConstraint(1, Labels.ZONE, "DoNotSchedule", null, null, null, null, List.of());
        Problem problem = problem(owner("rs", labels("app", "web")))
                .options(options -> with(options, List.of(hard)))
                .waiting(owned().times(6))
                .waiting(pod("loner").cpu(100).label("app", "web").times(6));
        SchedulingResult result = problem.solve();

        assertThat(result.rejections()).isEmpty();
        assertThat(zones(result, "web-")).isEqualTo(Map.of("zone-1", 2, "zone-2", 2, "zone-3", 2));
        assertThat(zones(
                        problem(owner("rs", labels("app", "web")))
                                .options(options -> with(options, List.of()))
                                .waiting(owned().times(6))
                                .solve(),
                        "web-"))
                .as("without the default they share one node")
                .hasSize(1);
    }

    private static Map<String, Integer> zones(SchedulingResult result, String prefix) {
        Map<String, Integer> zones = new TreeMap<>();
        for (NodePlan plan : result.plans()) {
            int count = (int) plan.pods().stream()
                    .filter(pod -> pod.key().name().startsWith(prefix))
                    .count();
            if (count > 0) {
                zones.merge(
                        String.join(",", plan.requirements().get(Labels.ZONE).values()), count, Integer::sum);
            }
        }
        return zones;
    }
}
