package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.resource.ResourceVector;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** What DaemonSets take of new nodes. */
class DaemonsTest {
    private static final List<InstanceType> TYPES = List.of(
            type("a.x")
                    .size(4, 16, 110)
                    .price(0.1)
                    .overhead(ResourceVector.ZERO)
                    .build(),
            type("b.x")
                    .size(4, 16, 110)
                    .price(0.2)
                    .overhead(ResourceVector.ZERO)
                    .arch("arm64")
                    .build());

    private static ResourceVector requests(Problem problem) {
        SchedulingResult result = problem.solve();
        assertThat(result.rejections()).isEmpty();
        assertThat(result.plans()).hasSize(1);
        return result.plans().getFirst().requests();
    }

    private static Problem with(Pods.Builder daemon) {
        return new Problem()
                .pool(TYPES)
                .daemonSet("d", daemon.shape())
                .waiting(pod("a").cpu(1000).build());
    }

    @Test
    @Covers("provisioning: daemonset overhead")
    void countsADaemonThatRunsEverywhere() {
        assertThat(requests(with(pod("d").cpu(300))))
                .isEqualTo(ResourceVector.of(1300, 0).with("pods", 2));
    }

    @Test
    @Covers("provisioning: daemonset instance type filters")
    void countsTheLeastThatAnyListedTypeLoses() {
        assertThat(requests(with(pod("d").cpu(300).selector(Labels.ARCH, "arm64"))))
                .isEqualTo(ResourceVector.of(1000, 0).with("pods", 1));
    }

    @Test
    @Covers("provisioning: daemonset instance type filters")
    void leavesOutTypesOnWhichDaemonsLeaveTooLittle() {
        SchedulingResult result = new Problem()
                .pool(TYPES)
                .daemonSet(
                        "d", pod("d").cpu(2000).selector(Labels.ARCH, "amd64").shape())
                .waiting(pod("a").cpu(3000).build())
                .solve();

        assertThat(result.plans().getFirst().instanceTypes()).containsExactly(TYPES.get(1));
    }

    @Test
    @Covers("provisioning: daemonset overhead from a live pod")
    void prefersTheNewestLivePodToTheTemplate() {
        Problem problem = with(pod("d").cpu(300))
                .machine("m", machine -> machine.taint("full", Taint.NO_SCHEDULE))
                .running(pod("d-1").daemonOf("d").cpu(400).on("m").build())
                .running(pod("d-2")
                        .daemonOf("d")
                        .cpu(700)
                        .created(Pods.BIRTH.plusSeconds(5))
                        .on("m")
                        .build());

        assertThat(requests(problem).milliCpu()).isEqualTo(1700);
    }

    @Test
    @Covers("provisioning: daemonset affinity replacement and NotIn")
    void replacesALivePodsAffinityWhichPinsItToItsNode() {
        Problem problem = with(pod("d").cpu(300).require(in(Labels.ARCH, "amd64", "arm64")))
                .machine("m", machine -> machine.taint("full", Taint.NO_SCHEDULE))
                .running(pod("d-1")
                        .daemonOf("d")
                        .cpu(300)
                        .require(new NodeSelectorTerm(List.of(), true))
                        .on("m")
                        .build());

        assertThat(requests(problem).milliCpu()).isEqualTo(1300);
    }

    @Test
    void triesADaemonsRequiredTermsOnEachTypeAnew() {
        Pods.Builder daemon =
                pod("d").cpu(300).require(in(Labels.ARCH, "amd64")).require(in(Labels.ARCH, "arm64"));

        assertThat(requests(with(daemon)).milliCpu()).isEqualTo(1300);
    }

    @Test
    void countsNoDaemonThatSelectsAnotherLabel() {
        assertThat(requests(with(pod("d").cpu(300).selector("team", "x"))).milliCpu())
                .isEqualTo(1000);
        assertThat(requests(with(pod("d").cpu(300).require(NodeSelectorRequirement.of("team", "NotIn", "x"))))
                        .milliCpu())
                .isEqualTo(1300);
    }

    @Test
    void countsDaemonsThatWaitForInitializedNodes() {
        assertThat(requests(with(pod("d").cpu(300).selector(Labels.INITIALIZED, "true")))
                        .milliCpu())
                .isEqualTo(1300);
    }

    @Test
    @Covers("provisioning: daemonset taints")
    void countsDaemonsThatTolerateThePoolsTaints() {
        Problem problem = new Problem()
                .pool(
                        "default",
                        TYPES,
                        pool -> pool.taint("t", "", Taint.NO_SCHEDULE)
                                .taint("soft", "", Taint.PREFER_NO_SCHEDULE)
                                .startupTaint("starting"))
                .daemonSet(
                        "yes",
                        pod("yes").cpu(100).tolerate("t", "Exists", "", "").shape())
                .daemonSet("no", pod("no").cpu(200).shape())
                .waiting(pod("a").cpu(1000).tolerateAll().build());

        assertThat(requests(problem).milliCpu()).isEqualTo(1100);
    }

    @Test
    @Covers("provisioning: daemonset host ports")
    void keepsPodsOffPortsThatDaemonsTake() {
        SchedulingResult result = with(pod("d").port("", 9100, "TCP").selector(Labels.ARCH, "amd64"))
                .waiting(pod("b").port("", 9100, "TCP").build())
                .solve();

        assertThat(result.rejections()).isEmpty();
        NodePlan plan = result.plans().stream()
                .filter(each ->
                        each.pods().stream().anyMatch(p -> p.key().name().equals("b")))
                .findFirst()
                .orElseThrow();
        assertThat(plan.instanceTypes()).containsExactly(TYPES.get(1));
    }

    @Test
    void skipsDaemonsThatAskForDynamicResources() {
        assertThat(requests(with(pod("d").cpu(300).resourceClaim())).milliCpu()).isEqualTo(1000);
    }

    @Test
    void ignoresADaemonsPreferences() {
        assertThat(requests(with(pod("d").cpu(300).prefer(1, in(Labels.ARCH, "s390x"))))
                        .milliCpu())
                .isEqualTo(1300);
    }

    @Test
    @Covers("provisioning: daemonset PreferNoSchedule")
    void countsDaemonsThatDoNotTolerateATaintThatIsOnlyAPreference() {
        Problem problem = new Problem()
                .pool("default", TYPES, pool -> pool.taint("soft", "", Taint.PREFER_NO_SCHEDULE))
                .daemonSet("d", pod("d").cpu(300).shape())
                .waiting(pod("a").cpu(1000).build());

        assertThat(requests(problem).milliCpu()).isEqualTo(1300);
    }

    @Test
    void keepsRoomOnACordonedMachineForADaemonThatIsGivenATolerationOfThat() {
        Problem problem = new Problem()
                .machine(
                        "m",
                        machine -> machine.taint("node.kubernetes.io/unschedulable", Taint.NO_SCHEDULE)
                                .size(Types.resources(4, 16, 1)))
                .pool("none", List.of(), pool -> pool)
                .daemonSet("d", pod("d").shape())
                .waiting(pod("a").tolerateAll().build());

        assertThat(problem.solve().placements()).isEmpty();
    }
}
