package karpenter.provider.kwok;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.NillableDuration;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.cloudprovider.CloudProvider.LaunchResult;
import karpenter.cloudprovider.CloudProvider.ListResult;
import karpenter.cloudprovider.CloudProvider.LookupResult;
import karpenter.cloudprovider.CloudProvider.Machine;
import karpenter.cloudprovider.CloudProvider.TerminateResult;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Node;
import karpenter.core.port.ObjectReader.ReadResult;
import karpenter.core.resource.ResourceVector;
import karpenter.runtime.TestingTimeSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KwokCloudProviderTest {
    private static final Condition NOT_READY = new Condition("Ready", "False", "Broken", "no power", null, 1);
    private static final NodeSelectorRequirement ONE_CORE =
            NodeSelectorRequirement.of(Labels.INSTANCE_TYPE, "In", "c-1x-amd64-linux", "c-2x-amd64-linux");

    private final TestingTimeSource time = new TestingTimeSource();
    private final FakeNodes nodes = new FakeNodes();
    private final List<NodeClaim> claims = new ArrayList<>();
    private @Nullable KwokNodeClass nodeClass = nodeClass(null);
    private boolean nodeClassOutage;
    private KwokCloudProvider provider = restarted();

    private KwokCloudProvider restarted() {
        return over(KwokInstanceTypes.defaults());
    }

    private KwokCloudProvider over(List<InstanceType> types) {
        return new KwokCloudProvider(
                types, nodes, nodes, name -> readNodeClass(), () -> List.copyOf(claims), time, Runnable::run);
    }

    private ReadResult<KwokNodeClass> readNodeClass() {
        if (nodeClassOutage) {
            return new ReadResult.Unavailable<>("connection refused");
        }
        return nodeClass == null ? new ReadResult.NotFound<>() : new ReadResult.Found<>(nodeClass);
    }

    private static KwokNodeClass nodeClass(@Nullable String delay, Condition... conditions) {
        return new KwokNodeClass(
                ObjectMeta.named("default"),
                new KwokNodeClass.Spec(delay),
                new KwokNodeClass.Status(List.of(conditions)));
    }

    private static NodeClaim claim(String name, Map<String, Quantity> requests, NodeSelectorRequirement... required) {
        ObjectMeta metadata = new ObjectMeta(
                name,
                "",
                "",
                "uid-of-" + name,
                "1",
                1,
                null,
                null,
                Map.of(Labels.NODE_POOL, "general", KwokLabels.NODE_CLASS, "default", "team", "blue"),
                Map.of("note", "keep"),
                List.of(),
                List.of());
        NodeClaim.Spec spec = new NodeClaim.Spec(
                List.of(),
                List.of(),
                List.of(required),
                new NodeClaim.Resources(requests),
                new NodeClassReference(KwokLabels.GROUP, "KWOKNodeClass", "default"),
                null,
                NillableDuration.parse("Never"));
        return new NodeClaim(metadata, spec, NodeClaim.Status.EMPTY);
    }

    private static NodeClaim claim(String name) {
        return claim(name, Map.of("cpu", Quantity.parse("500m"), "pods", Quantity.of(3)), ONE_CORE);
    }

    private Machine launch(NodeClaim claim) {
        LaunchResult result = provider.launch(claim);
        assertThat(result).isInstanceOf(LaunchResult.Launched.class);
        return ((LaunchResult.Launched) result).machine();
    }

    /** The claim as the controller stores it after the launch. */
    private NodeClaim recorded(NodeClaim claim, Machine machine) {
        Condition launched = new Condition(NodeClaim.LAUNCHED, "True", "Launched", "", time.instant(), 1);
        return claim.withMetadata(claim.metadata().withLabels(machine.labels()).withAnnotations(machine.annotations()))
                .withStatus(claim.status()
                        .withInstance(machine.providerId(), "", machine.capacity(), machine.allocatable())
                        .withConditions(List.of(launched)));
    }

    private Node onlyNode() {
        assertThat(nodes.all()).hasSize(1);
        return nodes.all().getFirst();
    }

    @Test
    void tellsAnOutageFromAMissingNodeClass() {
        nodeClassOutage = true;

        assertThat(provider.launch(claim("a", Map.of())))
                .isEqualTo(new LaunchResult.Failed(
                        LaunchResult.Failed.LAUNCH_FAILED, "can't read KWOKNodeClass default: connection refused"));
    }

    @Test
    void createsANodeAsUpstreamLabelsIt() {
        Machine machine = launch(claim("general-x7k2p"));

        Node node = onlyNode();
        assertThat(node.name()).matches("kwok-general-x7k2p-[0-9a-f]{10}");
        assertThat(node.providerId()).isEqualTo("kwok://" + node.name()).isEqualTo(machine.providerId());
        assertThat(node.metadata().labels())
                .containsEntry("team", "blue")
                .containsEntry(Labels.NODE_POOL, "general")
                .containsEntry(Labels.INSTANCE_TYPE, "c-1x-amd64-linux")
                .containsEntry(Labels.ARCH, "amd64")
                .containsEntry(Labels.OS, "linux")
                .containsEntry(Labels.CAPACITY_TYPE, "spot")
                .containsEntry(Labels.HOSTNAME, "general-x7k2p")
                .containsEntry(KwokLabels.INSTANCE_CPU, "1")
                .containsEntry("eks-node-viewer/instance-price", "0.019003")
                .containsEntry("kwok-partition", "a")
                .containsEntry("kwok.x-k8s.io/node", "fake")
                .containsKey(Labels.ZONE);
        assertThat(node.metadata().annotations())
                .containsEntry("note", "keep")
                .containsEntry("kwok.x-k8s.io/node", "fake")
                .containsEntry(KwokLabels.NODE_CLAIM_UID, "uid-of-general-x7k2p");
        assertThat(node.taints()).containsExactly(Taint.of(Labels.UNREGISTERED_TAINT, "", Taint.NO_EXECUTE));
        assertThat(machine.labels()).isEqualTo(node.metadata().labels());
        assertThat(machine.annotations()).isEqualTo(node.metadata().annotations());
        assertThat(machine.imageId()).isEmpty();
    }

    @Test
    void countsRequestsAsCapacityAndLetsMorePodsInUpToTheType() {
        Machine machine = launch(claim("a"));

        assertThat(machine.capacity()).isEqualTo(Map.of("cpu", Quantity.parse("500m"), "pods", Quantity.of(3)));
        assertThat(machine.allocatable())
                .containsEntry("cpu", Quantity.parse("900m"))
                .containsEntry("memory", Quantity.parse("2038Mi"))
                .containsEntry("pods", Quantity.of(16));
        assertThat(onlyNode().capacity().quantities()).isEqualTo(machine.capacity());
        assertThat(onlyNode().allocatable().quantities()).isEqualTo(machine.allocatable());
    }

    @Test
    void givesAClaimWithoutRequestsTheTypesCapacity() {
        Machine machine = launch(claim("static", Map.of(), ONE_CORE));

        assertThat(machine.capacity())
                .containsEntry("cpu", Quantity.of(1))
                .containsEntry("memory", Quantity.parse("2Gi"));
    }

    @Test
    void resolvesCustomLabelsThatTheClaimLeavesNoChoiceAbout() {
        NodeClaim claim = claim("a", Map.of(), ONE_CORE, NodeSelectorRequirement.of("example.com/rack", "In", "r7"));

        assertThat(launch(claim).labels()).containsEntry("example.com/rack", "r7");
    }

    @Test
    void waitsForTheRegistrationDelayOfTheNodeClass() {
        nodeClass = nodeClass("1m30s");
        Machine machine = launch(claim("a"));

        time.advance(Duration.ofSeconds(89));
        assertThat(nodes.all()).isEmpty();
        assertThat(provider.get(machine.providerId())).isInstanceOf(LookupResult.Found.class);
        time.advance(Duration.ofSeconds(1));
        assertThat(onlyNode().providerId()).isEqualTo(machine.providerId());
    }

    @Test
    void answersInsufficientCapacityWithoutItsNodeClass() {
        nodeClass = null;

        assertThat(provider.launch(claim("a")))
                .isEqualTo(new LaunchResult.InsufficientCapacity("KWOKNodeClass default does not exist"));
    }

    @Test
    void answersNotReadyWhenItsNodeClassIsNot() {
        nodeClass = nodeClass(null, NOT_READY);

        assertThat(provider.launch(claim("a")))
                .isEqualTo(new LaunchResult.NodeClassNotReady("KWOKNodeClass default is not ready: no power"));
    }

    @Test
    void saysWhatIsWrongWithADelayItCantRead() {
        nodeClass = nodeClass("soon");

        assertThat(provider.launch(claim("a"))).asString().contains("spec.nodeRegistrationDelay", "\"soon\"");
    }

    @Test
    void skipsTypesThatAreNotAvailableInsteadOfTakingThemForFree() {
        String types = """
                [{"name": "gone", "architecture": "amd64", "operatingSystems": ["linux"],
                  "resources": {"cpu": 4, "memory": "8Gi"},
                  "offerings": [{"Price": 0.01, "Available": false, "Requirements": [
                    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]},
                    {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["z"]}]}]},
                 {"name": "here", "architecture": "amd64", "operatingSystems": ["linux"],
                  "resources": {"cpu": 4, "memory": "8Gi"},
                  "offerings": [{"Price": 9, "Requirements": [
                    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]},
                    {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["z"]}]}]}]
                """;
        InstanceTypeFile.Result read = InstanceTypeFile.parse("types.json", types);
        provider = over(((InstanceTypeFile.Result.Read) read).types());
        NodeClaim claim = claim("a", Map.of(), NodeSelectorRequirement.of(Labels.INSTANCE_TYPE, "In", "gone", "here"));

        assertThat(launch(claim).labels()).containsEntry(Labels.INSTANCE_TYPE, "here");
    }

    @Test
    void choosesAmongAllTypesWhenTheClaimListsNone() {
        NodeClaim claim =
                claim("a", Map.of("cpu", Quantity.of(3)), NodeSelectorRequirement.of(Labels.ARCH, "In", "arm64"));

        assertThat(launch(claim).labels().get(Labels.INSTANCE_TYPE)).startsWith("c-4x-arm64-");
    }

    @Test
    void readsOldLabelKeysInAClaimsRequirements() {
        Machine machine =
                launch(claim("old", Map.of(), NodeSelectorRequirement.of("beta.kubernetes.io/arch", "In", "arm64")));
        assertThat(machine.labels()).containsEntry(Labels.ARCH, "arm64");
    }

    @Test
    void neverLaunchesATypeThatIsTooSmallForTheRequests() {
        NodeClaim claim = claim("a", Map.of("cpu", Quantity.of(1)), ONE_CORE);

        assertThat(launch(claim).labels()).containsEntry(Labels.INSTANCE_TYPE, "c-2x-amd64-linux");
    }

    @Test
    void honoursBoundsOnTheSizeOfTheMachine() {
        NodeClaim claim = claim(
                "a",
                Map.of(),
                NodeSelectorRequirement.of(KwokLabels.INSTANCE_CPU, "Gte", "32"),
                NodeSelectorRequirement.of(KwokLabels.INSTANCE_CPU, "Lt", "64"));

        assertThat(launch(claim).labels()).containsEntry(KwokLabels.INSTANCE_CPU, "32");
    }

    @Test
    void spreadsEquallyPricedClaimsOverZones() {
        Set<String> zones = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            zones.add(launch(claim("claim-" + i)).labels().getOrDefault(Labels.ZONE, ""));
        }

        assertThat(zones).hasSize(4);
    }

    @Test
    void givesAClaimTheSameNodeNameForEver() {
        NodeClaim claim = claim("general-x7k2p");

        assertThat(KwokCloudProvider.nodeName(claim))
                .isEqualTo(KwokCloudProvider.nodeName(claim))
                .isNotEqualTo(KwokCloudProvider.nodeName(claim("general-x7k2q")));
    }

    @Test
    void keepsNodeNamesLegalForClaimsWithLongNames() {
        String name = KwokCloudProvider.nodeName(claim("a".repeat(46) + "." + "b".repeat(100)));

        assertThat(name).hasSizeLessThanOrEqualTo(63).matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    }

    @Test
    void refusesAClaimThatWasNeverStored() {
        NodeClaim claim = claim("a");
        NodeClaim unstored = claim.withMetadata(ObjectMeta.named("a"));

        assertThatThrownBy(() -> provider.launch(unstored))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NodeClaim a has no uid");
    }

    @Test
    void triesAgainWithGrowingPausesWhileTheApiServerIsAway() {
        nodeClass = nodeClass("1s");
        launch(claim("a"));
        nodes.outage("connection refused");

        time.advance(Duration.ofSeconds(1 + 1 + 2 + 4));
        assertThat(nodes.createCalls()).isEqualTo(4);
        nodes.outage(null);
        time.advance(Duration.ofSeconds(8));

        assertThat(nodes.all()).hasSize(1);
    }

    @Test
    void doesNotLaunchWhileNobodyKnowsWhetherTheNodeExists() {
        nodes.outage("connection refused");

        assertThat(provider.launch(claim("a")))
                .isInstanceOfSatisfying(
                        LaunchResult.Failed.class,
                        failed -> assertThat(failed.message()).contains("connection refused"));
        nodes.outage(null);
        assertThat(provider.list()).isEqualTo(new ListResult.Listed(List.of()));
    }

    @Test
    void doesNotTakeOverANodeOfAnotherClaim() {
        NodeClaim claim = claim("a");
        launch(claim);
        Node node = onlyNode();
        nodes.put(node.withMetadata(node.metadata().withAnnotation(KwokLabels.NODE_CLAIM_UID, "other")));

        assertThat(provider.launch(claim)).asString().contains("was not launched for this claim");
    }

    @Test
    void countsARegisteredNodeThatIsBeingDeletedAsGone() {
        NodeClaim claim = claim("a");
        Machine machine = launch(claim);
        NodeClaim recorded = recorded(claim, machine);
        nodes.register(onlyNode().name());

        assertThat(provider.terminate(recorded)).isInstanceOf(TerminateResult.Gone.class);

        assertThat(onlyNode().metadata().deleting()).isTrue();
        assertThat(provider.get(machine.providerId())).isInstanceOf(LookupResult.Gone.class);
        assertThat(provider.list())
                .isInstanceOfSatisfying(
                        ListResult.Listed.class,
                        listed -> assertThat(listed.machines()).singleElement().matches(Machine::terminating));
    }

    @Test
    void neverDeletesANodeThatItDidNotMake() {
        Node foreign = new Node(
                ObjectMeta.named("important"),
                "kwok://important",
                false,
                List.of(),
                ResourceVector.ZERO,
                ResourceVector.ZERO,
                List.of());
        nodes.put(foreign);
        NodeClaim claim = claim("a");
        NodeClaim pointsAtIt =
                claim.withStatus(claim.status().withInstance("kwok://important", "", Map.of(), Map.of()));

        assertThat(provider.terminate(pointsAtIt)).isInstanceOf(TerminateResult.Gone.class);
        assertThat(provider.get("kwok://important")).isInstanceOf(LookupResult.Gone.class);
        assertThat(nodes.find("important")).isEqualTo(foreign);
    }

    @Test
    void knowsNodesThatUpstreamLaunchedBeforeTheSwitch() {
        nodes.put(new Node(
                ObjectMeta.named("kwok-old").withLabels(Map.of(KwokLabels.NODE_CLASS, "default", Labels.HOSTNAME, "c")),
                "kwok://kwok-old",
                false,
                List.of(),
                ResourceVector.ZERO,
                ResourceVector.ZERO,
                List.of()));

        assertThat(provider.get("kwok://kwok-old"))
                .isInstanceOfSatisfying(
                        LookupResult.Found.class,
                        found -> assertThat(found.machine().nodeClaimName()).isEqualTo("c"));
    }

    @Test
    void undoesANodeThatAppearsAfterItsMachineWasTerminated() {
        nodeClass = nodeClass("1s");
        NodeClaim claim = claim("a");
        launch(claim);
        nodes.duringNextCreate(() -> assertThat(provider.terminate(claim)).isInstanceOf(TerminateResult.Gone.class));

        time.advance(Duration.ofSeconds(1));

        assertThat(nodes.created()).isEqualTo(1);
        assertThat(nodes.all()).isEmpty();
    }

    @Test
    void reportsWhatTheApiServerSaysWhenItCantDelete() {
        NodeClaim claim = claim("a");
        launch(claim);
        nodes.refuse("forbidden");

        assertThat(provider.terminate(claim))
                .isInstanceOfSatisfying(
                        TerminateResult.Failed.class,
                        failed -> assertThat(failed.message()).contains("403", "forbidden"));
        nodes.outage("connection refused");
        assertThat(provider.terminate(claim)).isInstanceOf(TerminateResult.Failed.class);
    }

    @Test
    void neverTakesAnOutageForAnEmptyCloud() {
        Machine machine = launch(claim("a"));
        nodes.outage("connection refused");

        assertThat(provider.list()).isEqualTo(new ListResult.Failed("can't list nodes: connection refused"));
        assertThat(provider.get(machine.providerId())).isInstanceOf(LookupResult.Failed.class);
    }

    @Test
    void keepsBootingAMachineWhoseNodeTheServerRefusesUntilItsClaimIsGivenUp() {
        nodes.refuse("invalid label");
        NodeClaim claim = claim("a");
        Machine machine = launch(claim);

        assertThat(provider.get(machine.providerId())).isInstanceOf(LookupResult.Found.class);
        assertThat(provider.terminate(claim)).isInstanceOf(TerminateResult.Gone.class);
        assertThat(provider.get(machine.providerId())).isInstanceOf(LookupResult.Gone.class);
    }

    @Test
    void createsAfterARestartTheNodesThatWereStillToCome() {
        nodeClass = nodeClass("60s");
        NodeClaim claim = claim("a");
        Machine machine = launch(claim);
        claims.add(recorded(claim, machine));
        time.advance(Duration.ofSeconds(20));

        provider = restartedWithoutOldTasks();
        provider.resume();
        time.advance(Duration.ofSeconds(39));
        assertThat(nodes.all()).isEmpty();
        time.advance(Duration.ofSeconds(1));

        assertThat(onlyNode().providerId()).isEqualTo(machine.providerId());
        assertThat(onlyNode().metadata().labels()).isEqualTo(machine.labels());
        assertThat(onlyNode().allocatable().quantities()).isEqualTo(machine.allocatable());
        provider.resume();
        assertThat(nodes.created()).isEqualTo(1);
    }

    @Test
    void findsALaunchedMachineWithoutNodeRightAfterARestart() {
        nodeClass = nodeClass("60s");
        NodeClaim claim = claim("a");
        Machine machine = launch(claim);
        claims.add(recorded(claim, machine));

        provider = restartedWithoutOldTasks();

        assertThat(provider.get(machine.providerId())).isInstanceOf(LookupResult.Found.class);
        assertThat(provider.list())
                .isInstanceOfSatisfying(
                        ListResult.Listed.class,
                        listed -> assertThat(listed.machines())
                                .extracting(Machine::providerId)
                                .containsExactly(machine.providerId()));
    }

    @Test
    void doesNotReviveAMachineWhoseRegisteredNodeWasDeleted() {
        NodeClaim claim = claim("a");
        Machine machine = launch(claim);
        NodeClaim recorded = recorded(claim, machine);
        claims.add(recorded.withStatus(recorded.status()
                .withConditions(List.of(new Condition(NodeClaim.REGISTERED, "True", "Registered", "", null, 1)))));
        nodes.remove(onlyNode().name());

        assertThat(provider.get(machine.providerId())).isInstanceOf(LookupResult.Gone.class);
        assertThat(nodes.created()).isEqualTo(1);
    }

    /** A new process: its clock goes on, the old one's timers are gone. */
    private KwokCloudProvider restartedWithoutOldTasks() {
        provider.terminate(claims.getFirst());
        return restarted();
    }

    @Test
    void ownsItsLabelsAndTheirDomain() {
        assertThat(provider.labels().wellKnown())
                .contains(
                        KwokLabels.INSTANCE_SIZE,
                        KwokLabels.INSTANCE_FAMILY,
                        KwokLabels.INSTANCE_CPU,
                        KwokLabels.INSTANCE_MEMORY,
                        Labels.ZONE,
                        Labels.CAPACITY_TYPE)
                .doesNotContain(KwokLabels.NODE_CLASS);
        assertThat(provider.labels().restrictedDomains()).containsExactly("karpenter.kwok.sh");
    }

    @Test
    void repairsNodesThatAreNotReadyForTenMinutes() {
        assertThat(provider.repairPolicies())
                .allMatch(policy -> policy.conditionType().equals("Ready")
                        && policy.toleration().equals(Duration.ofMinutes(10)))
                .extracting(policy -> policy.conditionStatus())
                .containsExactly("False", "Unknown");
    }
}
