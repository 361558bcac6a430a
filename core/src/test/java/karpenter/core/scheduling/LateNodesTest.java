package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import org.junit.jupiter.api.Test;

/** Nodes for pods that are left over. */
class LateNodesTest {
    private static final List<InstanceType> TYPES =
            List.of(type("x").zones("zone-1", "zone-2").onDemandOnly().build());

    private static Problem waiting(Problem problem) {
        return problem.waiting(pod("spread")
                        .label("app", "web")
                        .spread(spread(Labels.ZONE, "app", "web").build())
                        .cpu(100)
                        .times(4))
                .waiting(pod("loner")
                        .label("app", "loner")
                        .antiAffinity(term(Labels.ZONE, "app", "loner"))
                        .cpu(200)
                        .times(4))
                .waiting(pod("host")
                        .label("app", "host")
                        .spread(spread(Labels.HOSTNAME, "app", "host").build())
                        .cpu(300)
                        .times(4))
                .waiting(pod("plain").cpu(400).times(2))
                .waiting(pod("huge").cpu(400_000).build())
                .waiting(pod("web")
                        .label("app", "web")
                        .selector(Labels.ZONE, "zone-1")
                        .cpu(500)
                        .times(4))
                .waiting(pod("other").selector(Labels.ZONE, "zone-2").cpu(550).build())
                .waiting(pod("follower")
                        .affinity(term(Labels.ZONE, "app", "web"))
                        .cpu(600)
                        .times(2));
    }

    private static PlannedByHand plan(UnaryOperator<Problem.Pool> change) {
        return new PlannedByHand(waiting(new Problem().pool("default", TYPES, change)));
    }

    private static boolean open(PlannedByHand plan, Sites sites, String pod) {
        PodClass podClass = plan.podClass(pod);
        NodeAsk ask = podClass.asks().getFirst();
        return new LateNodes(plan.pass, sites, new OpenLabels(sites, plan.pass.interner()))
                .open(podClass, ask, Seating.keys(podClass, ask));
    }

    private static String zones(PlannedByHand plan) {
        return String.join(
                ",",
                plan.nodes.getLast().narrowing().requirements().get(Labels.ZONE).values());
    }

    @Test
    void comeInADomainThatLetsThePodIn() {
        PlannedByHand plan = plan(pool -> pool).node("web").node("other");
        Sites sites = plan.sites();
        int left = plan.podClass("spread").unplaced();

        assertThat(open(plan, sites, "spread")).isTrue();

        assertThat(zones(plan)).isEqualTo("zone-2");
        assertThat(plan.nodes).hasSize(3);
        assertThat(sites.all()).hasSize(3);
        assertThat(plan.podClass("spread").unplaced()).isEqualTo(left - 1);
        assertThat(sites.all().getLast().hasPods()).isTrue();
    }

    @Test
    void comeWhereCompanyIs() {
        PlannedByHand plan = plan(pool -> pool).node("web");

        assertThat(open(plan, plan.sites(), "follower")).isTrue();
        assertThat(zones(plan)).isEqualTo("zone-1");
        assertThat(open(plan(pool -> pool), plan(pool -> pool).sites(), "follower"))
                .isFalse();
    }

    @Test
    void comeOncePerDomainForPodsThatKeepApart() {
        PlannedByHand plan = plan(pool -> pool);
        Sites sites = plan.sites();

        assertThat(open(plan, sites, "loner")).isTrue();
        assertThat(open(plan, sites, "loner")).isTrue();
        assertThat(open(plan, sites, "loner")).isFalse();
        assertThat(plan.nodes.stream()
                        .map(node -> node.narrowing()
                                .requirements()
                                .get(Labels.ZONE)
                                .values()
                                .iterator()
                                .next()))
                .containsExactlyInAnyOrder("zone-1", "zone-2");
    }

    @Test
    void countAgainstLimits() {
        PlannedByHand plan = plan(pool -> pool.limit("nodes", "1"));
        Sites sites = plan.sites();

        assertThat(open(plan, sites, "plain")).isTrue();
        assertThat(plan.pass.pools().getFirst().limits().left()).containsExactly(0);
        assertThat(open(plan, sites, "plain")).isFalse();
        assertThat(open(plan, sites, "huge")).isFalse();
        assertThat(plan.nodes).hasSize(1);
    }

    @Test
    void comeOfTheNextPoolWhereTheFirstHasNone() {
        PlannedByHand plan = new PlannedByHand(waiting(new Problem()
                .pool("empty", TYPES, pool -> pool.weight(9).limit("nodes", "0"))
                .pool("second", TYPES, pool -> pool)));

        assertThat(open(plan, plan.sites(), "plain")).isTrue();
        assertThat(plan.nodes.getLast().template().pool().name()).isEqualTo("second");
    }

    @Test
    void doNotComeWhereOthersCouldNoLongerBeBound() {
        // Two on the only host; one host more would have none.
        PlannedByHand plan = plan(pool -> pool).node("host", "host");

        assertThat(open(plan, plan.sites(), "plain")).isFalse();
        assertThat(plan.nodes).hasSize(1);
        PlannedByHand even = plan(pool -> pool).node("host");
        assertThat(open(even, even.sites(), "plain")).isTrue();
    }

    @Test
    void comeInTheDomainThatSpoilsNoSpreadOfOthers() {
        // Two each in zone-1 and nowhere else: a node in zone-2 would be a domain with none of them.
        PlannedByHand plan = plan(pool -> pool).node("spread", "spread", "web");

        assertThat(open(plan, plan.sites(), "plain")).isTrue();
        assertThat(zones(plan)).isEqualTo("zone-1");
    }

    @Test
    void stayOpenOverDomainsThatAllLetThePodInWhereMinValuesNeedThem() {
        PlannedByHand plan = new PlannedByHand(waiting(new Problem()
                .pool(
                        "default",
                        List.of(
                                type("x").zones("zone-1").onDemandOnly().build(),
                                type("y").zones("zone-2").onDemandOnly().build()),
                        pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2))));
        Sites sites = plan.sites();

        assertThat(open(plan, sites, "loner")).isTrue();
        assertThat(sites.all().getLast())
                .isInstanceOfSatisfying(
                        Site.OfNode.class,
                        site -> assertThat(site.possible(Labels.ZONE)).containsExactly("zone-1", "zone-2"));
        assertThat(open(plan, sites, "loner")).as("it may be in either").isFalse();
        assertThat(open(plan, sites, "plain")).isTrue();
    }
}
