package karpenter.cloudprovider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import karpenter.api.Labels;
import karpenter.api.NillableDuration;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider.InstanceTypesResult;
import karpenter.cloudprovider.CloudProvider.LaunchResult;
import karpenter.cloudprovider.CloudProvider.ListResult;
import karpenter.cloudprovider.CloudProvider.LookupResult;
import karpenter.cloudprovider.CloudProvider.Machine;
import karpenter.cloudprovider.CloudProvider.TerminateResult;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import org.junit.jupiter.api.Test;

/**
 * The promises that controllers rely on, for any provider. A provider's tests extend this class, say how to make a provider
 * over fakes of its cloud, and inherit the tests. Each test runs on a fresh instance of the class, so fields are per test.
 */
public abstract class CloudProviderContract {
    /** Requests for termination until a provider without finalizers or stuck machines must have answered Gone. */
    private static final int TERMINATION_ROUNDS = 20;

    /** The provider under test; the same one for all calls within one test. */
    protected abstract CloudProvider provider();

    /** A new provider over the same cloud, as after a restart of the process; everything in memory is lost. */
    protected abstract CloudProvider restartedProvider();

    /** The reference to a NodeClass that exists and is ready. */
    protected abstract NodeClassReference nodeClass();

    /** How many machines were ever bought. */
    protected abstract int machinesBought();

    /** Lets everything happen that the cloud and the provider do on their own, by moving a fake clock for example. */
    protected abstract void settle();

    /** Makes a machine in the cloud that this cluster's controller did not launch. */
    protected abstract void addForeignMachine();

    /** Makes every offering unavailable. */
    protected abstract void exhaustCapacity();

    protected NodePool pool() {
        NodePool.TemplateSpec template = new NodePool.TemplateSpec(
                List.of(), List.of(), List.of(), nodeClass(), null, NillableDuration.parse("Never"));
        return new NodePool(
                ObjectMeta.named("general"),
                new NodePool.Spec(
                        new NodePool.Template(new NodePool.TemplateMetadata(null, null), template),
                        NodePool.Disruption.DEFAULT,
                        null,
                        null,
                        null),
                NodePool.Status.EMPTY);
    }

    /** A stored claim that asks for one core, 1 GiB and whatever else is given. */
    protected NodeClaim claim(String name, NodeSelectorRequirement... requirements) {
        ObjectMeta metadata = new ObjectMeta(
                name,
                "",
                "",
                "uid-of-" + name,
                "1",
                1,
                null,
                null,
                Map.of(
                        Labels.NODE_POOL,
                        "general",
                        nodeClass().labelKey(),
                        nodeClass().name()),
                Map.of(),
                List.of(Labels.TERMINATION_FINALIZER),
                List.of());
        NodeClaim.Spec spec = new NodeClaim.Spec(
                List.of(),
                List.of(),
                List.of(requirements),
                new NodeClaim.Resources(
                        Map.of("cpu", Quantity.of(1), "memory", Quantity.parse("1Gi"), "pods", Quantity.of(1))),
                nodeClass(),
                null,
                NillableDuration.parse("Never"));
        return new NodeClaim(metadata, spec, NodeClaim.Status.EMPTY);
    }

    /** The claim once its launch was recorded. */
    protected static NodeClaim launched(NodeClaim claim, Machine machine) {
        Map<String, String> labels = new java.util.TreeMap<>(machine.labels());
        labels.putAll(claim.metadata().labels());
        return claim.withMetadata(claim.metadata().withLabels(labels))
                .withStatus(claim.status()
                        .withInstance(
                                machine.providerId(), machine.imageId(), machine.capacity(), machine.allocatable()));
    }

    protected NodeSelectorRequirement anyKnownInstanceType() {
        String[] names = instanceTypes().stream().map(InstanceType::name).toArray(String[]::new);
        return NodeSelectorRequirement.of(Labels.INSTANCE_TYPE, Requirement.IN, names);
    }

    private List<InstanceType> instanceTypes() {
        InstanceTypesResult result = provider().instanceTypes(pool());
        assertThat(result).isInstanceOf(InstanceTypesResult.Found.class);
        return ((InstanceTypesResult.Found) result).types();
    }

    private Machine launch(CloudProvider provider, NodeClaim claim) {
        LaunchResult result = provider.launch(claim);
        assertThat(result).isInstanceOf(LaunchResult.Launched.class);
        return ((LaunchResult.Launched) result).machine();
    }

    private List<String> listed(CloudProvider provider) {
        ListResult result = provider.list();
        assertThat(result).isInstanceOf(ListResult.Listed.class);
        return ((ListResult.Listed) result)
                .machines().stream()
                        .filter(machine -> !machine.terminating())
                        .map(Machine::providerId)
                        .sorted()
                        .toList();
    }

    private TerminateResult terminateUntilGone(NodeClaim claim) {
        TerminateResult result = provider().terminate(claim);
        for (int round = 0; round < TERMINATION_ROUNDS && !(result instanceof TerminateResult.Gone); round++) {
            settle();
            result = provider().terminate(claim);
        }
        return result;
    }

    @Test
    void launchesAMachineWithEveryLabelKnown() {
        Machine machine = launch(provider(), claim("a", anyKnownInstanceType()));

        assertThat(machine.providerId()).isNotEmpty();
        assertThat(machine.nodeClaimName()).isEqualTo("a");
        assertThat(machine.terminating()).isFalse();
        assertThat(machine.labels())
                .containsKeys(Labels.INSTANCE_TYPE, Labels.ZONE, Labels.CAPACITY_TYPE, Labels.ARCH, Labels.OS);
        assertThat(instanceTypes())
                .anyMatch(type -> type.name().equals(machine.labels().get(Labels.INSTANCE_TYPE)));
    }

    @Test
    void launchesWhatTheClaimRequires() {
        InstanceType type = instanceTypes().getLast();
        Offering offering = type.offerings().getLast();
        NodeClaim claim = claim(
                "a",
                NodeSelectorRequirement.of(Labels.INSTANCE_TYPE, Requirement.IN, type.name()),
                NodeSelectorRequirement.of(Labels.ZONE, Requirement.IN, offering.zone()),
                NodeSelectorRequirement.of(Labels.CAPACITY_TYPE, Requirement.IN, offering.capacityType()));

        Machine machine = launch(provider(), claim);

        assertThat(machine.labels())
                .containsEntry(Labels.INSTANCE_TYPE, type.name())
                .containsEntry(Labels.ZONE, offering.zone())
                .containsEntry(Labels.CAPACITY_TYPE, offering.capacityType());
        Requirements required = Requirements.of(claim.spec().requirements());
        assertThat(Requirements.ofLabels(machine.labels()).compatible(required, Set.of()))
                .isNull();
    }

    @Test
    void honoursWhatTheClaimExcludes() {
        String[] zones = instanceTypes().getFirst().offerings().stream()
                .map(Offering::zone)
                .distinct()
                .skip(1)
                .toArray(String[]::new);
        NodeClaim claim =
                claim("a", anyKnownInstanceType(), NodeSelectorRequirement.of(Labels.ZONE, Requirement.NOT_IN, zones));

        assertThat(launch(provider(), claim).labels().get(Labels.ZONE)).isNotIn((Object[]) zones);
    }

    @Test
    void promisesWhatTheClaimWasPlannedToHold() {
        NodeClaim claim = claim("a", anyKnownInstanceType());
        Machine machine = launch(provider(), claim);

        claim.spec()
                .resources()
                .requests()
                .forEach((resource, quantity) -> assertThat(machine.allocatable())
                        .hasEntrySatisfying(resource, had -> assertThat(had).isGreaterThanOrEqualTo(quantity)));
    }

    @Test
    void buysOneMachineForOneClaimHoweverOftenItIsAsked() {
        NodeClaim claim = claim("a", anyKnownInstanceType());

        Machine first = launch(provider(), claim);
        Machine second = launch(provider(), claim);
        settle();
        Machine third = launch(provider(), claim);

        assertThat(second.providerId()).isEqualTo(first.providerId());
        assertThat(third.providerId()).isEqualTo(first.providerId());
        assertThat(third.labels()).containsAllEntriesOf(first.labels());
        assertThat(machinesBought()).isEqualTo(1);
    }

    @Test
    void buysNothingAgainAfterARestart() {
        NodeClaim claim = claim("a", anyKnownInstanceType());
        Machine first = launch(provider(), claim);
        settle();

        Machine second = launch(restartedProvider(), claim);
        settle();

        assertThat(second.providerId()).isEqualTo(first.providerId());
        assertThat(second.labels()).containsAllEntriesOf(first.labels());
        assertThat(machinesBought()).isEqualTo(1);
    }

    @Test
    void givesANewClaimOfTheSameNameItsOwnMachine() {
        NodeClaim old = claim("a", anyKnownInstanceType());
        Machine first = launch(provider(), old);
        ObjectMeta metadata = old.metadata();
        NodeClaim again = old.withMetadata(new ObjectMeta(
                metadata.name(),
                "",
                "",
                "another-uid",
                "1",
                1,
                null,
                null,
                metadata.labels(),
                metadata.annotations(),
                metadata.finalizers(),
                metadata.ownerReferences()));

        assertThat(launch(provider(), again).providerId()).isNotEqualTo(first.providerId());
    }

    @Test
    void launchesDifferentClaimsAtTheSameTime() throws InterruptedException, ExecutionException {
        int claims = 32;
        NodeSelectorRequirement anyType = anyKnownInstanceType();
        List<Callable<Machine>> launches = new ArrayList<>();
        for (int i = 0; i < claims; i++) {
            NodeClaim claim = claim("claim-" + i, anyType);
            launches.add(() -> launch(provider(), claim));
        }
        Set<String> providerIds = new HashSet<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Machine> machine : executor.invokeAll(launches)) {
                providerIds.add(machine.get().providerId());
            }
        }
        settle();

        assertThat(providerIds).hasSize(claims);
        assertThat(machinesBought()).isEqualTo(claims);
        assertThat(listed(provider())).containsExactlyInAnyOrderElementsOf(providerIds);
    }

    @Test
    void findsAMachineAsSoonAsItIsLaunched() {
        Machine machine = launch(provider(), claim("a", anyKnownInstanceType()));

        assertThat(provider().get(machine.providerId()))
                .isInstanceOfSatisfying(
                        LookupResult.Found.class,
                        found -> assertThat(found.machine().providerId()).isEqualTo(machine.providerId()));
        settle();
        assertThat(provider().get(machine.providerId())).isInstanceOf(LookupResult.Found.class);
    }

    @Test
    void listsWhatItLaunchedAndNothingElse() {
        addForeignMachine();
        assertThat(listed(provider())).isEmpty();

        Machine first = launch(provider(), claim("a", anyKnownInstanceType()));
        Machine second = launch(provider(), claim("b", anyKnownInstanceType()));

        assertThat(listed(provider())).containsExactlyInAnyOrder(first.providerId(), second.providerId());
        settle();
        assertThat(listed(provider())).containsExactlyInAnyOrder(first.providerId(), second.providerId());
        assertThat(listed(restartedProvider())).containsExactlyInAnyOrder(first.providerId(), second.providerId());
    }

    @Test
    void terminatesRepeatablyUntilTheMachineIsGone() {
        NodeClaim claim = claim("a", anyKnownInstanceType());
        Machine machine = launch(provider(), claim);
        Machine other = launch(provider(), claim("b", anyKnownInstanceType()));
        settle();
        NodeClaim launched = launched(claim, machine);

        assertThat(terminateUntilGone(launched)).isInstanceOf(TerminateResult.Gone.class);
        assertThat(provider().terminate(launched)).isInstanceOf(TerminateResult.Gone.class);
        assertThat(provider().get(machine.providerId())).isInstanceOf(LookupResult.Gone.class);
        assertThat(listed(provider())).containsExactly(other.providerId());
    }

    @Test
    void terminatesAMachineThatHasNotJoinedYetForGood() {
        NodeClaim claim = claim("a", anyKnownInstanceType());
        Machine machine = launch(provider(), claim);

        assertThat(terminateUntilGone(launched(claim, machine))).isInstanceOf(TerminateResult.Gone.class);
        settle();

        assertThat(provider().get(machine.providerId())).isInstanceOf(LookupResult.Gone.class);
        assertThat(listed(provider())).isEmpty();
    }

    @Test
    void terminatesAMachineWhoseLaunchWasNeverRecorded() {
        NodeClaim claim = claim("a", anyKnownInstanceType());
        Machine machine = launch(provider(), claim);
        settle();

        assertThat(terminateUntilGone(claim)).isInstanceOf(TerminateResult.Gone.class);
        assertThat(provider().get(machine.providerId())).isInstanceOf(LookupResult.Gone.class);
    }

    @Test
    void knowsNothingOfMachinesThatNeverWere() {
        assertThat(provider().terminate(claim("never", anyKnownInstanceType())))
                .isInstanceOf(TerminateResult.Gone.class);
        assertThat(provider().get("other-cloud://nothing")).isInstanceOf(LookupResult.Gone.class);
    }

    @Test
    void answersInsufficientCapacityWhenNothingIsAvailable() {
        NodeClaim claim = claim("a", anyKnownInstanceType());
        exhaustCapacity();

        assertThat(provider().launch(claim)).isInstanceOf(LaunchResult.InsufficientCapacity.class);
        settle();
        assertThat(machinesBought()).isZero();
        assertThat(instanceTypes())
                .as("types stay known while they can't be had")
                .isNotEmpty();
    }

    @Test
    void answersInsufficientCapacityWhenNoOfferingSuits() {
        NodeClaim claim = claim(
                "a",
                anyKnownInstanceType(),
                NodeSelectorRequirement.of(Labels.ZONE, Requirement.IN, "a-zone-nobody-has"));

        assertThat(provider().launch(claim)).isInstanceOf(LaunchResult.InsufficientCapacity.class);
    }

    @Test
    void refusesAnInstanceTypeThatNobodyKnows() {
        NodeClaim claim = claim("a", NodeSelectorRequirement.of(Labels.INSTANCE_TYPE, Requirement.IN, "no-such-type"));

        assertThat(provider().launch(claim))
                .isInstanceOfAny(LaunchResult.Failed.class, LaunchResult.InsufficientCapacity.class)
                .asString()
                .contains("no-such-type");
        assertThat(machinesBought()).isZero();
    }

    @Test
    void launchesTheCheapestOnDemandOffering() {
        double cheapest = Double.POSITIVE_INFINITY;
        for (InstanceType type : instanceTypes()) {
            for (Offering offering : type.offerings()) {
                if (offering.available()
                        && offering.capacityType().equals(Labels.CAPACITY_TYPE_ON_DEMAND)
                        && claimFits(type)) {
                    cheapest = Math.min(cheapest, offering.pricePerHourUsd());
                }
            }
        }
        Machine machine = launch(
                provider(),
                claim(
                        "a",
                        anyKnownInstanceType(),
                        NodeSelectorRequirement.of(
                                Labels.CAPACITY_TYPE, Requirement.IN, Labels.CAPACITY_TYPE_ON_DEMAND)));

        assertThat(price(machine)).isEqualTo(cheapest);
    }

    private boolean claimFits(InstanceType type) {
        return karpenter.core.resource.ResourceVector.of(
                        claim("probe").spec().resources().requests())
                .fitsIn(type.allocatable());
    }

    private double price(Machine machine) {
        for (InstanceType type : instanceTypes()) {
            for (Offering offering : type.offerings()) {
                if (type.name().equals(machine.labels().get(Labels.INSTANCE_TYPE))
                        && offering.zone().equals(machine.labels().get(Labels.ZONE))
                        && offering.capacityType().equals(machine.labels().get(Labels.CAPACITY_TYPE))) {
                    return offering.pricePerHourUsd();
                }
            }
        }
        throw new AssertionError("no offering of " + machine.labels());
    }

    @Test
    void describesEveryInstanceTypeCompletely() {
        assertThat(instanceTypes()).isNotEmpty();
        for (InstanceType type : instanceTypes()) {
            assertThat(type.requirements().get(Labels.INSTANCE_TYPE).singleValue())
                    .isEqualTo(type.name());
            assertThat(type.requirements().keys())
                    .as(type.name())
                    .contains(Labels.ARCH, Labels.OS, Labels.ZONE, Labels.CAPACITY_TYPE);
            assertThat(type.capacity().milliCpu()).as(type.name()).isPositive();
            assertThat(type.capacity().memoryBytes()).as(type.name()).isPositive();
            assertThat(type.capacity().pods()).as(type.name()).isPositive();
            assertThat(type.allocatable().hasNegative()).as(type.name()).isFalse();
            assertThat(type.offerings()).as(type.name()).isNotEmpty();
            for (Offering offering : type.offerings()) {
                assertThat(offering.requirements().get(Labels.ZONE).singleValue())
                        .isEqualTo(offering.zone());
                assertThat(offering.requirements().get(Labels.CAPACITY_TYPE).singleValue())
                        .isEqualTo(offering.capacityType());
                assertThat(offering.pricePerHourUsd())
                        .as(type.name())
                        .isFinite()
                        .isNotNegative();
                assertThat(type.requirements().intersects(offering.requirements()))
                        .as(type.name())
                        .isNull();
            }
        }
        assertThat(instanceTypes()).extracting(InstanceType::name).doesNotHaveDuplicates();
    }

    @Test
    void answersInstanceTypesFromItsCacheInTheSameOrder() {
        List<InstanceType> first = instanceTypes();
        List<InstanceType> second = instanceTypes();

        assertThat(second).hasSameSizeAs(first);
        for (int i = 0; i < first.size(); i++) {
            assertThat(second.get(i)).isSameAs(first.get(i));
        }
    }

    @Test
    void declaresTheLabelsOfItsOfferingsAsWellKnown() {
        Set<String> known = new HashSet<>(provider().labels().wellKnown());
        known.addAll(Labels.WELL_KNOWN);
        for (InstanceType type : instanceTypes()) {
            assertThat(known).containsAll(type.requirements().keys());
            type.offerings()
                    .forEach(offering -> assertThat(known)
                            .containsAll(offering.requirements().keys()));
        }
    }

    @Test
    void namesItselfAndItsNodeClass() {
        assertThat(provider().name()).isNotEmpty();
        assertThat(provider().supportedNodeClasses())
                .contains(new CloudProvider.NodeClassKind(
                        nodeClass().group(), nodeClass().kind()));
        provider()
                .repairPolicies()
                .forEach(policy -> assertThat(policy.toleration()).isPositive());
    }

    @Test
    void seesNoDriftInAFreshMachine() {
        NodeClaim claim = claim("a", anyKnownInstanceType());
        Machine machine = launch(provider(), claim);
        settle();

        assertThat(provider().drift(launched(claim, machine))).isInstanceOf(CloudProvider.DriftResult.NotDrifted.class);
    }
}
