package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import karpenter.core.topology.TopologyGroup;
import org.junit.jupiter.api.Test;

/**
 * Which zones a spread must reckon with because of nodes that are bought for others. Its owners are so large that they can only
 * go to zone-1 and zone-2.
 */
class UnexpectedDomainsTest {
    private static final InstanceType LARGE =
            type("large").size(8, 32, 110).price(1).zones("zone-1", "zone-2").build();
    private static final InstanceType SMALL =
            type("small").size(2, 4, 110).zones("zone-3").build();
    private static final InstanceType SMALL_ARM =
            type("arm").size(2, 4, 110).arch("arm64").zones("zone-3").build();

    private static Pods.Builder owner() {
        return pod("owner").label("app", "web").cpu(4000);
    }

    private static Constraints.Spread overZones() {
        return spread(Labels.ZONE, "app", "web");
    }

    private static Pods.Builder other() {
        return pod("other").cpu(100).selector(Labels.ZONE, "zone-3");
    }

    private static Problem problem(List<InstanceType> types, Pods.Builder owner, Pods.Builder other) {
        return waiting(new Problem().pool(types), owner, other);
    }

    private static Problem waiting(Problem problem, Pods.Builder owner, Pods.Builder other) {
        return problem.waiting(owner.times(2)).waiting(other.build());
    }

    private static SchedulingPass pass(Problem problem) {
        return new SchedulingPass(problem.input(), new Cutoff(() -> false));
    }

    private static Attempt tried(SchedulingPass pass, UnexpectedDomains domains) {
        Attempt attempt = new Attempt(pass, new HashMap<>(), domains);
        attempt.run();
        assertThat(pass.classes()).as("all have a place").allMatch(each -> each.unplaced() == 0);
        return attempt;
    }

    private static UnexpectedDomains none(SchedulingPass pass) {
        return new UnexpectedDomains(pass.topology().spreads());
    }

    /** Zones that the spread over zones doesn't reckon with. */
    private static List<String> unknown(SchedulingPass pass, Attempt attempt) {
        TopologyGroup overZones = pass.topology().spreads().stream()
                .filter(group -> group.key().equals(Labels.ZONE))
                .findFirst()
                .orElseThrow();
        return Types.ZONES.stream()
                .filter(zone -> !attempt.counts().reckonsWith(overZones, zone))
                .toList();
    }

    /** The zones that become known by the way. */
    private static List<String> found(Problem problem) {
        SchedulingPass pass = pass(problem);
        UnexpectedDomains domains = none(pass);
        Attempt attempt = tried(pass, domains);
        List<String> before = unknown(pass, attempt);
        domains.find(attempt.planned(), attempt.counts());
        List<String> after = unknown(pass, attempt);
        return before.stream().filter(zone -> !after.contains(zone)).toList();
    }

    @Test
    void aZoneThatAnothersNodeOpensCounts() {
        assertThat(found(problem(
                        List.of(LARGE, SMALL), owner().spread(overZones().build()), other())))
                .containsExactly("zone-3");
    }

    @Test
    void aZoneCountsThatTheProviderMayChooseForAnothersNode() {
        InstanceType open =
                type("open").size(2, 4, 110).zones("zone-2", "zone-3").build();
        Pods.Builder other = pod("other").cpu(100).selector(Types.FAMILY, "open");

        assertThat(found(
                        problem(List.of(LARGE, open), owner().spread(overZones().build()), other)))
                .containsExactly("zone-3");
    }

    @Test
    void aZoneOfMachinesThatAreTooSmallForTheNodesPodsDoesNotCount() {
        Pods.Builder tooLarge = pod("other").cpu(6000);

        assertThat(found(problem(
                        List.of(LARGE, SMALL), owner().spread(overZones().build()), tooLarge)))
                .isEmpty();
    }

    @Test
    void aNodeCountsThatOneOfTheOwnersAffinityTermsAllows() {
        for (List<String> architectures : List.of(List.of("amd64", "s390x"), List.of("s390x", "amd64"))) {
            Pods.Builder owner = owner().spread(overZones().build());
            architectures.forEach(architecture -> owner.require(in(Labels.ARCH, architecture)));

            assertThat(found(problem(List.of(LARGE, SMALL), owner, other())))
                    .as("%s", architectures)
                    .containsExactly("zone-3");
        }
    }

    @Test
    void aNodeThatNoneOfTheOwnersAffinityTermsAllowsDoesNotCount() {
        Pods.Builder owner = owner().spread(overZones().build())
                .require(in(Labels.ARCH, "s390x"))
                .require(in(Labels.ARCH, "amd64"));

        assertThat(found(problem(List.of(LARGE, SMALL_ARM), owner, other()))).isEmpty();
    }

    @Test
    void aZoneCountsWhereTheNodeMayComeToBeAsTheOwnersAffinityWants() {
        Pods.Builder owner = owner().spread(overZones().build())
                .require(in(Labels.ARCH, "amd64"))
                .require(in(Labels.ARCH, "s390x"));
        Pods.Builder open = pod("other").cpu(100).require(in(Types.FAMILY, "arm", "old", "small"));
        InstanceType old = type("old").size(2, 4, 110).zones("zone-2").build();

        assertThat(found(problem(List.of(LARGE, SMALL_ARM, old), owner, open)))
                .as("in zone-3 it would have the wrong architecture")
                .isEmpty();
        assertThat(found(problem(List.of(LARGE, SMALL_ARM, old, SMALL), owner, open)))
                .containsExactly("zone-3");
    }

    @Test
    void anyNodeCountsWhenTheSpreadIgnoresAffinity() {
        Pods.Builder owner =
                owner().spread(overZones().affinityPolicy("Ignore").build()).require(in(Labels.ARCH, "amd64"));

        assertThat(found(problem(List.of(LARGE, SMALL_ARM), owner, other()))).containsExactly("zone-3");
    }

    @Test
    void aNodeCountsOnlyWithTheLabelsOfAllTheOwnersConstraints() {
        Pods.Builder owner = owner().spread(overZones().build())
                .spread(spread("rack", "app", "web").maxSkew(9).build());
        for (String pool : List.of("racks", "plain")) {
            Problem problem = new Problem()
                    .pool("racks", List.of(LARGE, SMALL), each -> each.labels(Map.of("rack", "1")))
                    .pool("plain", List.of(SMALL), each -> each);

            assertThat(found(waiting(problem, owner, other().selector(Labels.NODE_POOL, pool))))
                    .as(pool)
                    .isEqualTo(pool.equals("racks") ? List.of("zone-3") : List.of());
        }
    }

    @Test
    void aTaintedNodeCountsUnlessTaintsAreHonored() {
        for (String policy : List.of("Honor", "Ignore")) {
            Problem problem = new Problem()
                    .pool("plain", List.of(LARGE), each -> each)
                    .pool("tainted", List.of(SMALL), each -> each.taint("x", "", Taint.NO_SCHEDULE));
            Pods.Builder owner = owner().spread(overZones().taintsPolicy(policy).build());

            assertThat(found(waiting(problem, owner, other().tolerate("x", "Exists", "", ""))))
                    .as(policy)
                    .isEqualTo(policy.equals("Honor") ? List.of() : List.of("zone-3"));
        }
    }

    @Test
    void aZoneThatIsReckonedWithAnywayIsNoNews() {
        assertThat(found(problem(
                        List.of(LARGE, SMALL),
                        owner().spread(overZones().build()),
                        pod("other").cpu(100).selector(Labels.ZONE, "zone-1"))))
                .isEmpty();
    }

    @Test
    void theNextAttemptReckonsWithWhatWasFound() {
        SchedulingPass pass =
                pass(problem(List.of(LARGE, SMALL), owner().spread(overZones().build()), other()));
        UnexpectedDomains domains = none(pass);
        Attempt first = tried(pass, domains);
        domains.find(first.planned(), first.counts());

        assertThat(unknown(pass, tried(pass, domains))).isEmpty();
        assertThat(unknown(pass, tried(pass, none(pass)))).containsExactly("zone-3");
    }
}
