package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.ObjectMeta;
import karpenter.api.Taint;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.cluster.PodShape.WeightedPodAffinityTerm;
import karpenter.core.cluster.SchedulerVerdict;
import karpenter.core.cluster.Toleration;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is read from the pods of a pass and from those that run, and which of it can make a difference. */
class TopologyTest {
    private static final Instant BIRTH = Instant.parse("2026-01-01T00:00:00Z");

    /** Pods alike in namespace "shop" with the label {@code app}. */
    private static PodShape.Builder pods(String app) {
        return PodShape.builder("shop").labels(Map.of("app", app));
    }

    private static Pod pod(String name, PodShape shape, PodPhase phase, @Nullable Instant deletion) {
        return new Pod(
                new PodKey("shop", name),
                "uid-" + name,
                "1",
                shape,
                phase,
                null,
                null,
                SchedulerVerdict.NONE,
                true,
                BIRTH,
                deletion,
                null,
                null,
                0);
    }

    private static Pod running(String name, PodShape shape) {
        return pod(name, shape, PodPhase.RUNNING, null);
    }

    private static List<Pod> waiting(PodShape shape, int count) {
        List<Pod> pods = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pods.add(pod("waiting-" + System.identityHashCode(shape) + "-" + i, shape, PodPhase.PENDING, null));
        }
        return pods;
    }

    private static NodeState machine(String name, Map<String, String> labels, Pod... pods) {
        return tainted(name, labels, List.of(), pods);
    }

    private static NodeState tainted(String name, Map<String, String> labels, List<Taint> taints, Pod... pods) {
        Node node = new Node(
                ObjectMeta.named(name).withLabels(labels),
                "",
                false,
                taints,
                ResourceVector.ZERO,
                ResourceVector.ZERO,
                List.of());
        return new NodeState(name, node, null, List.of(pods), List.of(), false, null, 0);
    }

    private static Topology topology(List<Pod> waiting, NodeState... machines) {
        List<NodeState> all = List.of(machines);
        return Topology.of(waiting, all, all, List.of(), Map.of(), true);
    }

    private static PodTopology read(PodShape.Builder pods, int count) {
        PodShape shape = pods.build();
        return topology(waiting(shape, count)).of(shape);
    }

    private static LabelSelector selecting(String app) {
        return new LabelSelector(Map.of("app", app), List.of());
    }

    private static PodAffinityTerm term(String key, String app) {
        return new PodAffinityTerm(key, selecting(app), List.of(), null, List.of(), List.of());
    }

    private static WeightedPodAffinityTerm wish(int weight, String key) {
        return new WeightedPodAffinityTerm(weight, term(key, "web"));
    }

    private static TopologySpreadConstraint spread(
            String key, String whenUnsatisfiable, @Nullable LabelSelector selector, @Nullable Integer minDomains) {
        return new TopologySpreadConstraint(2, key, whenUnsatisfiable, selector, minDomains, null, null, List.of());
    }

    private static TopologySpreadConstraint hard(String key) {
        return spread(key, "DoNotSchedule", selecting("web"), null);
    }

    private static TopologySpreadConstraint soft(String key) {
        return spread(key, "ScheduleAnyway", selecting("web"), null);
    }

    private static TopologySpreadConstraint policies(@Nullable String affinity, @Nullable String taints) {
        return new TopologySpreadConstraint(
                2, "zone", "DoNotSchedule", selecting("web"), null, affinity, taints, List.of());
    }

    private static NodeFilter filter(PodShape.Builder pods) {
        return read(pods, 1).required().getFirst().terms().filter();
    }

    private static List<String> keys(List<TopologyGroup> groups) {
        return groups.stream().map(TopologyGroup::key).toList();
    }

    @Test
    void readsWhatASpreadSays() {
        PodTopology web = read(
                pods("web")
                        .topologySpread(List.of(
                                spread("beta.kubernetes.io/arch", "DoNotSchedule", selecting("web"), 3), soft("zone"))),
                1);

        TopologyGroup.Terms arch = web.required().getFirst().terms();
        assertThat(arch.key()).as("the old name is the new one's").isEqualTo(Labels.ARCH);
        assertThat(arch.maxSkew()).isEqualTo(2);
        assertThat(arch.minDomains()).isEqualTo(3);
        assertThat(arch.wish()).isFalse();
        TopologyGroup.Terms zone = web.preferredSpread().getFirst().terms();
        assertThat(zone.minDomains()).as("nothing is said").isZero();
        assertThat(zone.wish()).isTrue();
    }

    @Test
    void readsWishesByWeightUnlessTheyAreNotToBeRespected() {
        PodShape shape = pods("web")
                .preferredPodAffinity(List.of(wish(1, "zone"), wish(9, "rack")))
                .preferredPodAntiAffinity(List.of(wish(1, "row")))
                .topologySpread(List.of(soft("zone"), soft("rack"), soft("row")))
                .build();
        List<Pod> pods = waiting(shape, 2);

        PodTopology read = topology(pods).of(shape);
        assertThat(keys(read.preferredAffinity())).containsExactly("rack", "zone");
        assertThat(keys(read.preferredAntiAffinity())).containsExactly("row");
        assertThat(keys(read.preferredSpread()))
                .as("the first is given up first, and the last takes its place")
                .containsExactly("zone", "row", "rack");
        assertThat(Topology.of(pods, List.of(), List.of(), List.of(), Map.of(), false)
                        .of(shape))
                .isEqualTo(PodTopology.NONE);
    }

    @Test
    void countsNodesThatTheSelectorAndOneOfTheTermsAllow() {
        NodeSelectorTerm fast = new NodeSelectorTerm(List.of(NodeSelectorRequirement.of("disk", "In", "fast")), false);
        NodeSelectorTerm byName = new NodeSelectorTerm(List.of(NodeSelectorRequirement.of("disk", "In", "slow")), true);
        NodeSelectorTerm empty = new NodeSelectorTerm(List.of(), false);
        Map<String, String> amd64 = Map.of("arch", "amd64");
        Map<String, String> fastAmd64 = Map.of("arch", "amd64", "disk", "fast");
        Map<String, String> slowAmd64 = Map.of("arch", "amd64", "disk", "slow");

        assertThat(filter(pods("web").topologySpread(List.of(hard("zone")))).alternatives())
                .isEmpty();
        NodeFilter selected = filter(pods("web").nodeSelector(amd64).topologySpread(List.of(hard("zone"))));
        assertThat(selected.counts(amd64, List.of())).isTrue();
        assertThat(selected.counts(Map.of("arch", "arm64"), List.of())).isFalse();
        NodeFilter picky = filter(pods("web")
                .nodeSelector(amd64)
                .requiredNodeAffinity(List.of(fast, byName, empty))
                .topologySpread(List.of(hard("zone"))));
        assertThat(picky.alternatives())
                .as("terms that name nodes or are empty match none here")
                .hasSize(1);
        assertThat(picky.counts(fastAmd64, List.of())).isTrue();
        assertThat(picky.counts(slowAmd64, List.of())).isFalse();
        assertThat(picky.counts(Map.of("disk", "fast"), List.of())).isFalse();
        assertThat(filter(pods("web").requiredNodeAffinity(List.of(fast)).topologySpread(List.of(hard("zone"))))
                        .counts(slowAmd64, List.of()))
                .isFalse();
    }

    @Test
    void obeysTheNodeInclusionPolicies() {
        PodShape.Builder tolerant =
                pods("web").nodeSelector(Map.of("arch", "amd64")).tolerations(List.of(Toleration.EVERYTHING));
        NodeFilter plain = filter(tolerant.topologySpread(List.of(policies(null, null))));
        assertThat(plain.alternatives()).hasSize(1);
        assertThat(plain.honorsTaints()).isFalse();
        assertThat(plain.tolerations()).isEmpty();
        NodeFilter turned = filter(tolerant.topologySpread(List.of(policies("Ignore", "Honor"))));
        assertThat(turned.alternatives()).isEmpty();
        assertThat(turned.honorsTaints()).isTrue();
        assertThat(turned.tolerations()).containsExactly(Toleration.EVERYTHING);
    }

    @Test
    void asksForTheLabelsOfAllOtherHardSpreads() {
        PodTopology web = read(
                pods("web").topologySpread(List.of(hard("zone"), hard("rack"), hard(Labels.HOSTNAME), soft("row"))), 3);

        assertThat(web.required())
                .extracting(group -> group.terms().filter().keys())
                .containsExactly(Set.of("rack"), Set.of("zone"), Set.of("zone", "rack"));
        assertThat(web.preferredSpread().getFirst().terms().filter().keys()).isEmpty();
    }

    @Test
    void givesPodsTheirOwnGroupsAndThoseThatSelectThem() {
        PodShape web = pods("web").podAntiAffinity(List.of(term("zone", "db"))).build();
        PodShape db = pods("db").build();
        List<Pod> pods = new ArrayList<>(waiting(web, 1));
        pods.addAll(waiting(db, 1));
        Topology topology = topology(pods);

        assertThat(keys(topology.of(web).required())).containsExactly("zone");
        assertThat(topology.of(web).selecting()).isEmpty();
        assertThat(topology.of(db).required()).isEmpty();
        assertThat(topology.of(db).selecting()).isEqualTo(topology.of(web).required());
        assertThat(topology.of(pods("other").build())).isEqualTo(PodTopology.NONE);
    }

    @Test
    void leavesOutWhatCannotBind() {
        assertThat(read(pods("web").podAntiAffinity(List.of(term("zone", "db"))), 5)
                        .required())
                .as("nobody is selected")
                .isEmpty();
        assertThat(read(pods("web").podAntiAffinity(List.of(term("zone", "web"))), 1)
                        .required())
                .as("it meets but itself")
                .isEmpty();
        assertThat(read(pods("web").podAntiAffinity(List.of(term("zone", "web"))), 2)
                        .required())
                .hasSize(1);
        assertThat(read(pods("web").topologySpread(List.of(hard(Labels.HOSTNAME))), 2)
                        .required())
                .as("two on a host are allowed")
                .isEmpty();
        assertThat(read(pods("web").topologySpread(List.of(hard(Labels.HOSTNAME))), 3)
                        .required())
                .hasSize(1);
        assertThat(read(pods("web").topologySpread(List.of(hard("zone"))), 1).required())
                .as("a zone may be full already")
                .hasSize(1);
        assertThat(read(pods("web").podAffinity(List.of(term("zone", "db"))), 1).required())
                .as("company must be there")
                .hasSize(1);
    }

    @Test
    void bindsOneOwnerAndAnotherThatItSelects() {
        PodShape owner =
                pods("web").podAntiAffinity(List.of(term("zone", "db"))).build();
        Topology topology = topology(
                waiting(owner, 1),
                machine("m", Map.of("zone", "a"), running("db", pods("db").build())));

        TopologyGroup apart = topology.of(owner).required().getFirst();
        assertThat(topology.running(apart)).isEqualTo(1);
    }

    @Test
    void bindsPodsThatAreKeptOffByThoseThatRun() {
        PodShape keeper =
                pods("keeper").podAntiAffinity(List.of(term("zone", "web"))).build();
        PodShape web = pods("web").build();
        NodeState machine = machine("m", Map.of("zone", "a"), running("k", keeper));

        Topology topology = topology(waiting(web, 1), machine);
        TopologyGroup apart = topology.of(web).selecting().getFirst();
        assertThat(topology.runningOn(machine)).containsExactly(Map.entry(Membership.of(List.of(apart), List.of()), 1));
        assertThat(topology.running(apart)).as("it selects none that run").isZero();
        Topology others = topology(waiting(pods("other").build(), 1), machine);
        assertThat(others.runningOn(machine))
                .as("nobody waits that it keeps off")
                .isEmpty();
    }

    @Test
    void runningPodsAreThoseThatStay() {
        PodShape web = pods("web").topologySpread(List.of(hard("zone"))).build();
        List<Pod> waiting = new ArrayList<>(waiting(web, 1));
        NodeState machine = machine(
                "m",
                Map.of("zone", "a"),
                running("stays", web),
                pod("ended", web, PodPhase.SUCCEEDED, null),
                pod("failed", web, PodPhase.FAILED, null),
                pod("leaves", web, PodPhase.RUNNING, BIRTH),
                waiting.getFirst());
        Topology topology = topology(waiting, machine, machine("empty", Map.of("zone", "b")));

        assertThat(topology.running(topology.of(web).required().getFirst())).isEqualTo(1);
        assertThat(topology.runningOn(machine).values()).containsExactly(1);
    }

    @Test
    void countsWhatRunsPerDomainWhereASpreadCountsTheNode() {
        PodShape web = pods("web")
                .nodeSelector(Map.of("arch", "amd64"))
                .topologySpread(List.of(spread("zone", "DoNotSchedule", selecting("web"), null)))
                .build();
        PodShape other = pods("other").build();
        Topology topology = topology(
                waiting(web, 1),
                machine("1", Map.of("zone", "a", "arch", "amd64"), running("1", web), running("2", web)),
                machine("2", Map.of("zone", "b", "arch", "arm64"), running("3", web), running("4", other)),
                machine("3", Map.of("zone", "c", "arch", "amd64"), running("5", other)),
                machine("4", Map.of("arch", "amd64"), running("6", web)));
        DomainCounts counts = topology.counts();
        Membership owner = Membership.of(topology.of(web).required(), List.of());
        Seat a = Seats.open(counts, owner, "a");
        Seat c = Seats.open(counts, owner, "c");

        assertThat(counts.unevenness(a)).as("2 in a, none in c").isEqualTo(2);
        assertThat(counts.unevenness(c)).isZero();
        assertThat(topology.running(topology.of(web).required().getFirst())).isEqualTo(4);
    }

    @Test
    void reckonsWithEmptyDomainsOfMachinesThatStay() {
        PodShape web = pods("web").topologySpread(List.of(hard("zone"))).build();
        NodeState full = machine("full", Map.of("zone", "a"), running("1", web), running("2", web));
        NodeState empty = machine("empty", Map.of("zone", "b"));
        NodeState bare = machine("bare", Map.of());

        for (List<NodeState> staying : List.of(List.of(full, bare), List.of(full, empty, bare))) {
            Topology topology =
                    Topology.of(waiting(web, 1), List.of(full, empty, bare), staying, List.of(), Map.of(), true);
            DomainCounts counts = topology.counts();
            Seat seat = Seats.open(counts, topology.of(web).without(0, 0, 0), "a");
            counts.open(seat);
            assertThat(counts.admits(seat)).as("%s stay", staying.size()).isEqualTo(!staying.contains(empty));
        }
    }

    /** Seats of a test. */
    private static final class Seats {
        static Seat open(DomainCounts counts, Membership membership, String zone) {
            Seat seat = counts.seat(membership, Map.of("zone", zone), group -> true, 1, false);
            assertThat(seat).isNotNull();
            return Objects.requireNonNull(seat);
        }
    }

    @Test
    void handsOutCopiesOfWhatItCounted() {
        PodShape web = pods("web")
                .podAntiAffinity(List.of(term(Labels.HOSTNAME, "web")))
                .build();
        NodeState machine = machine("m", Map.of(Labels.HOSTNAME, "m"), running("1", web));
        NodeState empty = machine("e", Map.of(Labels.HOSTNAME, "e"));
        Topology topology = topology(waiting(web, 2), machine, empty);
        Membership alike = topology.of(web).without(0, 0, 0);

        assertThat(topology.matesOn(machine).room(alike, 9)).isZero();
        assertThat(topology.matesOn(empty).room(alike, 9)).isEqualTo(1);
        topology.matesOn(machine).add(alike, -1);
        assertThat(topology.matesOn(machine).room(alike, 9)).isZero();
        assertThat(topology.runningOn(empty)).isEmpty();
    }

    @Test
    void knowsDaemonsByTheGroupsTheyWillHaveToDoWith() {
        PodShape web = pods("web")
                .podAntiAffinity(List.of(term(Labels.HOSTNAME, "agent")))
                .build();
        PodShape agent = pods("agent")
                .podAntiAffinity(List.of(term(Labels.HOSTNAME, "web")))
                .build();
        PodShape quiet = pods("quiet").build();
        Topology topology = Topology.of(waiting(web, 1), List.of(), List.of(), List.of(agent, quiet), Map.of(), true);

        assertThat(topology.ofDaemon(agent).parts())
                .extracting(part -> part.owns() + " " + part.selected())
                .containsExactlyInAnyOrder("false true", "true false");
        assertThat(topology.ofDaemon(quiet)).isEqualTo(Membership.NONE);
        assertThat(topology.ofDaemon(web)).as("no daemon").isEqualTo(Membership.NONE);
    }

    @Test
    void tellsSpreadsThatPodsInsistOnWiderThanANode() {
        PodShape web = pods("web")
                .topologySpread(List.of(hard("zone"), hard(Labels.HOSTNAME), soft("rack")))
                .podAffinity(List.of(term("row", "web")))
                .build();
        assertThat(keys(topology(waiting(web, 9)).spreads())).containsExactly("zone");
    }

    @Test
    void knowsANamespaceByItsLabelsOrElseByItsName() {
        LabelSelector byName = new LabelSelector(Map.of("kubernetes.io/metadata.name", "shop"), List.of());
        LabelSelector byTeam = new LabelSelector(Map.of("team", "blue"), List.of());
        PodShape named = pods("web")
                .podAffinity(
                        List.of(new PodAffinityTerm("zone", selecting("web"), List.of(), byName, List.of(), List.of())))
                .build();
        PodShape teamed = pods("web")
                .podAffinity(
                        List.of(new PodAffinityTerm("zone", selecting("web"), List.of(), byTeam, List.of(), List.of())))
                .build();

        assertThat(topology(waiting(named, 1)).of(named).selecting()).hasSize(1);
        assertThat(topology(waiting(teamed, 1)).of(teamed).selecting()).isEmpty();
        Map<String, Map<String, String>> labels = Map.of("shop", Map.of("team", "blue"));
        assertThat(Topology.of(waiting(teamed, 1), List.of(), List.of(), List.of(), labels, true)
                        .of(teamed)
                        .selecting())
                .hasSize(1);
    }
}
