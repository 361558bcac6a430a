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

/** Planned nodes of which a label is open, and pods for which it matters. */
class OpenLabelsTest {
    private static final List<InstanceType> TYPES =
            List.of(type("x").zones("zone-1", "zone-2").onDemandOnly().build());

    private static boolean admits(PlannedByHand plan, Sites sites, String pod, int at) {
        return new OpenLabels(sites, plan.pass.interner())
                .admits(plan.groups(pod), sites.all().get(at));
    }

    private static Problem problem(List<InstanceType> types, UnaryOperator<Problem.Pool> change) {
        return new Problem()
                .pool("default", types, change)
                .waiting(pod("web").label("app", "web").cpu(100).times(2))
                .waiting(pod("in-1").selector(Labels.ZONE, "zone-1").cpu(200).times(2))
                .waiting(pod("in-2").selector(Labels.ZONE, "zone-2").cpu(300).times(2))
                .waiting(pod("other-web")
                        .label("app", "web")
                        .selector(Labels.ZONE, "zone-2")
                        .cpu(350)
                        .times(2))
                .waiting(pod("loner")
                        .antiAffinity(term(Labels.ZONE, "app", "web"))
                        .cpu(400)
                        .times(2))
                .waiting(pod("spread")
                        .label("app", "web")
                        .spread(spread(Labels.ZONE, "app", "web").build())
                        .cpu(500)
                        .times(3))
                .waiting(pod("plain").cpu(600).build());
    }

    private static PlannedByHand plan() {
        return new PlannedByHand(problem(TYPES, pool -> pool));
    }

    private static List<String> zones(Sites sites, int at) {
        return List.copyOf(((Site.OfNode) sites.all().get(at)).possible(Labels.ZONE));
    }

    @Test
    void areSettledAsTheLikeliestWhereThatLetsAPodIn() {
        PlannedByHand plan = plan().node("web").node("in-2");
        Sites sites = plan.sites();
        assertThat(zones(sites, 0)).containsExactly("zone-1", "zone-2");
        assertThat(sites.all().getFirst().label(Labels.ZONE)).isEqualTo("zone-1");

        assertThat(admits(plan, sites, "loner", 1)).isTrue();

        assertThat(zones(sites, 0)).containsExactly("zone-1");
        assertThat(plan.nodes
                        .getFirst()
                        .narrowing()
                        .requirements()
                        .get(Labels.ZONE)
                        .values())
                .containsExactly("zone-1");
    }

    @Test
    void stayOpenWhereNoValueWouldLetAPodIn() {
        PlannedByHand plan = plan().node("web").node("in-1");
        Sites sites = plan.sites();
        Site before = sites.all().getFirst();

        assertThat(admits(plan, sites, "loner", 1)).isFalse();

        assertThat(sites.all().getFirst()).isSameAs(before);
        assertThat(zones(sites, 0)).containsExactly("zone-1", "zone-2");
        assertThat(plan.nodes
                        .getFirst()
                        .narrowing()
                        .requirements()
                        .get(Labels.ZONE)
                        .values())
                .doesNotContain("zone-1");
    }

    @Test
    void stayOpenWhereAPodIsLetInWhateverTheyAre() {
        PlannedByHand plan = plan().node("plain").node("in-2");
        Sites sites = plan.sites();

        assertThat(admits(plan, sites, "loner", 1)).isTrue();
        assertThat(admits(plan, sites, "plain", 1)).isTrue();

        assertThat(zones(sites, 0)).containsExactly("zone-1", "zone-2");
    }

    @Test
    void areSettledAsThePodsOwnDomainWhereThatAloneLetsItIn() {
        // In zone-1 the empty node would make another domain, with none of them.
        PlannedByHand plan = plan().node("plain").node("other-web");
        Sites sites = plan.sites();

        assertThat(admits(plan, sites, "spread", 1)).isTrue();

        assertThat(zones(sites, 0)).containsExactly("zone-2");
    }

    @Test
    void stayOpenWhereMinValuesNeedThem() {
        PlannedByHand plan = new PlannedByHand(problem(
                List.of(
                        type("x").zones("zone-1").onDemandOnly().build(),
                        type("y").zones("zone-2").onDemandOnly().build()),
                pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 2)));
        plan.node("web");
        Sites sites = plan.sites();
        assertThat(zones(sites, 0)).containsExactly("zone-1", "zone-2");
        PoolTemplate pool = plan.pass.pools().getFirst();
        Site.OfNode fresh = sites.fresh(pool, pool.untouched(), pool.untouched().rows(), 0);

        assertThat(new OpenLabels(sites, plan.pass.interner()).admits(plan.groups("loner"), fresh))
                .isFalse();
        assertThat(zones(sites, 0)).containsExactly("zone-1", "zone-2");
    }

    @Test
    void dependOnThoseSpreadsThatPodsHaveThemselves() {
        PlannedByHand plan = plan();

        assertThat(OpenLabels.spreadKeys(plan.groups("spread"))).containsExactly(Labels.ZONE);
        assertThat(OpenLabels.spreadKeys(plan.groups("web"))).isEmpty();
        assertThat(OpenLabels.spreadKeys(plan.groups("loner"))).isEmpty();
    }
}
