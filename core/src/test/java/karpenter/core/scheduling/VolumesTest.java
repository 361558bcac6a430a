package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Pods.term;
import static karpenter.core.scheduling.Volumes.bound;
import static karpenter.core.scheduling.Volumes.claim;
import static karpenter.core.scheduling.Volumes.defaultClass;
import static karpenter.core.scheduling.Volumes.inZones;
import static karpenter.core.scheduling.Volumes.key;
import static karpenter.core.scheduling.Volumes.limit;
import static karpenter.core.scheduling.Volumes.local;
import static karpenter.core.scheduling.Volumes.storageClass;
import static karpenter.core.scheduling.Volumes.unbound;
import static karpenter.core.scheduling.Volumes.volume;
import static karpenter.core.scheduling.Volumes.zonal;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import karpenter.api.Labels;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.PersistentVolume;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.StorageClass;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the volumes of a pod say about its node. */
class VolumesTest {
    private static Problem problem(ClusterDelta... given) {
        Problem problem = new Problem().pool(Types.ladder(5));
        for (ClusterDelta delta : given) {
            problem.given(delta);
        }
        return problem;
    }

    private static Pod user(String claim) {
        return pod("user").cpu(100).volumeClaim(claim).build();
    }

    private static RejectionReason reason(Problem problem) {
        SchedulingResult result = problem.solve();
        assertThat(result.rejections()).as("%s", result).hasSize(1);
        return result.rejections().getFirst().reason();
    }

    /** The zones that each plan leaves open, by the first of its pods. */
    private static Map<String, Set<String>> zones(SchedulingResult result) {
        assertThat(result.rejections()).isEmpty();
        Map<String, Set<String>> zones = new TreeMap<>();
        for (NodePlan plan : result.plans()) {
            zones.put(
                    plan.pods().getFirst().key().name(),
                    plan.requirements().get(Labels.ZONE).values());
        }
        return zones;
    }

    private static PersistentVolumeClaim odd(boolean completed, boolean lost, boolean deleting) {
        return new PersistentVolumeClaim(key("data"), "pv", completed, null, lost, deleting, false, null);
    }

    static Stream<Arguments> troubles() {
        return Stream.of(
                Arguments.of(List.of(), "the claim does not exist"),
                Arguments.of(
                        List.of(claim(odd(true, false, true)), zonal("pv", "zone-1")), "the claim is being deleted"),
                Arguments.of(
                        List.of(claim(odd(true, true, false)), zonal("pv", "zone-1")),
                        "the claim has lost its volume (phase Lost)"),
                Arguments.of(
                        List.of(claim(odd(false, false, false)), zonal("pv", "zone-1")),
                        "the claim is being bound to volume \"pv\""),
                Arguments.of(
                        List.of(bound("data", "pv")), "volume \"pv\", which the claim is bound to, does not exist"),
                Arguments.of(
                        List.of(
                                bound("data", "pv"),
                                new ClusterDelta.PersistentVolumeChanged(
                                        new PersistentVolume("pv", "d", false, List.of(), true))),
                        "volume \"pv\", which the claim is bound to, is being deleted"),
                Arguments.of(
                        List.of(bound("data", "pv"), volume("pv", new NodeSelectorTerm(List.of(), true))),
                        "volume \"pv\" has a node affinity that no labels can meet"),
                Arguments.of(List.of(unbound("data", null)), "the claim is not bound and has no storage class"),
                Arguments.of(
                        List.of(unbound("data", ""), defaultClass("default", Pods.BIRTH)),
                        "the claim is not bound and has no storage class"),
                Arguments.of(
                        List.of(unbound("data", "fast")), "storage class \"fast\" of the unbound claim does not exist"),
                Arguments.of(
                        List.of(
                                unbound("data", "fast"),
                                storageClass(new StorageClass("fast", "d", false, false, Pods.BIRTH, List.of()))),
                        "the claim is not bound yet, and storage class \"fast\" binds at once"
                                + " (volumeBindingMode Immediate)"));
    }

    @ParameterizedTest
    @MethodSource("troubles")
    @Covers("scheduling: lost and deleting PVCs")
    void aPodWaitsForItsVolumeAndOthersDoNot(List<ClusterDelta> given, String text) {
        SchedulingResult result = problem(given.toArray(ClusterDelta[]::new))
                .waiting(user("data"), pod("other").cpu(100).build())
                .solve();

        assertThat(result.rejections())
                .singleElement()
                .satisfies(rejection -> assertThat(rejection.reason().text())
                        .isEqualTo("volume \"data\" (PersistentVolumeClaim default/data): " + text));
        assertThat(result.plans()).hasSize(1);
    }

    @Test
    @Covers("provisioning: volume topology")
    void aBoundVolumeDecidesTheZone() {
        assertThat(zones(problem(bound("data", "pv"), zonal("pv", "zone-2"))
                        .waiting(user("data"))
                        .solve()))
                .isEqualTo(Map.of("user", Set.of("zone-2")));
    }

    @Test
    void aBoundVolumesStorageClassIsNotLookedAt() {
        assertThat(problem(bound("data", "pv"), volume("pv"))
                        .waiting(user("data"))
                        .solve()
                        .plans())
                .hasSize(1);
    }

    @Test
    @Covers("scheduling: multi-zone volumes and storage classes")
    void termsOfAVolumeAreAlternatives() {
        Problem problem = problem(bound("data", "pv"), volume("pv", inZones("zone-9"), inZones("zone-3")));
        assertThat(problem.waiting(user("data")).solve().plans())
                .as("zone-9 is nowhere to be had")
                .extracting(plan -> plan.cheapest().zone())
                .containsExactly("zone-3");
    }

    @Test
    @Covers("scheduling: multi-zone volumes and storage classes")
    void aVolumeInSeveralZonesLeavesTheChoice() {
        Problem problem = new Problem()
                .pool(List.of(
                        Types.type("a.dear").price(2).zones("zone-1").build(),
                        Types.type("b.cheap").price(1).zones("zone-2").build()))
                .given(bound("data", "pv"))
                .given(volume("pv", inZones("zone-1"), inZones("zone-2")));
        assertThat(problem.waiting(user("data")).solve().plans())
                .as("the second term is as good as the first, and cheaper")
                .extracting(plan -> plan.cheapest().zone())
                .containsExactly("zone-2");
    }

    @Test
    void oldZoneLabelsOfVolumesAreRead() {
        NodeSelectorTerm old = term(in("failure-domain.beta.kubernetes.io/zone", "zone-2"));
        assertThat(zones(problem(bound("data", "pv"), volume("pv", old))
                        .waiting(user("data"))
                        .solve()))
                .isEqualTo(Map.of("user", Set.of("zone-2")));
    }

    @Test
    @Covers("provisioning: volume topology")
    void anUnboundClaimGoesWhereItsClassAllows() {
        assertThat(zones(problem(unbound("data", "fast"), storageClass("fast", inZones("zone-3")))
                        .waiting(user("data"))
                        .solve()))
                .isEqualTo(Map.of("user", Set.of("zone-3")));
    }

    @Test
    @Covers("scheduling: default and newest StorageClass")
    void anUnboundClaimWithoutAClassIsOfTheNewestDefaultClass() {
        assertThat(zones(problem(
                                unbound("data", null),
                                defaultClass("new", Pods.BIRTH.plusSeconds(9), inZones("zone-2")),
                                defaultClass("old", Pods.BIRTH, inZones("zone-1")))
                        .waiting(user("data"))
                        .solve()))
                .isEqualTo(Map.of("user", Set.of("zone-2")));
    }

    @Test
    @Covers({"provisioning: volume topology", "scheduling: multi-zone volumes and storage classes"})
    void severalVolumesMustBeReachedTogether() {
        Pod pod = pod("user").volumeClaim("one").volumeClaim("two").build();
        assertThat(zones(problem(
                                bound("one", "pv-1"),
                                bound("two", "pv-2"),
                                volume("pv-1", inZones("zone-1"), inZones("zone-2")),
                                volume("pv-2", inZones("zone-3"), inZones("zone-2")))
                        .waiting(pod)
                        .solve()))
                .isEqualTo(Map.of("user", Set.of("zone-2")));
    }

    @Test
    void volumesInDifferentPlacesAreNamed() {
        Pod pod = pod("user")
                .volumeClaim("one")
                .volumeClaim("two")
                .volumeClaim("three")
                .build();
        RejectionReason reason = reason(problem(
                        bound("one", "pv-1"),
                        bound("two", "pv-2"),
                        bound("three", "pv-3"),
                        zonal("pv-1", "zone-1"),
                        volume("pv-2", inZones("zone-2"), term(in(Labels.ZONE, "zone-3"), in("rack", "7"))),
                        volume("pv-3"))
                .waiting(pod));
        assertThat(reason.text())
                .isEqualTo("the pod's volumes can't be reached from one node:"
                        + " PersistentVolumeClaim default/one from (topology.kubernetes.io/zone In [zone-1]);"
                        + " PersistentVolumeClaim default/two from (topology.kubernetes.io/zone In [zone-2])"
                        + " or (rack In [7], topology.kubernetes.io/zone In [zone-3])");
    }

    @Test
    @Covers("provisioning: volume topology")
    void aSelectorThatExcludesTheVolumeIsNamed() {
        Pod pod =
                pod("user").volumeClaim("data").selector(Labels.ZONE, "zone-1").build();
        assertThat(reason(problem(bound("data", "pv"), zonal("pv", "zone-2")).waiting(pod))
                        .text())
                .isEqualTo("the pod's node selector or affinity excludes the nodes that can reach its volumes:"
                        + " key topology.kubernetes.io/zone, topology.kubernetes.io/zone In [zone-1] not in"
                        + " topology.kubernetes.io/zone In [zone-2]");
    }

    @Test
    void ofRequiredTermsTheOneThatSuitsTheVolumeIsTaken() {
        Pod pod = pod("user")
                .volumeClaim("data")
                .require(in(Labels.ZONE, "zone-1"))
                .require(in(Labels.ZONE, "zone-2"))
                .build();
        assertThat(zones(problem(bound("data", "pv"), zonal("pv", "zone-2"))
                        .waiting(pod)
                        .solve()))
                .isEqualTo(Map.of("user", Set.of("zone-2")));
    }

    @Test
    void aPreferenceThatExcludesTheVolumeIsGivenUp() {
        Pod pod = pod("user")
                .volumeClaim("data")
                .prefer(1, in(Labels.ZONE, "zone-1"))
                .build();
        assertThat(zones(problem(bound("data", "pv"), zonal("pv", "zone-2"))
                        .waiting(pod)
                        .solve()))
                .isEqualTo(Map.of("user", Set.of("zone-2")));
    }

    @Test
    void whenNoPoolReachesAVolumeItIsSaid() {
        assertThat(reason(problem(bound("data", "pv"), zonal("pv", "zone-9")).waiting(user("data")))
                        .text())
                .startsWith("nodepool \"default\": ")
                .endsWith("; its volumes can be reached from (topology.kubernetes.io/zone In [zone-9]) only");
    }

    @Test
    void podsOfOneZoneAreOneClassWhateverTheirClaims() {
        Problem problem = problem(limited());
        List<Pod> pods = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            problem.given(bound("data-" + i, "pv-" + i)).given(zonal("pv-" + i, "zone-" + (1 + i % 3)));
            pods.add(pod("db-" + i).cpu(100).volumeClaim("data-" + i).build());
        }
        problem.machine("m", machine -> machine.label(Labels.ZONE, "zone-1")).waiting(pods);
        SchedulingInput input = problem.input();
        PodVolumes volumes = new PodVolumes(input);
        assertThat(pods.stream().map(volumes::of).distinct()).hasSize(3);
        assertThat(problem.solve().rejections()).isEmpty();
    }

    private static ClusterDelta limited() {
        return limit("m", 5);
    }

    @Test
    @Covers("provisioning: volume topology")
    void ephemeralVolumesAreOfTheirTemplatesClassUntilTheirClaimIsMade() {
        Problem problem = problem(storageClass("fast", inZones("zone-3")));
        List<Pod> pods = pod("web").cpu(100).ephemeralVolume("fast").times(4);
        assertThat(zones(problem.waiting(pods).solve())).isEqualTo(Map.of("web-0", Set.of("zone-3")));
    }

    @Test
    void anEphemeralVolumeOnceBoundIsWhereItIs() {
        Pod pod = pod("web").ephemeralVolume("fast").build();
        Problem problem = problem(
                storageClass("fast", inZones("zone-3")),
                claim(new PersistentVolumeClaim(
                        key("web-scratch"), "pv", true, "fast", false, false, false, pod.uid())),
                zonal("pv", "zone-1"));
        assertThat(zones(problem.waiting(pod).solve())).isEqualTo(Map.of("web", Set.of("zone-1")));
    }

    @Test
    void aClaimThatOnlyHasAnEphemeralVolumesNameIsRefused() {
        Pod pod = pod("web").ephemeralVolume("fast").build();
        Problem problem = problem(
                storageClass("fast"),
                claim(new PersistentVolumeClaim(key("web-scratch"), null, false, "fast", false, false, false, "u9")));
        assertThat(reason(problem.waiting(pod)).text())
                .isEqualTo("volume \"scratch\" (PersistentVolumeClaim default/web-scratch):"
                        + " the claim was not made for this pod, but for uid u9");
    }

    @Test
    void thePodThatMovesGetsAFreshEphemeralVolume() {
        Pod pod = pod("web").cpu(100).ephemeralVolume("fast").on("leaving").build();
        Problem problem = problem(
                storageClass(
                        new StorageClass("fast", "d", false, false, Pods.BIRTH, List.of(inZones("zone-1", "zone-3")))),
                claim(new PersistentVolumeClaim(
                        key("web-scratch"), "pv", true, "fast", false, false, false, pod.uid())),
                zonal("pv", "zone-2"));
        assertThat(zones(problem.running(pod).waiting(pod).solve()))
                .isEqualTo(Map.of("web", Set.of("zone-1", "zone-3")));
    }

    @Test
    void aLocalVolumeFollowsItsPodOnceItsNodeIsGone() {
        NodeSelectorTerm there = term(in(Labels.HOSTNAME, "gone"), in(Labels.ZONE, "zone-2"));
        assertThat(zones(problem(bound("data", "pv"), local("pv", there))
                        .waiting(user("data"))
                        .solve()))
                .isEqualTo(Map.of("user", Set.of("zone-2")));
        assertThat(problem(bound("data", "pv"), local("pv", term(in(Labels.HOSTNAME, "gone"))))
                        .waiting(user("data"))
                        .solve()
                        .plans())
                .hasSize(1);
    }

    @Test
    void aLocalVolumeHoldsItsPodWhileItsNodeStays() {
        Problem problem = problem(bound("data", "pv"), local("pv", term(in(Labels.HOSTNAME, "m2"))))
                .machine("m1", machine -> machine)
                .machine("m2", machine -> machine)
                .waiting(user("data"));
        assertThat(problem.solve().placements())
                .singleElement()
                .satisfies(placement -> assertThat(placement.machine().name()).isEqualTo("m2"));
    }

    @Test
    void onlyAMachineThatReachesTheVolumeIsUsed() {
        SchedulingResult result = problem(bound("data", "pv"), zonal("pv", "zone-2"))
                .machine("m1", machine -> machine.label(Labels.ZONE, "zone-1"))
                .machine("m2", machine -> machine.label(Labels.ZONE, "zone-2"))
                .waiting(user("data"))
                .solve();
        assertThat(result.placements())
                .singleElement()
                .satisfies(placement -> assertThat(placement.machine().name()).isEqualTo("m2"));
    }

    /** How many of the pods go onto machine m; all have a volume of the driver. */
    private static int onMachine(Problem problem, List<Pod> pods) {
        SchedulingResult result =
                problem.machine("m", machine -> machine).waiting(pods).solve();
        assertThat(result.rejections()).isEmpty();
        return result.placements().stream().mapToInt(each -> each.pods().size()).sum();
    }

    private static List<Pod> users(Problem problem, int count) {
        List<Pod> pods = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            problem.given(bound("data-" + i, "pv-" + i)).given(volume("pv-" + i));
            pods.add(pod("db-" + i).cpu(10).volumeClaim("data-" + i).build());
        }
        return pods;
    }

    @Test
    @Covers("scheduling: volume usage limits")
    void aMachineTakesAsManyVolumesAsItsDriverAllows() {
        Problem problem = problem(limit("m", 3));
        assertThat(onMachine(problem, users(problem, 7))).isEqualTo(3);
    }

    @Test
    @Covers("scheduling: volume usage limits")
    void volumesOfRunningPodsCount() {
        Problem problem = problem(limit("m", 3), bound("used", "pv"), volume("pv"));
        problem.running(pod("runs").volumeClaim("used").on("m").build());
        assertThat(onMachine(problem, users(problem, 7))).isEqualTo(2);
    }

    @Test
    @Covers("scheduling: volume usage limits")
    void aDriverWithoutALimitTakesAny() {
        Problem problem = problem(limit("m", "other.example.com", 1));
        assertThat(onMachine(problem, users(problem, 7))).isEqualTo(7);
    }

    @Test
    void aMachineThatIsOverTheLimitTakesPodsWithoutVolumes() {
        Problem problem = problem(limit("m", 0), bound("used", "pv"), volume("pv"));
        problem.running(pod("runs").volumeClaim("used").on("m").build());
        assertThat(onMachine(problem, pod("plain").cpu(10).times(2))).isEqualTo(2);
    }

    @Test
    @Covers("scheduling: volume usage limits")
    void aSharedClaimCountsOnce() {
        Problem problem = problem(limit("m", 1), bound("common", "pv"), volume("pv"));
        assertThat(onMachine(problem, pod("web").cpu(10).volumeClaim("common").times(5)))
                .isEqualTo(5);
    }

    @Test
    void aClaimThatARunningPodSharesIsAttachedAlready() {
        Problem problem = problem(limit("m", 1), bound("common", "pv"), volume("pv"));
        problem.running(pod("runs").volumeClaim("common").on("m").build());
        assertThat(onMachine(problem, pod("web").cpu(10).volumeClaim("common").times(2)))
                .isEqualTo(2);
    }

    @Test
    @Covers("scheduling: CSI migration")
    void driversOfFormerPluginsCountAsTheOnesThatReplacedThem() {
        Problem problem = problem(
                limit("m", "ebs.csi.aws.com", 1),
                storageClass(new StorageClass("gp2", "kubernetes.io/aws-ebs", true, false, Pods.BIRTH, List.of())),
                unbound("one", "gp2"),
                unbound("two", "gp2"));
        List<Pod> pods = List.of(
                pod("a").cpu(10).volumeClaim("one").build(),
                pod("b").cpu(10).volumeClaim("two").build());
        assertThat(onMachine(problem, pods)).isEqualTo(1);
    }

    @Test
    @Covers("scheduling: volume usage limits")
    void volumesOfRunningPodsThatAreNotBoundYetCountForTheDriverOfTheirClass() {
        assertThat(leftOfThree(unbound("used", "fast"), storageClass("fast"))).isEqualTo(2);
        assertThat(leftOfThree(unbound("used", null), defaultClass("fast", Pods.BIRTH)))
                .isEqualTo(2);
        assertThat(leftOfThree(
                        claim(new PersistentVolumeClaim(
                                key("used"), "vanished", true, "fast", false, false, false, null)),
                        storageClass("fast")))
                .isEqualTo(2);
    }

    @Test
    void volumesWhoseDriverCannotBeToldDoNotCount() {
        assertThat(leftOfThree()).as("no claim").isEqualTo(3);
        assertThat(leftOfThree(unbound("used", null))).as("no class").isEqualTo(3);
        assertThat(leftOfThree(unbound("used", "gone"))).as("unknown class").isEqualTo(3);
    }

    /** Attachments left of three on a machine with a pod whose claim is {@code used}. */
    private static int leftOfThree(ClusterDelta... given) {
        Problem problem = problem(given).given(limit("m", 3));
        problem.running(pod("runs").volumeClaim("used").on("m").build());
        return onMachine(problem, users(problem, 7));
    }

    @Test
    void anUnboundReadWriteOncePodClaimIsForOnePod() {
        Problem problem = problem(
                claim(new PersistentVolumeClaim(key("data"), null, false, "fast", false, false, true, null)),
                storageClass("fast"));
        assertThat(problem.waiting(pod("web").volumeClaim("data").times(2))
                        .solve()
                        .rejections())
                .hasSize(1);
    }

    @Test
    void aClaimMayBelongToSomethingElseUnlessItStandsForAnEphemeralVolume() {
        ClusterDelta owned =
                claim(new PersistentVolumeClaim(key("data"), null, false, "fast", false, false, false, "set"));
        assertThat(problem(storageClass("fast"), owned)
                        .waiting(user("data"))
                        .solve()
                        .rejections())
                .isEmpty();
        ClusterDelta ownerless =
                claim(new PersistentVolumeClaim(key("web-scratch"), null, false, "fast", false, false, false, null));
        assertThat(problem(storageClass("fast"), ownerless)
                        .waiting(pod("web").ephemeralVolume("fast").build())
                        .solve()
                        .rejections())
                .isEmpty();
    }

    @Test
    @Covers("scheduling: multi-zone volumes and storage classes")
    void aClassWithATopologyThatSaysNothingAllowsAll() {
        assertThat(problem(unbound("data", "fast"), storageClass("fast", inZones("zone-9"), term()))
                        .waiting(user("data"))
                        .solve()
                        .plans())
                .hasSize(1);
    }

    @Test
    void termsThatNoNewNodeCanMeetAreLeftOut() {
        for (NodeSelectorTerm hopeless :
                List.of(term(), new NodeSelectorTerm(List.of(in(Labels.ZONE, "zone-1")), true))) {
            assertThat(zones(problem(bound("data", "pv"), volume("pv", hopeless, inZones("zone-2")))
                            .waiting(user("data"))
                            .solve()))
                    .isEqualTo(Map.of("user", Set.of("zone-2")));
        }
    }

    @Test
    void aLocalVolumeWithATermThatNoLabelsCanMeetIsNotReachable() {
        for (NodeSelectorTerm hopeless :
                List.of(term(), new NodeSelectorTerm(List.of(in(Labels.HOSTNAME, "gone")), true))) {
            assertThat(reason(problem(bound("data", "pv"), local("pv", hopeless))
                                    .waiting(user("data")))
                            .text())
                    .endsWith("volume \"pv\" has a node affinity that no labels can meet");
        }
    }

    private static PersistentVolumeClaim exclusive(String name) {
        return new PersistentVolumeClaim(key(name), "pv", true, null, false, false, true, null);
    }

    @Test
    void aReadWriteOncePodClaimIsForOnePod() {
        Problem problem = problem(claim(exclusive("data")), volume("pv"));
        List<Pod> pods = pod("web").volumeClaim("data").times(2);
        assertThat(reason(problem.waiting(pods)).text())
                .isEqualTo("volume \"data\" (PersistentVolumeClaim default/data):"
                        + " the claim is ReadWriteOncePod and pod default/web-0 uses it");
    }

    @Test
    void aReadWriteOncePodClaimInUseIsWaitedForAndMovesWithItsPod() {
        Pod runs = pod("runs").volumeClaim("data").on("leaving").build();
        Problem problem = problem(claim(exclusive("data")), volume("pv")).running(runs);
        SchedulingResult result = problem.waiting(runs, user("data")).solve();
        assertThat(result.rejections())
                .singleElement()
                .satisfies(rejection -> assertThat(rejection.pod().key().name()).isEqualTo("user"));
        assertThat(result.plans()).hasSize(1);
    }

    private static Problem supporting(UnsupportedVolumes unsupported, ClusterDelta... given) {
        return problem(given)
                .options(options -> new SchedulingOptions(
                        options.wellKnownLabels(),
                        true,
                        false,
                        true,
                        600,
                        unsupported,
                        List.of(),
                        Set.of(),
                        Packing.COST,
                        Objective.PRICE));
    }

    @Test
    @Covers("scheduling: unsupported provisioner or topology")
    void driversThatTheProviderCannotUseAreRefused() {
        UnsupportedVolumes unsupported = new UnsupportedVolumes(Set.of(Volumes.DRIVER), Set.of());
        assertThat(reason(supporting(unsupported, bound("data", "pv"), volume("pv"))
                                .waiting(user("data")))
                        .text())
                .endsWith("storage driver \"csi.example.com\" can't be used on nodes of this provider");
        assertThat(reason(supporting(unsupported, unbound("data", "fast"), storageClass("fast"))
                                .waiting(user("data")))
                        .text())
                .endsWith("storage driver \"csi.example.com\" can't be used on nodes of this provider");
    }

    @Test
    @Covers({"scheduling: unsupported provisioner or topology", "scheduling: CSI migration"})
    void formerPluginsAreRefusedByTheirOwnNameAndByTheirDriver() {
        for (String name : List.of("kubernetes.io/aws-ebs", "ebs.csi.aws.com")) {
            UnsupportedVolumes unsupported = new UnsupportedVolumes(Set.of(name), Set.of());
            ClusterDelta gp2 =
                    storageClass(new StorageClass("gp2", "kubernetes.io/aws-ebs", true, false, Pods.BIRTH, List.of()));
            assertThat(reason(supporting(unsupported, unbound("data", "gp2"), gp2)
                                    .waiting(user("data")))
                            .text())
                    .endsWith("storage driver \"kubernetes.io/aws-ebs\" can't be used on nodes of this provider");
        }
    }

    @Test
    @Covers("scheduling: unsupported provisioner or topology")
    void topologiesThatTheProviderCannotOfferAreRefusedOnlyWhileUnbound() {
        UnsupportedVolumes unsupported = new UnsupportedVolumes(Set.of(), Set.of("rack"));
        ClusterDelta racks = storageClass("gone", term(in("rack", "7")));
        assertThat(reason(supporting(unsupported, unbound("data", "gone"), racks)
                                .waiting(user("data")))
                        .text())
                .endsWith(
                        "storage class \"gone\" allows topologies by \"rack\", which nodes of this provider don't have");
        assertThat(supporting(unsupported, bound("data", "pv"), volume("pv"), racks)
                        .waiting(user("data"))
                        .solve()
                        .plans())
                .hasSize(1);
    }

    @Test
    void placesThatDifferInOneKeyAreOne() {
        Requirements one = Requirements.of(Requirement.in("zone", "a"), Requirement.in("rack", "1"));
        Requirements two = Requirements.of(Requirement.in("zone", "b"), Requirement.in("rack", "1"));
        Requirements both = Requirements.of(Requirement.in("zone", "a", "b"), Requirement.in("rack", "1"));
        Requirements other = Requirements.of(Requirement.in("zone", "a", "b"), Requirement.in("rack", "2"));
        Requirements all = Requirements.of(Requirement.in("zone", "a", "b"), Requirement.in("rack", "1", "2"));
        assertThat(VolumeNeeds.united(List.of(one, two))).containsExactly(both);
        assertThat(VolumeNeeds.united(List.of(one, other, two))).containsExactly(all);
        assertThat(VolumeNeeds.united(List.of(one, other))).containsExactly(one, other);
        Requirements anyRack = Requirements.of(Requirement.in("zone", "a"));
        assertThat(VolumeNeeds.united(List.of(one, anyRack))).containsExactly(one, anyRack);
        Requirements excluding = Requirements.of(Requirement.notIn("zone", "b"), Requirement.in("rack", "1"));
        assertThat(VolumeNeeds.united(List.of(one, excluding))).containsExactly(one, excluding);
    }
}
