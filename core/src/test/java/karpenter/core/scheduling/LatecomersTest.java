package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.SpreadTest.counts;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.LabelSelector.Expression;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.requirement.Requirement;
import org.junit.jupiter.api.Test;

/** Finished plans against what kube-scheduler would say, and pods that it would bind after all others. */
class LatecomersTest {
    private static final String RACK = "example.com/rack";
    private static final List<InstanceType> TYPES =
            List.of(type("x").zones("zone-1").onDemandOnly().build());

    private static Pods.Builder web(String name) {
        return pod(name).label("app", "web").cpu(100);
    }

    private static SchedulingResult solve(Problem problem) {
        SchedulingInput input = problem.input();
        SchedulingResult result = Scheduler.schedule(input);
        new SolutionChecker(input).checkRules(result);
        return result;
    }

    private static List<String> rejected(SchedulingResult result) {
        return result.rejections().stream()
                .map(rejection -> rejection.pod().key().name())
                .toList();
    }

    private static Problem limitedTo(int nodes) {
        return new Problem().pool("default", TYPES, pool -> pool.limit("nodes", Integer.toString(nodes)));
    }

    @Test
    void letsInAPodThatWouldOnlySpoilASpreadForOthers() {
        // Both hosts have their one pod of the spread; the plain one is selected by it, but doesn't mind.
        Problem problem = limitedTo(2)
                .waiting(web("spread")
                        .spread(spread(Labels.HOSTNAME, "app", "web").build())
                        .times(2))
                .waiting(web("plain").build());

        assertThat(rejected(solve(problem))).isEmpty();
    }

    @Test
    void fillsHostsEvenlyWhenThereCanBeNoOther() {
        Problem problem = limitedTo(2)
                .waiting(web("a").spread(spread(Labels.HOSTNAME, "app", "web").build())
                        .times(5));

        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans().stream().map(plan -> plan.pods().size())).containsExactlyInAnyOrder(2, 3);
    }

    @Test
    void joinsANodeThatWasPlannedAfterItsTurn() {
        // Whoever prefers a zone that isn't for sale comes to the plain alternative when the last node is planned.
        Problem problem = limitedTo(1)
                .waiting(pod("wishful")
                        .cpu(100)
                        .preferAntiAffinity(1, term(Labels.HOSTNAME, "app", "web"))
                        .build())
                .waiting(web("large").cpu(1000).build());

        assertThat(rejected(solve(problem))).isEmpty();
    }

    @Test
    void doesNotCountDomainsThatHaveNoNode() {
        Problem problem = new Problem()
                .pool(List.of(type("x").zones("zone-1", "zone-2").build()))
                .waiting(web("plain").build())
                .waiting(web("both")
                        .spread(spread(Labels.ZONE, "app", "web").build())
                        .affinity(term(Labels.ZONE, "app", "web"))
                        .build());

        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(counts(result, Labels.ZONE)).hasSize(1);
    }

    @Test
    void startsCompanyOnAMachineInTheDomainItAlsoSpreadsOver() {
        Problem problem = new Problem()
                .machine("m", machine -> machine.label(RACK, "r1"))
                .pool("none", List.of(), pool -> pool)
                .waiting(web("a").affinity(term(Labels.HOSTNAME, "app", "web"))
                        .spread(spread(RACK, "app", "web").build())
                        .build());

        assertThat(solve(problem).placements()).hasSize(1);
    }

    @Test
    void givesALabelThatIsOpenValuesOfItsOwn() {
        Problem problem = new Problem()
                .pool("default", TYPES, pool -> pool.require(RACK, "Exists", null))
                .waiting(web("a").antiAffinity(term(RACK, "app", "web")).times(3));

        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(counts(result, RACK).values()).containsExactly(1, 1, 1);
    }

    @Test
    void givesNodesALabelThatTheyNeedNotHave() {
        Problem problem = new Problem()
                .pool("default", TYPES, pool -> pool.require(RACK, "NotIn", null, "r1"))
                .waiting(web("a").affinity(term(RACK, "app", "web")).times(2));

        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(counts(result, RACK)).hasSize(1).doesNotContainKeys("r1", "");
    }

    /** To pods without a label {@code app}, such as those of DaemonSets. */
    private static PodAffinityTerm strangers(String key) {
        return new PodAffinityTerm(
                key,
                new LabelSelector(Map.of(), List.of(new Expression("app", "DoesNotExist", List.of()))),
                List.of("kube-system"),
                null,
                List.of(),
                List.of());
    }

    @Test
    void plansNothingForPodsThatCannotStandADaemon() {
        Problem problem = new Problem()
                .pool(TYPES)
                .daemonSet(
                        "set",
                        pod("daemon").namespace("kube-system").cpu(10).build().shape())
                .waiting(web("loner").antiAffinity(strangers(Labels.HOSTNAME)).times(2));

        SchedulingResult result = solve(problem);

        assertThat(result.plans()).isEmpty();
        assertThat(result.rejections()).hasSize(2);
    }

    @Test
    void keepsPodsThatCannotStandADaemonWhereItDoesNotCome() {
        Problem problem = new Problem()
                .pool(List.of(type("x").build(), type("y").arch("arm64").build()))
                .daemonSet(
                        "set",
                        pod("daemon")
                                .namespace("kube-system")
                                .selector(Labels.ARCH, "amd64")
                                .cpu(10)
                                .build()
                                .shape())
                .waiting(web("loner")
                        .antiAffinity(strangers(Labels.HOSTNAME))
                        .cpu(3000)
                        .times(3));

        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans())
                .hasSize(3)
                .allSatisfy(plan -> assertThat(plan.instanceTypes())
                        .extracting(InstanceType::name)
                        .containsExactly("y"));
    }

    @Test
    void keepsPodsOffAMachineThatADaemonIsStillToComeTo() {
        Problem problem = new Problem()
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                .daemonSet(
                        "set",
                        pod("daemon").namespace("kube-system").cpu(10).build().shape())
                .pool("none", List.of(), pool -> pool)
                .waiting(web("loner").antiAffinity(strangers(Labels.ZONE)).build());

        assertThat(solve(problem).placements()).isEmpty();
    }

    @Test
    void countsNobodyByASelectorWithoutConditions() {
        Problem problem = new Problem()
                .pool(TYPES)
                .waiting(web("a").spread(spread(Labels.HOSTNAME, "app", "web")
                                .build()
                                .withSelector(new LabelSelector(Map.of(), List.of())))
                        .times(4));

        assertThat(solve(problem).plans()).hasSize(1);
    }

    @Test
    void sendsPodsAwayThatWaitForEachOther() {
        // The second needs the first on its node, in rack r2; which needs one of them in its rack, and finds that in r3
        // alone.
        Problem problem = new Problem()
                .machine("m", machine -> machine.label(RACK, "r3").size(Types.resources(4, 16, 1)))
                .running(pod("running").label("app", "web").on("m").build())
                .pool("default", TYPES, pool -> pool.require(RACK, "In", null, "r2", "r3"))
                .waiting(pod("first")
                        .labels(Map.of("app", "web", "version", "v1"))
                        .cpu(100)
                        .affinity(term(RACK, "app", "web"))
                        .times(2))
                .waiting(pod("second")
                        .labels(Map.of("app", "web", "version", "v2"))
                        .cpu(3000)
                        .selector(RACK, "r2")
                        .affinity(term(Labels.HOSTNAME, "version", "v1"))
                        .build());

        SchedulingResult result = solve(problem);

        assertThat(rejected(result)).containsExactly("second");
        assertThat(counts(result, RACK)).doesNotContainKey("r2");
    }

    @Test
    void leavesTheZoneOpenOfAPodThatKeepsOthersOutWhereMinValuesNeedIt() {
        Problem problem = new Problem()
                .pool(
                        "default",
                        List.of(
                                type("x").zones("zone-1").build(),
                                type("y").zones("zone-2").build()),
                        pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2))
                .waiting(web("loner")
                        .antiAffinity(term(Labels.ZONE, "app", "web"))
                        .times(2));

        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).hasSize(1);
        assertThat(result.plans())
                .singleElement()
                .satisfies(plan -> assertThat(plan.instanceTypes()).hasSize(2));
    }

    @Test
    void leavesTheCapacityTypeOpenOfAPodThatStartsCompanyWhereMinValuesNeedIt() {
        Problem problem = new Problem()
                .pool(
                        "default",
                        List.of(
                                type("x").zones("zone-1").onDemandOnly().build(),
                                type("y")
                                        .zones("zone-1")
                                        .unavailable("zone-1/on-demand")
                                        .build()),
                        pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2))
                .waiting(web("first")
                        .affinity(term(Labels.CAPACITY_TYPE, "app", "web"))
                        .build());

        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans())
                .singleElement()
                .satisfies(plan -> assertThat(plan.instanceTypes()).hasSize(2));
    }

    /** A plan put together by hand, with whom of it was sent away. */
    private static final class Settled {
        final PlannedByHand plan;
        final Machines machines;
        final List<String> left = new ArrayList<>();

        Settled(Problem problem) {
            plan = new PlannedByHand(problem);
            machines = plan.pass.machines();
        }

        Settled settle() {
            Latecomers.settle(
                    plan.pass,
                    machines,
                    plan.nodes,
                    share -> left.add(share.root().waiting().getFirst().key().name()));
            return this;
        }

        void put(String machine, String pods, int count) {
            PodClass podClass = plan.podClass(pods);
            NodeAsk ask = plan.pass
                    .interner()
                    .intern(podClass.asks().getFirst().terms().alone());
            machines.place(on(machine), podClass.share(ask, count), ask, count);
        }

        ExistingMachine on(String machine) {
            return Objects.requireNonNull(machines.named(machine));
        }

        int pods(String machine) {
            return on(machine).shares().values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
        }
    }

    private static Problem henAndEgg(Problem problem) {
        return problem.waiting(pod("egg")
                        .label("app", "egg")
                        .cpu(100)
                        .affinity(term(Labels.HOSTNAME, "app", "hen"))
                        .build())
                .waiting(pod("hen")
                        .label("app", "hen")
                        .cpu(200)
                        .affinity(term(Labels.ZONE, "app", "egg"))
                        .build());
    }

    @Test
    void givesNodesBackThatAreLeftWithoutAPod() {
        Settled settled =
                new Settled(henAndEgg(new Problem().pool("default", TYPES, pool -> pool.limit("nodes", "3"))));
        settled.plan.node("egg", "hen");

        settled.settle();

        assertThat(settled.left).containsExactlyInAnyOrder("egg", "hen");
        assertThat(settled.plan.nodes).isEmpty();
    }

    @Test
    void sendsPodsAwayFromMachinesToo() {
        Settled settled = new Settled(henAndEgg(new Problem()
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                .pool("none", List.of(), pool -> pool)));
        settled.put("m", "egg", 1);
        settled.put("m", "hen", 1);
        assertThat(settled.pods("m")).isEqualTo(2);

        settled.settle();

        assertThat(settled.left).containsExactlyInAnyOrder("egg", "hen");
        assertThat(settled.pods("m")).isZero();
    }

    @Test
    void keepsPodsOnAMachineWhoseCompanyIsThere() {
        Settled settled = new Settled(henAndEgg(new Problem()
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                .running(pod("running").label("app", "egg").on("m").build())
                .pool("none", List.of(), pool -> pool)));
        settled.put("m", "egg", 1);
        settled.put("m", "hen", 1);

        settled.settle();

        assertThat(settled.left).isEmpty();
        assertThat(settled.pods("m")).isEqualTo(2);
    }

    @Test
    void putsPodsOnMachinesThatAreInitializedFirst() {
        Settled settled = new Settled(new Problem()
                .machine("a", machine -> machine.booting().label(Labels.ZONE, "zone-1"))
                .machine("b", machine -> machine.label(Labels.ZONE, "zone-2"))
                .pool("none", List.of(), pool -> pool)
                .waiting(web("loner")
                        .antiAffinity(term(Labels.ZONE, "app", "web"))
                        .times(3)));
        settled.settle();

        assertThat(settled.pods("a")).isEqualTo(1);
        assertThat(settled.pods("b")).isEqualTo(1);
        assertThat(settled.plan.podClass("loner").unplaced()).isEqualTo(1);
        Settled one = new Settled(new Problem()
                .machine("a", machine -> machine.booting().label(Labels.ZONE, "zone-1"))
                .machine("b", machine -> machine.label(Labels.ZONE, "zone-2"))
                .pool("none", List.of(), pool -> pool)
                .waiting(web("loner")
                        .antiAffinity(term(Labels.ZONE, "app", "web"))
                        .times(2)));
        one.plan.podClass("loner").placed(1);
        one.settle();
        assertThat(one.pods("b")).isEqualTo(1);
        assertThat(one.pods("a")).isZero();
    }

    @Test
    void joinsPlannedNodesAsFarAsTheyHaveRoom() {
        Settled settled = new Settled(new Problem()
                .pool("default", TYPES, pool -> pool.limit("nodes", "0"))
                .waiting(web("spread").cpu(1000).spread(Labels.HOSTNAME, true).times(9)));
        settled.plan.node("spread");

        settled.settle();

        // 3.9 cores.
        assertThat(settled.plan.nodes).hasSize(1);
        assertThat(settled.plan.nodes.getFirst().parts().stream()
                        .mapToInt(PlannedNode.Part::count)
                        .sum())
                .isEqualTo(3);
        assertThat(settled.plan.podClass("spread").unplaced()).isEqualTo(6);
    }

    @Test
    void doesNothingWhereNobodyIsLeftOver() {
        Settled settled = new Settled(new Problem()
                .pool(TYPES)
                .daemonSet(
                        "nobody's",
                        pod("daemon").namespace("kube-system").build().shape())
                .waiting(web("loner")
                        .antiAffinity(term(Labels.HOSTNAME, "app", "web"))
                        .times(2)));
        settled.plan.node("loner", "loner");

        settled.settle();

        // Wrong as they are, nobody is asked about them.
        assertThat(settled.left).isEmpty();
        assertThat(settled.plan.nodes).hasSize(1);
    }

    /** Whose claims must leave two types. */
    private static Problem flexible(InstanceType... types) {
        return new Problem().pool("default", List.of(types), pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2));
    }

    @Test
    void leavesTheZoneOpenWhereOnlyTheCapacityTypeMatters() {
        Problem problem = flexible(
                        type("x")
                                .zones("zone-1")
                                .unavailable("zone-1/on-demand")
                                .build(),
                        type("y").zones("zone-2").build())
                .machine(
                        "full",
                        machine -> machine.label(Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_SPOT)
                                .size(Types.resources(4, 16, 1)))
                .running(pod("running").label("app", "web").on("full").build())
                .waiting(pod("a").cpu(100)
                        .spread(spread(Labels.ZONE, "app", "web").build())
                        .affinity(term(Labels.CAPACITY_TYPE, "app", "web"))
                        .build());

        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(counts(result, Labels.CAPACITY_TYPE)).containsOnlyKeys(Labels.CAPACITY_TYPE_SPOT);
    }

    @Test
    void leavesThoseZonesOpenInWhichAPodIsLetIn() {
        Problem problem = flexible(
                        type("x").zones("zone-1").build(),
                        type("y").zones("zone-2").build(),
                        type("z").zones("zone-3").price(0.01).build())
                .machine("full", machine -> machine.label(Labels.ZONE, "zone-3").size(Types.resources(4, 16, 1)))
                .running(pod("running").label("app", "web").on("full").build())
                .waiting(web("a").antiAffinity(term(Labels.ZONE, "app", "web")).build());

        SchedulingResult result = solve(problem);

        assertThat(result.plans())
                .singleElement()
                .satisfies(plan -> assertThat(plan.instanceTypes())
                        .extracting(InstanceType::name)
                        .containsExactlyInAnyOrder("x", "y"));
    }

    @Test
    void settlesTheCapacityTypeOfANodeWhoseZoneMustStayOpen() {
        Problem problem = flexible(
                        type("x").zones("zone-1").build(),
                        type("y").zones("zone-2").build())
                .waiting(web("plain").build())
                .waiting(web("spread")
                        .spread(spread(Labels.ZONE, "app", "web").build())
                        .spread(spread(Labels.CAPACITY_TYPE, "app", "web")
                                .minDomains(2)
                                .build())
                        .build());

        SchedulingResult result = solve(problem);

        assertThat(result.rejections()).isEmpty();
        assertThat(counts(result, Labels.CAPACITY_TYPE).values()).containsExactly(1, 1);
    }

    @Test
    void joinsANodeWhoseZoneMustStayOpen() {
        // Wherever the only node comes to be, there is no other zone.
        Problem problem = new Problem()
                .pool(
                        "default",
                        List.of(
                                type("x").zones("zone-1").build(),
                                type("y").zones("zone-2").build()),
                        pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2).limit("nodes", "1"))
                .waiting(web("plain").times(3))
                .waiting(web("spread")
                        .spread(spread(Labels.ZONE, "app", "web").build())
                        .build());

        assertThat(rejected(solve(problem))).isEmpty();
    }

    @Test
    void givesNoNodeALabelThatOthersAreSpreadOver() {
        // Both of the pair are in the only domain that there is; one more, with none of them, would keep the second
        // out.
        Problem problem = new Problem()
                .pool("first", TYPES, pool -> pool.labels(Map.of(RACK, "r1")))
                .pool("second", TYPES, pool -> pool.require(RACK, "NotIn", null, "r1"))
                .waiting(pod("pair")
                        .label("app", "pair")
                        .cpu(1000)
                        .spread(spread(RACK, "app", "pair").build())
                        .times(2))
                .waiting(pod("loner")
                        .cpu(1020)
                        .spread(spread(RACK, "app", "shy").build())
                        .antiAffinity(term(RACK, "app", "shy"))
                        .build())
                .waiting(pod("shy")
                        .label("app", "shy")
                        .cpu(1020)
                        .spread(spread(RACK, "app", "shy").build())
                        .build())
                .waiting(pod("plain").build());

        SchedulingResult result = solve(problem);

        assertThat(rejected(result)).containsExactly("shy");
        assertThat(counts(result, RACK)).containsOnlyKeys("r1");
    }

    @Test
    void doesNotCountADaemonForWhichAMachineHasNoRoom() {
        Problem problem = new Problem()
                .machine("full", machine -> machine.label(Labels.ZONE, "zone-1").size(Types.resources(4, 16, 1)))
                .running(pod("running").on("full").build())
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-2"))
                .daemonSet(
                        "set",
                        pod("daemon")
                                .namespace("kube-system")
                                .label("app", "web")
                                .build()
                                .shape())
                .pool("none", List.of(), pool -> pool)
                .waiting(web("a").namespace("kube-system")
                        .spread(spread(Labels.ZONE, "app", "web").build())
                        .build());

        assertThat(rejected(solve(problem))).containsExactly("a");
    }

    @Test
    void opensNoNodeThatOthersMindForOneMoreReason() {
        // The pair may mind already that the node of the plain pod may be the only one on Spot; in fact it doesn't
        // count that.
        List<InstanceType> types = List.of(
                type("x")
                        .size(1, 4, 110)
                        .zones("zone-1")
                        .price(0.1)
                        .unavailable("zone-1/on-demand")
                        .build(),
                type("y")
                        .size(2, 4, 110)
                        .zones("zone-1")
                        .price(0.2)
                        .onDemandOnly()
                        .build());
        Problem problem = new Problem()
                .pool("first", types, pool -> pool.weight(3).labels(Map.of(RACK, "r1")))
                .pool("second", types, pool -> pool.weight(2).require(RACK, "NotIn", null, "r1"))
                .pool("third", types, pool -> pool.require(RACK + "-row", "Exists", null))
                .waiting(pod("pair")
                        .label("app", "pair")
                        .cpu(100)
                        .require(NodeSelectorRequirement.of(Types.FAMILY, "NotIn", "x"))
                        .spread(spread(Labels.CAPACITY_TYPE, "app", "pair").build())
                        .spread(spread(RACK, "app", "pair").build())
                        .times(2))
                .waiting(pod("plain")
                        .cpu(50)
                        .spread(spread(RACK + "-row", "app", "nobody").build())
                        .build())
                .waiting(pod("late")
                        .cpu(1100)
                        .require(NodeSelectorRequirement.of(Labels.NODE_POOL, "NotIn", "first"))
                        .spread(spread(RACK, "app", "nobody").build())
                        .build());

        SchedulingResult result = solve(problem);

        assertThat(rejected(result)).containsExactly("late");
    }

    private static Problem limitedToNone() {
        return new Problem().pool("default", TYPES, pool -> pool.limit("nodes", "0"));
    }

    @Test
    void opensHostsForASpreadBeforeItFillsThoseThatAreThere() {
        Settled settled = new Settled(new Problem()
                .pool(TYPES)
                .waiting(web("spread").spread(Labels.HOSTNAME, true).times(4)));
        settled.plan.node("spread");

        settled.settle();

        assertThat(settled.plan.nodes).hasSize(4);
        assertThat(settled.plan.podClass("spread").unplaced()).isZero();
    }

    @Test
    void givesTheRoomOfThoseThatWaitForEachOtherToAnybody() {
        Settled settled = new Settled(henAndEgg(new Problem()
                        .machine(
                                "m",
                                machine -> machine.label(Labels.ZONE, "zone-1").size(Types.resources(4, 16, 2)))
                        .pool("none", List.of(), pool -> pool))
                .waiting(pod("plain").times(3)));
        settled.put("m", "egg", 1);
        settled.put("m", "hen", 1);

        settled.settle();

        assertThat(settled.pods("m")).isEqualTo(2);
        assertThat(settled.plan.podClass("plain").unplaced()).isEqualTo(1);
    }

    private static Problem withDaemon(Problem problem) {
        return problem.daemonSet(
                "set", pod("daemon").namespace("kube-system").cpu(10).build().shape());
    }

    @Test
    void givesTheRoomOfThoseThatCannotStandADaemonToAnybody() {
        Settled settled = new Settled(withDaemon(new Problem())
                .machine("m", machine -> machine.size(Types.resources(4, 16, 3)))
                .pool("none", List.of(), pool -> pool)
                .waiting(web("loner").antiAffinity(strangers(Labels.HOSTNAME)).times(2))
                .waiting(pod("plain").times(3)));
        settled.put("m", "loner", 2);

        settled.settle();

        assertThat(settled.left).containsExactly("loner-0", "loner-0");
        // The third place is the daemon's.
        assertThat(settled.pods("m")).isEqualTo(2);
        assertThat(settled.plan.podClass("plain").unplaced()).isEqualTo(1);
    }

    @Test
    void keepsPodsThatStandADaemonBesideThoseThatDoNot() {
        Settled settled = new Settled(withDaemon(limitedToNone())
                .waiting(web("loner").antiAffinity(strangers(Labels.HOSTNAME)).build())
                .waiting(pod("friend")
                        .affinity(strangers(Labels.HOSTNAME))
                        .cpu(50)
                        .build()));
        settled.plan.node("friend", "loner");

        settled.settle();

        assertThat(settled.left).containsExactly("loner");
        assertThat(settled.plan.nodes.getFirst().parts())
                .singleElement()
                .satisfies(part -> assertThat(part.podClass().root()).isSameAs(settled.plan.podClass("friend")));
    }

    @Test
    void forgetsThoseThatWereSentAwayFromANode() {
        Settled settled = new Settled(henAndEgg(limitedToNone())
                .waiting(pod("plain").build())
                .waiting(pod("shy")
                        .antiAffinity(term(Labels.ZONE, "app", "hen"))
                        .cpu(50)
                        .build()));
        settled.plan.node("egg", "hen", "plain");

        settled.settle();

        assertThat(settled.left).containsExactlyInAnyOrder("egg", "hen");
        assertThat(settled.plan.podClass("shy").unplaced()).isZero();
    }

    @Test
    void putsEachPodInOnePlaceOnly() {
        Problem problem = limitedToNone();
        for (int zone = 1; zone <= 3; zone++) {
            String name = "zone-" + zone;
            problem.machine(name, machine -> machine.label(Labels.ZONE, name));
        }
        Settled settled = new Settled(problem.waiting(pod("plain").build())
                .waiting(web("loner")
                        .antiAffinity(term(Labels.HOSTNAME, "app", "web"))
                        .times(3)));
        settled.plan.node("plain");

        settled.settle();

        assertThat(settled.plan.podClass("loner").unplaced()).isZero();
        assertThat(List.of(settled.pods("zone-1"), settled.pods("zone-2"), settled.pods("zone-3")))
                .containsExactly(1, 1, 1);
        assertThat(settled.plan.nodes.getFirst().parts()).hasSize(1);
    }

    @Test
    void letsAFollowerInOnceItsLeaderHasCome() {
        // The larger one is asked first, and finds nobody.
        Settled settled = new Settled(limitedToNone()
                .waiting(pod("plain").build())
                .waiting(pod("follower")
                        .affinity(term(Labels.ZONE, "app", "leader"))
                        .cpu(900)
                        .build())
                .waiting(pod("leader").label("app", "leader").cpu(100).build()));
        settled.plan.node("plain");

        settled.settle();

        assertThat(settled.plan.podClass("leader").unplaced()).isZero();
        assertThat(settled.plan.podClass("follower").unplaced()).isZero();
    }

    @Test
    void asksTheSecondOfTwoNodesThatAreAlikeWhereOnlyItsPodsAreCompany() {
        Settled settled = new Settled(limitedToNone()
                .waiting(pod("plain").times(2))
                .waiting(pod("leader").label("app", "leader").cpu(100).build())
                .waiting(pod("follower")
                        .affinity(term(Labels.HOSTNAME, "app", "leader"))
                        .cpu(900)
                        .build()));
        settled.plan.node("plain");
        settled.plan.node("leader");

        settled.settle();

        assertThat(settled.plan.podClass("follower").unplaced()).isZero();
        assertThat(settled.plan.nodes.getLast().parts()).hasSize(2);
    }

    @Test
    void narrowsANodeToTheZoneWhereItsCompanyIs() {
        Settled settled = new Settled(new Problem()
                .pool(
                        "default",
                        List.of(type("x")
                                .zones("zone-1", "zone-2")
                                .onDemandOnly()
                                .build()),
                        pool -> pool.limit("nodes", "0"))
                .machine("full", machine -> machine.label(Labels.ZONE, "zone-1").size(Types.resources(4, 16, 1)))
                .running(pod("running").label("app", "web").on("full").build())
                .waiting(pod("plain").build())
                .waiting(pod("follower")
                        .affinity(term(Labels.ZONE, "app", "web"))
                        .cpu(900)
                        .build()));
        settled.plan.node("plain");
        assertThat(settled.plan.nodes.getFirst().narrowing().requirements().find(Labels.ZONE))
                .isNotEqualTo(Requirement.in(Labels.ZONE, "zone-1"));

        settled.settle();

        assertThat(settled.plan.podClass("follower").unplaced()).isZero();
        assertThat(settled.plan.nodes.getFirst().narrowing().requirements().find(Labels.ZONE))
                .isEqualTo(Requirement.in(Labels.ZONE, "zone-1"));
    }

    @Test
    void joinsANodeWhoseZoneMustStayOpenWhereAllItsZonesLetThePodIn() {
        for (String zone : List.of("zone-2", "zone-3")) {
            Problem problem = new Problem()
                    .pool(
                            "default",
                            List.of(
                                    type("x").zones("zone-1").build(),
                                    type("y").zones("zone-2").build()),
                            pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2)
                                    .limit("nodes", "0"))
                    .machine("full", machine -> machine.label(Labels.ZONE, zone).size(Types.resources(4, 16, 1)))
                    .running(web("running").on("full").build());
            Settled settled = new Settled(problem.waiting(pod("plain").build())
                    .waiting(pod("shy")
                            .antiAffinity(term(Labels.ZONE, "app", "web"))
                            .times(3)));
            settled.plan.node("plain");

            settled.settle();

            assertThat(settled.plan.podClass("shy").unplaced()).as(zone).isEqualTo(zone.equals("zone-2") ? 3 : 0);
        }
    }
}
