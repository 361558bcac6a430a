package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.NodeState;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.Membership;
import org.junit.jupiter.api.Test;

/** A finished plan as the filters see it. */
class SitesTest {
    private static final String RACK = "example.com/rack";
    private static final List<InstanceType> TYPES = List.of(
            type("x").zones("zone-1", "zone-2").build(),
            type("y").zones("zone-2", "zone-3").size(1, 4, 110).price(0.01).build());

    /** What an attempt planned, and the sites of it. */
    private static final class Planned {
        final SchedulingPass pass;
        final Attempt attempt;
        final Sites sites;

        Planned(SchedulingInput input) {
            pass = new SchedulingPass(input, new Cutoff(() -> false));
            attempt = new Attempt(
                    pass, new HashMap<>(), new UnexpectedDomains(pass.topology().spreads()));
            attempt.run();
            sites = new Sites(pass, attempt.machines(), attempt.planned());
        }

        Planned(Problem problem) {
            this(problem.input());
        }

        /** The site of the only node that is planned. */
        Site.OfNode node() {
            assertThat(attempt.planned()).hasSize(1);
            return (Site.OfNode) sites.all().getLast();
        }

        Membership groups() {
            return Site.groups(pass.classes().getFirst());
        }
    }

    private static Pods.Builder web(String name) {
        return pod(name).label("app", "web").cpu(100);
    }

    @Test
    void areTheMachinesThenThoseThatLeaveThenThePlannedNodes() {
        SchedulingInput all = new Problem()
                .pool(TYPES)
                .machine("gone", machine -> machine.size(Types.resources(1, 1, 1)))
                .machine("idle", machine -> machine.size(Types.resources(1, 1, 1)))
                .machine("stays", machine -> machine.size(Types.resources(1, 1, 0)))
                .running(web("running").on("gone").build())
                .waiting(web("a").spread(Labels.ZONE, true).cpu(3000).times(2))
                .input();
        List<NodeState> staying = all.machines().stream()
                .filter(machine -> machine.name().equals("stays"))
                .toList();
        Planned planned = new Planned(
                new SchedulingInput(all.snapshot(), staying, all.pods(), all.pools(), all.promised(), all.options()));

        List<Site> sites = planned.sites.all();
        assertThat(sites.stream().map(site -> site.label(Labels.HOSTNAME)))
                .containsExactly("stays", "gone", "planned 0", "planned 1");
        assertThat(((Site.OfLeavingMachine) sites.get(1)).stays()).isFalse();
        assertThat(planned.sites.firstPlanned()).isEqualTo(2);
        assertThat(planned.sites.node(3)).isSameAs(planned.attempt.planned().getLast());
        assertThat(sites.get(1).hasPods()).isTrue();
    }

    @Test
    void seeAMachineAsItIs() {
        SchedulingInput all = new Problem()
                .pool(TYPES)
                .machine("m", machine -> machine.label(RACK, "r1").taint("x", Taint.NO_SCHEDULE))
                .running(web("running").on("m").build())
                .waiting(web("a").spread(RACK, true).build())
                .input();
        SchedulingInput leaving =
                new SchedulingInput(all.snapshot(), List.of(), all.pods(), all.pools(), all.promised(), all.options());
        for (SchedulingInput input : List.of(all, leaving)) {
            Site site = new Planned(input).sites.all().getFirst();

            assertThat(site.label(RACK)).isEqualTo("r1");
            assertThat(site.label(Labels.HOSTNAME)).isEqualTo("m");
            assertThat(site.label("other")).isNull();
            assertThat(site.possible(RACK)).isEmpty();
            List<Taint> taints =
                    site instanceof Site.OfMachine machine ? machine.taints() : ((Site.OfLeavingMachine) site).taints();
            assertThat(taints).extracting(Taint::key).containsExactly("x");
        }
    }

    @Test
    void knowWhatAPlannedNodeMayComeToBe() {
        Planned planned = new Planned(new Problem()
                .pool(
                        "default",
                        TYPES,
                        pool -> pool.taint("x", "", Taint.NO_SCHEDULE)
                                .require(RACK, "In", null, "r1", "r2")
                                .require(Labels.CAPACITY_TYPE, "In", null, "on-demand"))
                .waiting(web("a").tolerateAll().cpu(2000).build()));
        Site.OfNode node = planned.node();

        assertThat(node.possible(Labels.ZONE)).containsExactly("zone-1", "zone-2");
        assertThat(node.possible(Labels.CAPACITY_TYPE)).containsExactly("on-demand");
        assertThat(node.possible(Labels.HOSTNAME)).isEmpty();
        assertThat(node.label(Labels.HOSTNAME)).isEqualTo(node.hostname());
        assertThat(node.label(Labels.ZONE)).isIn("zone-1", "zone-2");
        assertThat(node.label(Labels.INSTANCE_TYPE)).isEqualTo("x");
        assertThat(node.label("other")).isNull();
        assertThat(node.taints()).extracting(Taint::key).containsExactly("x");
    }

    @Test
    void lookAtANodeAsItWouldBe() {
        Planned planned = new Planned(new Problem()
                .pool(TYPES)
                .waiting(web("a").cpu(2000).times(1))
                .waiting(web("b").selector(Labels.ZONE, "zone-2")
                        .spread(RACK, true)
                        .build()));
        assertThat(planned.attempt.planned()).isNotEmpty();
        int at = planned.sites.firstPlanned();
        Site.OfNode before = (Site.OfNode) planned.sites.all().get(at);
        NodeAsk inZone = planned.pass
                .interner()
                .intern(new NodeAsk.Terms(
                        Requirements.of(Requirement.in(Labels.ZONE, "zone-2")),
                        List.of(),
                        false,
                        HostPorts.NONE,
                        Membership.NONE));
        Narrowing narrowing = before.narrowing().with(inZone);
        assertThat(narrowing).isNotNull();

        planned.sites.replace(at, narrowing);

        Site.OfNode after = (Site.OfNode) planned.sites.all().get(at);
        assertThat(after.hostname()).isEqualTo(before.hostname());
        assertThat(after.label(Labels.ZONE)).isEqualTo("zone-2");
        assertThat(after.possible(Labels.ZONE)).containsExactly("zone-2");
        assertThat(podsOn(after)).isEqualTo(podsOn(before));
        planned.sites.replace(at, before);
        assertThat(planned.sites.all().get(at)).isSameAs(before);
    }

    private static Map<Membership, Integer> podsOn(Site site) {
        Map<Membership, Integer> pods = new HashMap<>();
        site.forEachPod(pods::put);
        return pods;
    }

    @Test
    void putDaemonSetsPodsThatOthersWatchOnNodesTheyComeTo() {
        Problem problem = new Problem()
                .pool("default", TYPES, pool -> pool.require(in(Labels.ZONE, "zone-1")))
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-9").size(Types.resources(1, 1, 2)))
                .daemonSet("watched", web("daemon").shape())
                .daemonSet(
                        "elsewhere",
                        web("other").selector(Labels.ZONE, "zone-2").shape())
                .daemonSet("unwatched", pod("plain").shape())
                .waiting(pod("a").cpu(2000)
                        .affinity(term(Labels.HOSTNAME, "app", "web"))
                        .build())
                .waiting(pod("b").cpu(2000).build());
        Planned planned = new Planned(problem);

        for (Site site : planned.sites.all()) {
            assertThat(podsOn(site).entrySet().stream()
                            .filter(entry -> entry.getKey().parts().stream().anyMatch(Membership.Part::selected))
                            .mapToInt(Map.Entry::getValue)
                            .sum())
                    .as("%s", site.label(Labels.HOSTNAME))
                    .isEqualTo(1);
        }
        PoolTemplate pool = planned.pass.pools().getFirst();
        Site.OfNode fresh =
                planned.sites.fresh(pool, pool.untouched(), pool.untouched().rows(), 0);
        assertThat(fresh.hasPods()).isTrue();
        assertThat(planned.sites.all()).doesNotContain(fresh);
        assertThat(planned.sites.all()).noneMatch(site -> fresh.hostname().equals(site.label(Labels.HOSTNAME)));
    }

    @Test
    void giveBackWhatANodeTookOfALimit() {
        Planned planned = new Planned(new Problem()
                .pool("default", TYPES, pool -> pool.limit("nodes", "5"))
                .waiting(web("a").spread(Labels.HOSTNAME, true).cpu(3000).times(2)));
        assertThat(planned.attempt.planned()).hasSize(2);
        PlannedNode second = planned.attempt.planned().getLast();
        int changes = planned.sites.changes();

        Site remaining = planned.sites.all().getLast();
        Membership groups = planned.groups();
        assertThat(planned.sites.filters().admits(groups, remaining, true, false))
                .isTrue();
        planned.attempt
                .planned()
                .getFirst()
                .parts()
                .forEach(part -> planned.sites
                        .filters()
                        .add(planned.sites.all().getFirst(), Site.groups(part.podClass()), -part.count()));
        assertThat(planned.sites.filters().admits(groups, remaining, true, false))
                .as("the other host has none")
                .isFalse();

        planned.sites.giveBack(planned.sites.firstPlanned());

        assertThat(planned.sites.filters().admits(groups, remaining, true, false))
                .as("there is no other host")
                .isTrue();
        assertThat(planned.attempt.planned()).containsExactly(second);
        assertThat(planned.sites.all()).hasSize(1);
        assertThat(planned.pass.pools().getFirst().limits().left()).containsExactly(4);
        assertThat(planned.sites.changes()).isGreaterThan(changes);
    }

    @Test
    void knowTheLabelsThatSpreadsOfThoseInPlaceDependOn() {
        Planned planned = new Planned(new Problem()
                .pool("default", TYPES, pool -> pool.require(RACK, "In", null, "r1"))
                .waiting(web("a").spread(spread(RACK, "app", "web").build())
                        .spread(spread(Labels.HOSTNAME, "app", "web").build())
                        .antiAffinity(term(Labels.ZONE, "app", "other"))
                        .build())
                .waiting(pod("b").cpu(100).build()));

        assertThat(planned.sites.spreadKeys()).containsExactly(RACK);
        assertThat(planned.sites.spreadKeys()).containsExactly(RACK);
    }

    @Test
    void learnOfSpreadsThatComeLater() {
        Planned planned = new Planned(new Problem()
                .pool("default", TYPES, pool -> pool.limit("nodes", "1"))
                .waiting(web("a").cpu(3500).spread(Labels.ZONE, true).times(2)));
        Site.OfNode node = planned.node();
        assertThat(planned.sites.spreadKeys()).containsExactly(Labels.ZONE);

        planned.attempt
                .planned()
                .getFirst()
                .remove(planned.attempt.planned().getFirst().parts().getFirst().podClass(), 1);
        planned.sites.filters().add(node, planned.groups(), -1);
        planned.sites.giveBack(planned.sites.firstPlanned());
        assertThat(planned.sites.spreadKeys()).isEmpty();

        PoolTemplate pool = planned.pass.pools().getFirst();
        Site.OfNode fresh =
                planned.sites.fresh(pool, pool.untouched(), pool.untouched().rows(), 0);
        PlannedNode bought = new PlannedNode(
                pool,
                0,
                pool.minValues().asWritten(),
                new long[] {1},
                planned.pass.columns().count());
        planned.sites.open(bought, fresh);
        planned.sites.came(fresh, planned.groups(), planned.pass.classes().getFirst());
        assertThat(planned.sites.spreadKeys()).containsExactly(Labels.ZONE);
        assertThat(planned.sites.node(planned.sites.firstPlanned())).isSameAs(bought);
    }

    @Test
    void areOverWhenTheirStepsAreSpent() {
        Planned planned = new Planned(new Problem().pool(TYPES).waiting(web("a").build()));
        assertThat(planned.sites.isOver()).isFalse();
        planned.sites.spend(400_000);
        assertThat(planned.sites.isOver()).isFalse();
        planned.sites.spend(200_000);
        assertThat(planned.sites.isOver()).isTrue();
    }

    @Test
    void growOnlyWhileTheyAreToldTo() {
        Planned planned = new Planned(new Problem().pool(TYPES).waiting(web("a").build()));
        int changes = planned.sites.changes();
        assertThat(planned.sites.growing()).isFalse();
        planned.sites.setGrowing(true);
        assertThat(planned.sites.growing()).isTrue();
        assertThat(planned.sites.changes())
                .as("what was refused may be asked again")
                .isGreaterThan(changes);
    }

    @Test
    void offerAnOpenLabelTheValuesThatAreAboutAndOneOfItsOwn() {
        Planned planned = new Planned(new Problem()
                .pool("default", TYPES, pool -> pool.require(RACK, "Exists", null))
                .machine("m", machine -> machine.label(RACK, "r7").size(Types.resources(1, 1, 0)))
                .waiting(web("a").build()));
        PoolTemplate pool = planned.pass.pools().getFirst();
        NodeAsk ask = planned.pass.classes().getFirst().asks().getFirst();
        Narrowing narrowing = pool.untouched().with(ask);
        assertThat(narrowing).isNotNull();

        Set<SortedMap<String, String>> combinations =
                planned.sites.combinations(pool, narrowing, narrowing.rows(), Set.of(RACK));

        List<String> racks = new ArrayList<>();
        combinations.forEach(each -> racks.add(each.getOrDefault(RACK, "none")));
        assertThat(racks).contains("r7").doesNotHaveDuplicates().hasSizeBetween(2, 3);
        assertThat(planned.sites.combinations(pool, narrowing, narrowing.rows(), Set.of()))
                .containsExactly(new TreeMap<>());
    }

    @Test
    void answerAQuestionBesideANodeMoreAndForgetTheNode() {
        Planned planned = new Planned(new Problem()
                .pool("default", TYPES, pool -> pool.limit("nodes", "1"))
                .waiting(web("a").spread(Labels.HOSTNAME, true).times(2)));
        Site there = planned.node();
        PoolTemplate pool = planned.pass.pools().getFirst();
        Site.OfNode fresh =
                planned.sites.fresh(pool, pool.untouched(), pool.untouched().rows(), 0);
        Membership groups = planned.groups();

        assertThat(planned.sites.filters().admits(groups, there, true, false))
                .as("one host alone takes any number")
                .isTrue();
        assertThat(planned.sites.beside(fresh, () -> planned.sites.filters().admits(groups, there, true, false)))
                .as("one host more has none so far")
                .isFalse();
        assertThat(planned.sites.beside(fresh, () -> planned.sites.filters().admits(groups, fresh, true, false)))
                .isTrue();
        assertThat(planned.sites.filters().admits(groups, there, true, false)).isTrue();
    }

    @Test
    void seeWhetherANodeMoreLeavesOthersWithoutAnOrder() {
        Planned planned = new Planned(new Problem()
                .pool("default", TYPES, pool -> pool.limit("nodes", "1"))
                .waiting(web("a").spread(Labels.HOSTNAME, true).times(3)));
        Planned plain = new Planned(new Problem()
                .pool(TYPES)
                .waiting(web("a").antiAffinity(term(Labels.ZONE, "app", "b")).build()));
        PoolTemplate pool = planned.pass.pools().getFirst();
        Site.OfNode here = planned.node();
        PodClass podClass = planned.pass.classes().getFirst();
        while (planned.sites.filters().admits(planned.groups(), here, true, false) && podClass.unplaced() > 0) {
            planned.attempt
                    .planned()
                    .getFirst()
                    .add(
                            new Demand.Lot(
                                    podClass.share(podClass.asks().getFirst(), 1),
                                    podClass.asks().getFirst()),
                            1);
            planned.sites.came(here, planned.groups(), podClass);
        }
        Site.OfNode fresh =
                planned.sites.fresh(pool, pool.untouched(), pool.untouched().rows(), 0);

        assertThat(planned.sites.spoilsOrder(fresh)).isTrue();
        assertThat(planned.sites.spoilsOrder(fresh))
                .as("the same when asked again")
                .isTrue();
        PoolTemplate other = plain.pass.pools().getFirst();
        assertThat(plain.sites.spoilsOrder(plain.sites.fresh(
                        other, other.untouched(), other.untouched().rows(), 0)))
                .isFalse();
    }

    @Test
    void countWhatFiltersLookAtAmongTheirSteps() {
        Planned planned = new Planned(new Problem()
                .pool(TYPES)
                .waiting(web("a").spread(Labels.HOSTNAME, true).times(2)));
        PoolTemplate pool = planned.pass.pools().getFirst();
        planned.sites.spend(499_900);
        assertThat(planned.sites.isOver()).isFalse();

        for (int i = 0; i < 200; i++) {
            Site.OfNode fresh =
                    planned.sites.fresh(pool, pool.untouched(), pool.untouched().rows(), 0);
            planned.sites.beside(fresh, () -> planned.sites.filters().admits(planned.groups(), fresh, true, false));
        }

        assertThat(planned.sites.isOver()).isTrue();
    }

    @Test
    void knowThatALimitKeepsANodeFromBeingLarger() {
        for (String limit : List.of("6", "8")) {
            Planned planned = new Planned(new Problem()
                    .pool(
                            "default",
                            List.of(
                                    type("small")
                                            .zones("zone-1")
                                            .size(4, 16, 110)
                                            .price(0.1)
                                            .build(),
                                    type("large")
                                            .zones("zone-2")
                                            .size(8, 32, 110)
                                            .price(0.2)
                                            .build()),
                            pool -> pool.limit("cpu", limit))
                    .waiting(web("a").build()));

            assertThat(planned.node().possible(Labels.ZONE))
                    .as("with %s cores", limit)
                    .isEqualTo(limit.equals("6") ? Set.of("zone-1") : Set.of("zone-1", "zone-2"));
        }
    }

    private static Narrowing narrowed(PlannedByHand plan, String key, String value) {
        Narrowing narrowing = plan.nodes
                .getFirst()
                .narrowing()
                .with(plan.pass
                        .interner()
                        .intern(new NodeAsk.Terms(
                                Requirements.of(Requirement.in(key, value)),
                                List.of(),
                                false,
                                HostPorts.NONE,
                                Membership.NONE)));
        assertThat(narrowing).isNotNull();
        return narrowing;
    }

    @Test
    void offerALabelsValueThatANodeHasBeenGiven() {
        PlannedByHand plan = new PlannedByHand(new Problem()
                        .pool("default", TYPES, pool -> pool.require(RACK, "Exists", null))
                        .waiting(web("a").build()))
                .node("a");
        Sites sites = plan.sites();
        PoolTemplate pool = plan.pass.pools().getFirst();
        Narrowing open = pool.untouched();
        assertThat(sites.combinations(pool, open, open.rows(), Set.of(RACK)).toString())
                .doesNotContain("r9");

        sites.replace(0, narrowed(plan, RACK, "r9"));

        assertThat(sites.combinations(pool, open, open.rows(), Set.of(RACK)))
                .contains(new TreeMap<>(Map.of(RACK, "r9")));
    }

    @Test
    void countAPodThatCameLaterInTheZoneThatItsNodeWasNarrowedTo() {
        PlannedByHand plan = new PlannedByHand(new Problem()
                        .pool(List.of(type("x").zones("zone-1", "zone-2").build()))
                        .waiting(pod("plain").build())
                        .waiting(web("spread")
                                .spread(spread(Labels.ZONE, "app", "web").build())
                                .times(2)))
                .node("plain");
        Sites sites = plan.sites();
        Site open = sites.all().getFirst();
        String elsewhere = "zone-1".equals(open.label(Labels.ZONE)) ? "zone-2" : "zone-1";
        sites.came(open, plan.groups("spread"), plan.podClass("spread"));
        String before = String.valueOf(open.label(Labels.ZONE));
        sites.replace(0, narrowed(plan, Labels.ZONE, elsewhere));
        PoolTemplate pool = plan.pass.pools().getFirst();
        Narrowing other = narrowed(plan, Labels.ZONE, before);
        Site.OfNode fresh = sites.fresh(pool, other, other.rows(), other.rows().nextSetBit(0));

        // One pod in one zone, and none in the other: even enough.
        assertThat(sites.spoilsOrder(fresh)).isFalse();
        assertThat(sites.spoilsOrder(fresh)).as("the same when asked again").isFalse();
        assertThat(podsOn(sites.all().getFirst()).values()).containsExactly(1, 1);

        sites.came(sites.all().getFirst(), plan.groups("spread"), plan.podClass("spread"));
        assertThat(sites.spoilsOrder(fresh)).as("two and none").isTrue();
    }

    @Test
    void seeWhetherALabelGivenToANodeLeavesOthersWithoutAnOrder() {
        for (int pods = 1; pods <= 2; pods++) {
            Problem problem = new Problem()
                    .pool("default", TYPES, pool -> pool.require(RACK, "NotIn", null, "r1"))
                    .machine("m", machine -> machine.label(RACK, "r1"))
                    .waiting(pod("plain").build())
                    .waiting(web("spread")
                            .spread(spread(RACK, "app", "web").build())
                            .times(pods));
            PlannedByHand plan = new PlannedByHand(problem).node("plain");
            Machines machines = plan.pass.machines();
            PodClass spread = plan.podClass("spread");
            NodeAsk ask =
                    plan.pass.interner().intern(spread.asks().getFirst().terms().alone());
            machines.place(machines.all().iterator().next(), spread.share(ask, pods), ask, pods);
            Sites sites = new Sites(plan.pass, machines, plan.nodes);
            Site before = sites.all().getLast();
            assertThat(before.label(RACK)).isNull();

            sites.replace(1, narrowed(plan, RACK, "r2"));
            Site narrowed = sites.all().getLast();

            assertThat(sites.spoilsOrder(1, before))
                    .as("%d pods in r1, none in r2", pods)
                    .isEqualTo(pods == 2);
            assertThat(sites.all().getLast()).isSameAs(narrowed);
        }
    }
}
