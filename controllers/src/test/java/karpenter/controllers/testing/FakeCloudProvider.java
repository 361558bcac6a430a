package karpenter.controllers.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import karpenter.api.Labels;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.core.catalog.InstanceType;
import org.jspecify.annotations.Nullable;

/** A cloud in memory. Launches what it is asked for unless told to answer otherwise; a launch is idempotent by claim uid. */
public final class FakeCloudProvider implements CloudProvider {
    public static final NodeClassKind NODE_CLASS = new NodeClassKind("karpenter.test.sh", "TestNodeClass");

    private final Faults faults;
    private final Map<String, Machine> machines = new LinkedHashMap<>();
    private final Map<String, String> providerIdByClaimUid = new HashMap<>();
    private final Map<String, Integer> terminationsLeft = new HashMap<>();
    private final Map<String, Integer> launchesByClaim = new TreeMap<>();
    private final Map<String, Integer> terminateCalls = new TreeMap<>();
    private final Map<String, DriftResult> drift = new HashMap<>();
    private final List<RepairPolicy> repairPolicies = new ArrayList<>();
    private Function<NodeClaim, @Nullable LaunchResult> launchAnswer = claim -> null;
    private List<InstanceType> types = List.of();
    private @Nullable InstanceTypesResult typesAnswer;
    private @Nullable String terminateFailure;
    private @Nullable String listFailure;
    private int terminationCalls = 1;
    private int sequence;

    public FakeCloudProvider(Faults faults) {
        this.faults = faults;
    }

    /** Answers launches with what the function says; where it answers null, a machine is launched. */
    public synchronized void answerLaunches(Function<NodeClaim, @Nullable LaunchResult> answer) {
        launchAnswer = answer;
    }

    /** How many calls a termination takes until the machine is gone; 1 unless said otherwise. */
    public synchronized void terminationTakes(int calls) {
        terminationCalls = calls;
    }

    /** Lets terminations fail with that message; null lets them work. */
    public synchronized void failTerminations(@Nullable String message) {
        terminateFailure = message;
    }

    /** Lets lists fail with that message; null lets them work. */
    public synchronized void failLists(@Nullable String message) {
        listFailure = message;
    }

    public synchronized void setInstanceTypes(List<InstanceType> instanceTypes) {
        types = List.copyOf(instanceTypes);
    }

    /** Answers every question for instance types with that; null goes back to {@link #setInstanceTypes}. */
    public synchronized void answerInstanceTypes(@Nullable InstanceTypesResult answer) {
        typesAnswer = answer;
    }

    /** Says that the machine of this claim has drifted, or whatever else. */
    public synchronized void setDrift(String claimName, DriftResult result) {
        drift.put(claimName, result);
    }

    public synchronized void addRepairPolicy(String conditionType, String conditionStatus, Duration toleration) {
        repairPolicies.add(new RepairPolicy(conditionType, conditionStatus, toleration));
    }

    /** The machines that exist, in the order of their launch. */
    public synchronized List<Machine> machines() {
        return List.copyOf(machines.values());
    }

    /** Puts a machine there that no launch made. */
    public synchronized void putMachine(Machine machine) {
        machines.put(machine.providerId(), machine);
    }

    /** Takes a machine away behind everybody's back. */
    public synchronized void loseMachine(String providerId) {
        machines.remove(providerId);
    }

    /** How many machines were really launched for a claim's name. */
    public synchronized int launches(String claimName) {
        return launchesByClaim.getOrDefault(claimName, 0);
    }

    /** How often a machine was asked to stop. */
    public synchronized int terminateCalls(String providerId) {
        return terminateCalls.getOrDefault(providerId, 0);
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public List<NodeClassKind> supportedNodeClasses() {
        return List.of(NODE_CLASS);
    }

    @Override
    public ProviderLabels labels() {
        return new ProviderLabels(Set.of(), Set.of("karpenter.test.sh"), Set.of());
    }

    @Override
    public synchronized LaunchResult launch(NodeClaim claim) {
        Fault fault = faults.arriving("launch " + claim.name());
        if (fault == Fault.CONFLICT || fault == Fault.UNAVAILABLE) {
            return new LaunchResult.Failed(LaunchResult.Failed.LAUNCH_FAILED, "planned fault");
        }
        LaunchResult answer = launchAnswer.apply(claim);
        if (answer == null) {
            answer = new LaunchResult.Launched(machineFor(claim));
        }
        faults.answering(fault);
        return fault == Fault.LOST_ANSWER
                ? new LaunchResult.Failed(LaunchResult.Failed.LAUNCH_FAILED, "the answer was lost")
                : answer;
    }

    private Machine machineFor(NodeClaim claim) {
        String known = providerIdByClaimUid.get(claim.metadata().uid());
        Machine existing = known == null ? null : machines.get(known);
        if (existing != null) {
            return existing;
        }
        Map<String, Quantity> resources = new TreeMap<>(
                Map.of("cpu", Quantity.parse("4"), "memory", Quantity.parse("16Gi"), "pods", Quantity.parse("110")));
        resources.putAll(claim.spec().resources().requests());
        Map<String, String> labels = new TreeMap<>(Map.of(
                Labels.INSTANCE_TYPE,
                "fake-4x",
                Labels.ZONE,
                "zone-a",
                Labels.CAPACITY_TYPE,
                Labels.CAPACITY_TYPE_ON_DEMAND));
        Machine machine = new Machine(
                "fake:///machine-" + ++sequence,
                "image-1",
                claim.name(),
                labels,
                Map.of("karpenter.test.sh/launched", "true"),
                resources,
                resources,
                false);
        machines.put(machine.providerId(), machine);
        providerIdByClaimUid.put(claim.metadata().uid(), machine.providerId());
        launchesByClaim.merge(claim.name(), 1, Integer::sum);
        return machine;
    }

    @Override
    public synchronized TerminateResult terminate(NodeClaim claim) {
        String recorded = claim.status().providerID();
        String providerId = recorded.isEmpty()
                ? providerIdByClaimUid.getOrDefault(claim.metadata().uid(), "")
                : recorded;
        Fault fault = faults.arriving("terminate " + providerId);
        if (fault == Fault.CONFLICT || fault == Fault.UNAVAILABLE) {
            return new TerminateResult.Failed("planned fault");
        }
        if (terminateFailure != null) {
            return new TerminateResult.Failed(terminateFailure);
        }
        terminateCalls.merge(providerId, 1, Integer::sum);
        TerminateResult answer;
        if (machines.containsKey(providerId)) {
            int left = terminationsLeft.merge(
                    providerId, terminationsLeft.containsKey(providerId) ? -1 : terminationCalls - 1, Integer::sum);
            if (left <= 0) {
                machines.remove(providerId);
            }
            answer = new TerminateResult.Accepted();
        } else {
            answer = new TerminateResult.Gone();
        }
        faults.answering(fault);
        return fault == Fault.LOST_ANSWER ? new TerminateResult.Failed("the answer was lost") : answer;
    }

    @Override
    public synchronized LookupResult get(String providerId) {
        Machine machine = machines.get(providerId);
        return machine == null ? new LookupResult.Gone() : new LookupResult.Found(machine);
    }

    @Override
    public synchronized ListResult list() {
        return listFailure == null ? new ListResult.Listed(machines()) : new ListResult.Failed(listFailure);
    }

    @Override
    public synchronized InstanceTypesResult instanceTypes(NodePool pool) {
        return typesAnswer == null ? new InstanceTypesResult.Found(types) : typesAnswer;
    }

    @Override
    public synchronized DriftResult drift(NodeClaim claim) {
        return drift.getOrDefault(claim.name(), new DriftResult.NotDrifted());
    }

    @Override
    public synchronized List<RepairPolicy> repairPolicies() {
        return List.copyOf(repairPolicies);
    }
}
