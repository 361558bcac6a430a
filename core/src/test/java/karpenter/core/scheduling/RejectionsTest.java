package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which pods are turned away, and with which words. */
class RejectionsTest {
    private static RejectionReason reason(Problem problem) {
        SchedulingResult result = problem.solve();
        assertThat(result.rejections()).hasSize(1);
        return result.rejections().getFirst().reason();
    }

    private static String reasonOf(Pods.Builder pod) {
        return reason(new Problem()
                        .pool("default", Types.ladder(5), pool -> pool.require(in("team", "a")))
                        .waiting(pod.build()))
                .text();
    }

    static Stream<Arguments> unsupported() {
        return Stream.of(Arguments.of(pod("a").resourceClaim(), "dynamic resource claims"));
    }

    @ParameterizedTest
    @MethodSource("unsupported")
    void refusesWhatIsNotSupportedByName(Pods.Builder pod, String feature) {
        assertThat(reasonOf(pod)).isEqualTo("the pod asks for " + feature + ", which is not supported yet");
    }

    @Test
    void saysWhichDomainsOthersKeepAPodOutOf() {
        RejectionReason reason = reason(new Problem()
                .pool("default", Types.ladder(5), pool -> pool.require(in(Labels.ZONE, "zone-1")))
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-1"))
                .running(pod("keeper")
                        .antiAffinity(Labels.ZONE, Map.of("app", "db"))
                        .on("m")
                        .build())
                .waiting(pod("a").labels(Map.of("app", "db")).build()));

        assertThat(reason.text())
                .isEqualTo("nodepool \"default\": unsatisfiable topology constraint for other pods' pod anti-affinity, "
                        + "key=topology.kubernetes.io/zone (counts = {zone-1=0}, "
                        + "podDomains = topology.kubernetes.io/zone Exists, nodeDomains = [zone-1])");
    }

    @Test
    void saysHowManyPodsAreInTheDomainsThatAreTooFull() {
        RejectionReason reason = reason(new Problem()
                .pool(Types.ladder(5))
                .machine("m", machine -> machine.label(Labels.ZONE, "zone-9").taint("x", "NoSchedule"))
                .waiting(pod("a").label("app", "x").spread(Labels.ZONE, true).times(4)));

        assertThat(reason.text())
                .isEqualTo("nodepool \"default\": unsatisfiable topology constraint for topology spread, "
                        + "key=topology.kubernetes.io/zone (counts = {zone-1=1, zone-2=1, zone-3=1, zone-9=0}, "
                        + "podDomains = topology.kubernetes.io/zone Exists, nodeDomains = [zone-1, zone-2, zone-3])");
    }

    @Test
    void saysThatThereIsNoCompany() {
        assertThat(reasonOf(pod("a").affinity(Constraints.term(Labels.HOSTNAME, "app", "nobody"))))
                .startsWith("nodepool \"default\": unsatisfiable topology constraint for pod affinity, "
                        + "key=kubernetes.io/hostname");
    }

    static Stream<Arguments> invalid() {
        return Stream.of(
                Arguments.of(pod("a").selector("-x", "1"), "spec.nodeSelector: \"-x\" is no label key"),
                Arguments.of(pod("a").selector("x", "a b"), "spec.nodeSelector[x]: \"a b\" is no label value"),
                Arguments.of(
                        pod("a").selector("karpenter.sh/registered", "true"),
                        "spec.nodeSelector: \"karpenter.sh/registered\" is restricted"),
                Arguments.of(
                        pod("a").selector(Labels.HOSTNAME, "h"),
                        "spec.nodeSelector: \"kubernetes.io/hostname\" is restricted"),
                Arguments.of(pod("a").require(NodeSelectorRequirement.of("x", "Like", "1")), "\"Like\" is no operator"),
                Arguments.of(
                        pod("a").require(NodeSelectorRequirement.of("x", "In")), "\"In\" needs at least one value"),
                Arguments.of(
                        pod("a").require(NodeSelectorRequirement.of("x", "Gt", "one")),
                        "\"Gt [one]\" needs exactly one value, an integer"),
                Arguments.of(
                        pod("a").require(NodeSelectorRequirement.of("x", "Exists", "1")), "\"Exists\" takes no values"),
                Arguments.of(pod("a").require(new NodeSelectorTerm(List.of(), true)), "\"matchFields\" can't be met"),
                Arguments.of(pod("a").require(), "matches no node, as an empty term never does"));
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void namesTheFieldTheValueAndTheCure(Pods.Builder pod, String words) {
        assertThat(reasonOf(pod)).contains(words);
    }

    @Test
    void saysNothingAboutPodsThatKeepOffKarpentersNodes() {
        RejectionReason reason = reason(new Problem()
                .pool(Types.ladder(5))
                .waiting(pod("a").require(NodeSelectorRequirement.of(Labels.NODE_POOL, "DoesNotExist"))
                        .build()));

        assertThat(reason).isEqualTo(new RejectionReason.KeepsOff());
        assertThat(reason.silent()).isTrue();
    }

    @Test
    void saysThatThereIsNoPool() {
        assertThat(reason(new Problem().waiting(pod("a").build())).text()).isEqualTo("no dynamic nodepools found");
    }

    @Test
    void saysThatAPoolsOwnRequirementsLeaveItNothing() {
        Problem problem = new Problem()
                .pool("none", Types.ladder(5), pool -> pool.require(in(Labels.ARCH, "s390x")))
                .pool("few", Types.ladder(5), pool -> pool.require(Labels.INSTANCE_TYPE, "Exists", 9))
                .waiting(pod("a").build());
        SchedulingResult result = problem.solve();

        assertThat(result.emptyPools().stream().map(empty -> empty.pool().name() + " " + empty.byMinValues()))
                .containsExactly("none false", "few true");
        assertThat(result.rejections().getFirst().reason().text())
                .isEqualTo("nodepool \"none\": nodepool requirements filtered out all available instance types; "
                        + "nodepool \"few\": minValues requirement is not met for label(s)"
                        + " (label(s)=[node.kubernetes.io/instance-type]): 5 of 9 values are left");
    }

    @Test
    void saysWhichLabelHasNoKnownValues() {
        assertThat(reasonOf(pod("a").selector("owner", "b")))
                .isEqualTo(
                        "nodepool \"default\": incompatible requirements, label \"owner\" does not have known values");
    }

    @Test
    void saysWhichValuesExcludeEachOther() {
        assertThat(reasonOf(pod("a").selector("team", "b")))
                .isEqualTo("nodepool \"default\": incompatible requirements, key team, team In [b] not in team In [a]");
    }

    @Test
    @Covers("scheduling/instance_selection: not schedulable")
    void saysWhichRequirementNoTypeMeets() {
        assertThat(reasonOf(pod("a").selector(Labels.ARCH, "arm64")))
                .startsWith("nodepool \"default\": no instance type met all requirements (of 5 types 0 meet the"
                        + " requirements, 5 have the resources, 5 have an offering;"
                        + " 0 of 5 types with kubernetes.io/arch In [arm64])");
    }

    @Test
    @Covers("scheduling/instance_selection: not schedulable")
    void saysWhichResourceIsScarce() {
        assertThat(reasonOf(pod("a").memoryMib(96 * 1024)))
                .startsWith("nodepool \"default\": no instance type has enough resources (of 5 types 5 meet the"
                        + " requirements, 0 have the resources, 5 have an offering;"
                        + " 0 of 5 types with >= 96Gi memory)")
                .endsWith("resources={\"memory\":\"96Gi\",\"pods\":\"1\"}");
    }

    @Test
    void suspectsATypoInAMillionCores() {
        assertThat(reasonOf(pod("a").cpu(1_000_000_000L))).contains("(CPU request >= 1 Million, m vs M typo?)");
    }

    @Test
    @Covers("scheduling/instance_selection: not schedulable")
    void saysThatNoOfferingIsLeft() {
        String text = reason(new Problem()
                        .pool(List.of(type("x")
                                .unavailable("zone-1/spot", "zone-1/on-demand")
                                .build()))
                        .waiting(pod("a").selector(Labels.ZONE, "zone-1").build()))
                .text();

        assertThat(text).contains("no instance type has the required offering");
    }

    @Test
    void saysWhichCriteriaAreNeverMetTogether() {
        String text = reason(new Problem()
                        .pool(List.of(
                                type("small").size(1, 1, 9).build(),
                                type("large").size(9, 9, 9).arch("arm64").build()))
                        .waiting(pod("a").cpu(4000)
                                .selector(Labels.ARCH, "amd64")
                                .build()))
                .text();

        assertThat(text).contains("no instance type which met the scheduling requirements had enough resources");
    }

    @Test
    void saysWhichLimitIsReached() {
        String text = reason(new Problem()
                        .pool(
                                "default",
                                Types.ladder(5),
                                pool -> pool.limit("cpu", "2").limit("memory", "100Gi"))
                        .waiting(pod("a").cpu(2500).build()))
                .text();

        assertThat(text)
                .isEqualTo("nodepool \"default\": all available instance types exceed limits for nodepool"
                        + " (NodePool=default), limited by cpu");
    }

    @Test
    void ordersRejectionsByPod() {
        SchedulingResult result = new Problem()
                .waiting(
                        pod("b").build(),
                        pod("c").affinity(Labels.ZONE).build(),
                        pod("a").cpu(5).build())
                .solve();

        assertThat(result.rejections().stream()
                        .map(rejection -> rejection.pod().key().name()))
                .containsExactly("a", "b", "c");
    }

    private static String reasonOf(List<InstanceType> types, Pods.Builder pod) {
        return reason(new Problem().pool(types).waiting(pod.build())).text();
    }

    private static Types.Builder soldOutInZone1(String name) {
        return type(name).unavailable("zone-1/spot", "zone-1/on-demand");
    }

    @Test
    void saysThatNoTypeWithTheRequirementsHasTheOffering() {
        List<InstanceType> types =
                List.of(type("arm").arch("arm64").build(), soldOutInZone1("amd").build());

        assertThat(reasonOf(types, pod("a").selector(Labels.ARCH, "amd64").selector(Labels.ZONE, "zone-1")))
                .contains("no instance type which met the scheduling requirements had a required offering"
                        + " (of 2 types 1 meet the requirements, 2 have the resources, 1 have an offering)");
    }

    @Test
    void saysThatNoTypeWithTheResourcesHasTheOffering() {
        List<InstanceType> types = List.of(
                type("small").size(1, 1, 9).build(),
                soldOutInZone1("large").size(9, 9, 9).build());

        assertThat(reasonOf(types, pod("a").cpu(4000).selector(Labels.ZONE, "zone-1")))
                .contains("no instance type which had enough resources had a required offering"
                        + " (of 2 types 2 meet the requirements, 1 have the resources, 1 have an offering)");
    }

    @Test
    void saysThatAnyTwoCriteriaAreMetTogetherButNotAllThree() {
        List<InstanceType> types = List.of(
                type("small").size(1, 1, 9).build(),
                type("arm").size(9, 9, 9).arch("arm64").build(),
                soldOutInZone1("large").size(9, 9, 9).build());

        assertThat(reasonOf(
                        types, pod("a").cpu(4000).selector(Labels.ARCH, "amd64").selector(Labels.ZONE, "zone-1")))
                .contains("no instance type met the requirements/resources/offering tuple"
                        + " (of 3 types 2 meet the requirements, 2 have the resources, 2 have an offering)");
    }

    @Test
    void saysWhichHostPortsDaemonSetsTakeOnEveryTypeThatWouldDo() {
        List<InstanceType> types = List.of(
                type("small").size(1, 4, 9).arch("arm64").build(),
                type("large").size(4, 16, 9).build());
        Pods.Builder onAll = pod("d").port("", 9100, "TCP");
        Pods.Builder onLarge = pod("d").port("", 9100, "TCP").selector(Labels.ARCH, "amd64");
        for (Pods.Builder daemon : List.of(onAll, onLarge)) {
            RejectionReason reason = reason(new Problem()
                    .pool(types)
                    .daemonSet("d", daemon.shape())
                    .waiting(pod("a").cpu(3000).port("", 9100, "TCP").build()));

            assertThat(reason.text())
                    .isEqualTo(
                            "nodepool \"default\": host ports [9100] are taken by DaemonSets on every instance type");
        }
    }

    @Test
    void namesTheRequirementThatTheFewestTypesMeet() {
        List<InstanceType> types =
                List.of(type("x.amd").build(), type("y.arm").arch("arm64").build());

        assertThat(reasonOf(types, pod("a").selector(Types.FAMILY, "x").selector(Labels.ARCH, "s390x")))
                .contains("; 0 of 2 types with kubernetes.io/arch In [s390x])");
        assertThat(reasonOf(types, pod("a").selector(Types.FAMILY, "x").selector(Labels.ARCH, "arm64")))
                .as("the first by name of those that as few meet")
                .contains("; 1 of 2 types with example.com/family In [x])");
    }

    @Test
    void namesTheResourceThatTheFewestTypesHaveEnoughOf() {
        assertThat(reasonOf(Types.ladder(5), pod("a").cpu(1000).memoryMib(96 * 1024)))
                .contains("; 0 of 5 types with >= 96Gi memory)");
        List<InstanceType> types = List.of(
                type("cores").size(8, 1, 9).build(),
                type("memory").size(1, 8, 9).build());
        assertThat(reasonOf(types, pod("a").cpu(9000).memoryMib(4 * 1024))).contains("; 0 of 2 types with >= 9 cpu)");
        assertThat(reasonOf(types, pod("a").cpu(4000).memoryMib(4 * 1024)))
                .as("each has enough of one")
                .contains("no instance type has enough resources (of 2 types 2 meet the requirements, 0 have")
                .contains("; 1 of 2 types with >= 4 cpu)");
    }
}
