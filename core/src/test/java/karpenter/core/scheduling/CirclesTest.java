package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import org.junit.jupiter.api.Test;

/** Pods of a plan that wait for each other. */
class CirclesTest {
    private static final List<InstanceType> TYPES =
            List.of(type("x").zones("zone-1", "zone-2").onDemandOnly().build());

    /** Of each, one that needs the other: on its node, and in its zone. */
    private static Problem problem() {
        return new Problem()
                .pool(TYPES)
                .waiting(pod("egg")
                        .label("app", "egg")
                        .cpu(100)
                        .affinity(term(Labels.HOSTNAME, "app", "hen"))
                        .times(2))
                .waiting(pod("hen")
                        .label("app", "hen")
                        .cpu(200)
                        .affinity(term(Labels.ZONE, "app", "egg"))
                        .times(2))
                .waiting(pod("flock-1")
                        .label("app", "flock")
                        .selector(Labels.ZONE, "zone-1")
                        .cpu(300)
                        .affinity(term(Labels.ZONE, "app", "flock"))
                        .times(9))
                .waiting(pod("flock-2")
                        .label("app", "flock")
                        .selector(Labels.ZONE, "zone-2")
                        .cpu(400)
                        .affinity(term(Labels.ZONE, "app", "flock"))
                        .times(9))
                .waiting(pod("guest")
                        .label("app", "guest")
                        .cpu(500)
                        .affinity(term(Labels.ZONE, "app", "flock"))
                        .times(2))
                .waiting(pod("apart")
                        .label("app", "apart")
                        .cpu(600)
                        .antiAffinity(term(Labels.ZONE, "app", "apart"))
                        .spread(spread(Labels.ZONE, "app", "egg").build())
                        .times(2))
                .waiting(pod("plain").cpu(700).build());
    }

    private static List<String> waiting(Sites sites) {
        return new Circles(sites)
                .waiting().stream()
                        .map(each -> sites.all().indexOf(each.site()) + ": " + each.count())
                        .toList();
    }

    private static PlannedByHand plan() {
        return new PlannedByHand(problem());
    }

    @Test
    void areFoundWhereEachNeedsTheOther() {
        Sites sites = plan().node("plain").node("egg", "hen", "plain").sites();

        assertThat(waiting(sites)).containsExactlyInAnyOrder("1: 1", "1: 1");
        assertThat(waiting(sites)).as("all are in place again").hasSize(2);
    }

    @Test
    void areBrokenBySomebodyWhoIsThereAlready() {
        PlannedByHand plan = new PlannedByHand(problem()
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1").size(Types.resources(1, 1, 1)))
                .running(pod("running").label("app", "egg").on("m").build()));

        assertThat(waiting(plan.node("egg", "hen", "flock-1").sites())).isEmpty();
    }

    @Test
    void areNoneOfPodsThatAreTheirOwnCompany() {
        Sites sites = plan().node("flock-1", "flock-1").node("flock-1").sites();

        assertThat(waiting(sites)).isEmpty();
        PlannedByHand plan = plan().node("flock-1");
        assertThat(plan.sites()
                        .filters()
                        .admits(plan.groups("flock-1"), plan.sites().all().getFirst(), true, false))
                .isTrue();
    }

    @Test
    void areLedByTheFirstOfThoseOfWhomMostWait() {
        for (boolean mostFirst : new boolean[] {true, false}) {
            PlannedByHand plan = plan();
            Sites sites = mostFirst
                    ? plan.node("flock-1", "flock-1", "flock-1").node("flock-2").sites()
                    : plan.node("flock-2").node("flock-1", "flock-1", "flock-1").sites();

            assertThat(waiting(sites)).containsExactly(mostFirst ? "1: 1" : "0: 1");
        }
    }

    @Test
    void areFollowedByThoseWhoNeedTheirCompany() {
        Sites sites = plan().node("guest", "flock-1")
                .node("guest", "flock-1", "flock-1")
                .sites();

        assertThat(waiting(sites)).isEmpty();
        assertThat(waiting(plan().node("guest").node("plain").sites())).containsExactly("0: 1");
    }

    @Test
    void concernOnlyPodsThatNeedCompany() {
        PlannedByHand plan = plan();

        assertThat(Circles.needsCompany(plan.podClass("egg"))).isTrue();
        assertThat(Circles.needsCompany(plan.podClass("flock-1"))).isTrue();
        assertThat(Circles.needsCompany(plan.podClass("plain"))).isFalse();
        assertThat(Circles.needsCompany(plan.podClass("apart"))).isFalse();
        assertThat(waiting(plan.node("apart").node("plain").sites())).isEmpty();
    }

    @Test
    void takeStepsForEachLook() {
        Sites sites = plan().node("egg", "hen").node("flock-1", "guest").sites();
        sites.spend(499_000);
        int times = 0;
        while (!sites.isOver()) {
            assertThat(waiting(sites)).hasSize(2);
            times++;
        }
        assertThat(times).isBetween(50, 75);
    }
}
