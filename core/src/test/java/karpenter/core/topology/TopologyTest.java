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

    /** What a test can say about pods alike. */
    private static final class Pods {
        private final String app;
        private final Map<String, String> selector;
        private final List<NodeSelectorTerm> required = new ArrayList<>();
        private final List<TopologySpreadConstraint> spread = new ArrayList<>();
        private final List<PodAffinityTerm> affinity = new ArrayList<>();
        private final List<PodAffinityTerm> antiAffinity = new ArrayList<>();
        private final List<WeightedPodAffinityTerm> affinityWishes = new ArrayList<>();
        private final List<WeightedPodAffinityTerm> antiAffinityWishes = new ArrayList<>();

        Pods(String app, Map<String, String> selector) {
            this.app = app;
            this.selector = selector;
        }

        static Pods of(String app) {
            return new Pods(app, Map.of());
        }

        Pods require(NodeSelectorTerm term) {
            required.add(term);
            return this;
        }

        Pods spread(TopologySpreadConstraint constraint) {
            spread.add(constraint);
            return this;
        }

        Pods affinity(PodAffinityTerm term) {
            affinity.add(term);
            return this;
        }

        Pods antiAffinity(PodAffinityTerm term) {
            antiAffinity.add(term);
            return this;
        }

        Pods preferAffinity(int weight, PodAffinityTerm term) {
            affinityWishes.add(new WeightedPodAffinityTerm(weight, term));
            return this;
        }

        Pods preferAntiAffinity(int weight, PodAffinityTerm term) {
            antiAffinityWishes.add(new WeightedPodAffinityTerm(weight, term));
            return this;
        }

        PodShape shape() {
            return new PodShape(
                    "shop",
                    Map.of("app", app),
                    null,
                    ResourceVector.ZERO,
                    ResourceVector.ZERO,
                    selector,
                    required,
                    List.of(),
                    List.of(Toleration.EVERYTHING),
                    List.of(),
                    spread,
                    affinity,
                    affinityWishes,
                    antiAffinity,
                    antiAffinityWishes,
                    List.of(),
                    List.of(),
                    0,
                    "",
                    "default-scheduler",
                    30);
        }
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
        return new NodeState(name, node, null, List.of(pods), false, null, 0);
    }

    private static Topology topology(List<Pod> waiting, NodeState... machines) {
        List<NodeState> all = List.of(machines);
        return Topology.of(waiting, all, all, List.of(), Map.of(), true);
    }

    private static PodTopology read(Pods pods, int count) {
        PodShape shape = pods.shape();
        return topology(waiting(shape, count)).of(shape);
    }

    private static LabelSelector selecting(String app) {
        return new LabelSelector(Map.of("app", app), List.of());
    }

    private static PodAffinityTerm term(String key, String app) {
        return new PodAffinityTerm(key, selecting(app), List.of(), null, List.of(), List.of());
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

    private static NodeFilter filter(Pods pods) {
        return read(pods, 1).required().getFirst().terms().filter();
    }

    private static List<String> keys(List<TopologyGroup> groups) {
        return groups.stream().map(TopologyGroup::key).toList();
    }

    @Test
    void readsWhatASpreadSays() {
        PodTopology web = read(
                Pods.of("web")
                        .spread(spread("beta.kubernetes.io/arch", "DoNotSchedule", selecting("web"), 3))
                        .spread(soft("zone")),
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
        PodShape shape = Pods.of("web")
                .preferAffinity(1, term("zone", "web"))
                .preferAffinity(9, term("rack", "web"))
                .preferAntiAffinity(1, term("row", "web"))
                .spread(soft("zone"))
                .spread(soft("rack"))
                .spread(soft("row"))
                .shape();
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

        assertThat(filter(Pods.of("web").spread(hard("zone"))).alternatives()).isEmpty();
        NodeFilter selected = filter(new Pods("web", amd64).spread(hard("zone")));
        assertThat(selected.counts(amd64, List.of())).isTrue();
        assertThat(selected.counts(Map.of("arch", "arm64"), List.of())).isFalse();
        NodeFilter picky = filter(new Pods("web", amd64)
                .require(fast)
                .require(byName)
                .require(empty)
                .spread(hard("zone")));
        assertThat(picky.alternatives())
                .as("terms that name nodes or are empty match none here")
                .hasSize(1);
        assertThat(picky.counts(fastAmd64, List.of())).isTrue();
        assertThat(picky.counts(slowAmd64, List.of())).isFalse();
        assertThat(picky.counts(Map.of("disk", "fast"), List.of())).isFalse();
        assertThat(filter(Pods.of("web").require(fast).spread(hard("zone"))).counts(slowAmd64, List.of()))
                .isFalse();
    }

    @Test
    void obeysTheNodeInclusionPolicies() {
        NodeFilter plain = filter(new Pods("web", Map.of("arch", "amd64")).spread(policies(null, null)));
        assertThat(plain.alternatives()).hasSize(1);
        assertThat(plain.honorsTaints()).isFalse();
        assertThat(plain.tolerations()).isEmpty();
        NodeFilter turned = filter(new Pods("web", Map.of("arch", "amd64")).spread(policies("Ignore", "Honor")));
        assertThat(turned.alternatives()).isEmpty();
        assertThat(turned.honorsTaints()).isTrue();
        assertThat(turned.tolerations()).containsExactly(Toleration.EVERYTHING);
    }

    @Test
    void asksForTheLabelsOfAllOtherHardSpreads() {
        PodTopology web = read(
                Pods.of("web")
                        .spread(hard("zone"))
                        .spread(hard("rack"))
                        .spread(hard(Labels.HOSTNAME))
                        .spread(soft("row")),
                3);

        assertThat(web.required())
                .extracting(group -> group.terms().filter().keys())
                .containsExactly(Set.of("rack"), Set.of("zone"), Set.of("zone", "rack"));
        assertThat(web.preferredSpread().getFirst().terms().filter().keys()).isEmpty();
    }

    @Test
    void givesPodsTheirOwnGroupsAndThoseThatSelectThem() {
        PodShape web = Pods.of("web").antiAffinity(term("zone", "db")).shape();
        PodShape db = Pods.of("db").shape();
        List<Pod> pods = new ArrayList<>(waiting(web, 1));
        pods.addAll(waiting(db, 1));
        Topology topology = topology(pods);

        assertThat(keys(topology.of(web).required())).containsExactly("zone");
        assertThat(topology.of(web).selecting()).isEmpty();
        assertThat(topology.of(db).required()).isEmpty();
        assertThat(topology.of(db).selecting()).isEqualTo(topology.of(web).required());
        assertThat(topology.of(Pods.of("other").shape())).isEqualTo(PodTopology.NONE);
    }

    @Test
    void leavesOutWhatCannotBind() {
        assertThat(read(Pods.of("web").antiAffinity(term("zone", "db")), 5).required())
                .as("nobody is selected")
                .isEmpty();
        assertThat(read(Pods.of("web").antiAffinity(term("zone", "web")), 1).required())
                .as("it meets but itself")
                .isEmpty();
        assertThat(read(Pods.of("web").antiAffinity(term("zone", "web")), 2).required())
                .hasSize(1);
        assertThat(read(Pods.of("web").spread(hard(Labels.HOSTNAME)), 2).required())
                .as("two on a host are allowed")
                .isEmpty();
        assertThat(read(Pods.of("web").spread(hard(Labels.HOSTNAME)), 3).required())
                .hasSize(1);
        assertThat(read(Pods.of("web").spread(hard("zone")), 1).required())
                .as("a zone may be full already")
                .hasSize(1);
        assertThat(read(Pods.of("web").affinity(term("zone", "db")), 1).required())
                .as("company must be there")
                .hasSize(1);
    }

    @Test
    void bindsOneOwnerAndAnotherThatItSelects() {
        PodShape owner = Pods.of("web").antiAffinity(term("zone", "db")).shape();
        Topology topology = topology(
                waiting(owner, 1),
                machine("m", Map.of("zone", "a"), running("db", Pods.of("db").shape())));

        TopologyGroup apart = topology.of(owner).required().getFirst();
        assertThat(topology.running(apart)).isEqualTo(1);
    }

    @Test
    void bindsPodsThatAreKeptOffByThoseThatRun() {
        PodShape keeper = Pods.of("keeper").antiAffinity(term("zone", "web")).shape();
        PodShape web = Pods.of("web").shape();
        NodeState machine = machine("m", Map.of("zone", "a"), running("k", keeper));

        Topology topology = topology(waiting(web, 1), machine);
        TopologyGroup apart = topology.of(web).selecting().getFirst();
        assertThat(topology.runningOn(machine)).containsExactly(Map.entry(Membership.of(List.of(apart), List.of()), 1));
        assertThat(topology.running(apart)).as("it selects none that run").isZero();
        Topology others = topology(waiting(Pods.of("other").shape(), 1), machine);
        assertThat(others.runningOn(machine))
                .as("nobody waits that it keeps off")
                .isEmpty();
    }

    @Test
    void runningPodsAreThoseThatStay() {
        PodShape web = Pods.of("web").spread(hard("zone")).shape();
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
        PodShape web = new Pods("web", Map.of("arch", "amd64"))
                .spread(spread("zone", "DoNotSchedule", selecting("web"), null))
                .shape();
        PodShape other = Pods.of("other").shape();
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
        PodShape web = Pods.of("web").antiAffinity(term(Labels.HOSTNAME, "web")).shape();
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
        PodShape web =
                Pods.of("web").antiAffinity(term(Labels.HOSTNAME, "agent")).shape();
        PodShape agent =
                Pods.of("agent").antiAffinity(term(Labels.HOSTNAME, "web")).shape();
        PodShape quiet = Pods.of("quiet").shape();
        Topology topology = Topology.of(waiting(web, 1), List.of(), List.of(), List.of(agent, quiet), Map.of(), true);

        assertThat(topology.ofDaemon(agent).parts())
                .extracting(part -> part.owns() + " " + part.selected())
                .containsExactlyInAnyOrder("false true", "true false");
        assertThat(topology.ofDaemon(quiet)).isEqualTo(Membership.NONE);
        assertThat(topology.ofDaemon(web)).as("no daemon").isEqualTo(Membership.NONE);
    }

    @Test
    void tellsSpreadsThatPodsInsistOnWiderThanANode() {
        PodShape web = Pods.of("web")
                .spread(hard("zone"))
                .spread(hard(Labels.HOSTNAME))
                .spread(soft("rack"))
                .affinity(term("row", "web"))
                .shape();
        assertThat(keys(topology(waiting(web, 9)).spreads())).containsExactly("zone");
    }

    @Test
    void knowsANamespaceByItsLabelsOrElseByItsName() {
        LabelSelector byName = new LabelSelector(Map.of("kubernetes.io/metadata.name", "shop"), List.of());
        LabelSelector byTeam = new LabelSelector(Map.of("team", "blue"), List.of());
        PodShape named = Pods.of("web")
                .affinity(new PodAffinityTerm("zone", selecting("web"), List.of(), byName, List.of(), List.of()))
                .shape();
        PodShape teamed = Pods.of("web")
                .affinity(new PodAffinityTerm("zone", selecting("web"), List.of(), byTeam, List.of(), List.of()))
                .shape();

        assertThat(topology(waiting(named, 1)).of(named).selecting()).hasSize(1);
        assertThat(topology(waiting(teamed, 1)).of(teamed).selecting()).isEmpty();
        Map<String, Map<String, String>> labels = Map.of("shop", Map.of("team", "blue"));
        assertThat(Topology.of(waiting(teamed, 1), List.of(), List.of(), List.of(), labels, true)
                        .of(teamed)
                        .selecting())
                .hasSize(1);
    }
}
