package karpenter.core.disruption;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import org.jspecify.annotations.Nullable;

/**
 * One snapshot at one moment, read for disruption: verdicts on machines and budgets of pools.
 *
 * <p>Complexity: a verdict is O(pods of the machine × disruption budgets of their namespace), the budgets of all pools
 * O(machines). Immutable but for what it remembers of its own answers; one thread at a time.
 */
public final class DisruptionView {
    private final ClusterSnapshot snapshot;
    private final Instant now;
    private final Set<String> owned;
    private final Map<String, String> unresolvablePools;
    private final PodEvictionLimits evictionLimits;

    /**
     * @param owned keys of machines that belong to a running command
     * @param unresolvablePools pools whose instance types the provider can't tell now, with the reason
     */
    public DisruptionView(
            ClusterSnapshot snapshot, Instant now, Set<String> owned, Map<String, String> unresolvablePools) {
        this.snapshot = snapshot;
        this.now = now;
        this.owned = Set.copyOf(owned);
        this.unresolvablePools = Map.copyOf(unresolvablePools);
        this.evictionLimits = new PodEvictionLimits(snapshot.disruptionBudgets());
    }

    public ClusterSnapshot snapshot() {
        return snapshot;
    }

    public Instant now() {
        return now;
    }

    /** Whether the machine may be disrupted, and if not, the first reason in upstream's order. */
    public CandidateVerdict verdict(NodeState machine, boolean eventual) {
        return verdict(machine, eventual, false);
    }

    /**
     * Looks again at a machine that a command owns: its mark, its taint and its ownership are the command's own work.
     *
     * @param eventual see {@link DisruptionMethod#eventual}
     */
    CandidateVerdict verdictForOwner(NodeState machine, boolean eventual) {
        return verdict(machine, eventual, true);
    }

    private CandidateVerdict verdict(NodeState machine, boolean eventual, boolean owner) {
        Node node = machine.node();
        NodeClaim claim = machine.claim();
        Blocked blocked = blockedNode(machine, owner);
        if (blocked != null || node == null || claim == null) {
            return new CandidateVerdict.Ineligible(machine, blocked == null ? new Blocked.NotManaged() : blocked);
        }
        String poolName = machine.nodePoolName();
        NodePool pool = poolName == null ? null : snapshot.nodePools().get(poolName);
        if (poolName == null || pool == null) {
            return new CandidateVerdict.Ineligible(
                    machine, poolName == null ? new Blocked.NoPoolLabel() : new Blocked.PoolNotFound(poolName));
        }
        String unresolvable = unresolvablePools.get(poolName);
        if (unresolvable != null) {
            return new CandidateVerdict.Ineligible(machine, new Blocked.PoolUnresolvable(poolName, unresolvable));
        }
        boolean podsMayBlock = !(eventual && claim.spec().terminationGracePeriod() != null);
        Blocked blockedPod = podsMayBlock ? blockedPod(machine) : null;
        if (blockedPod != null) {
            return new CandidateVerdict.Ineligible(machine, blockedPod);
        }
        List<Pod> reschedulable = new ArrayList<>();
        for (Pod pod : machine.pods()) {
            if (pod.reschedulable()) {
                reschedulable.add(pod);
            }
        }
        return new CandidateVerdict.Eligible(new Candidate(machine, node, claim, pool, reschedulable));
    }

    private @Nullable Blocked blockedNode(NodeState machine, boolean owner) {
        if (!owner && owned.contains(machine.key())) {
            return new Blocked.InCommand();
        }
        if (!machine.managed()) {
            return new Blocked.NotManaged();
        }
        if (machine.node() == null) {
            return new Blocked.NoNode();
        }
        if (!machine.initialized()) {
            return new Blocked.NotInitialized();
        }
        if (owner ? isDeleting(machine) : machine.leaving()) {
            return new Blocked.Leaving();
        }
        if (machine.nominated(now)) {
            return new Blocked.Nominated();
        }
        if ("true".equals(machine.annotations().get(Labels.DO_NOT_DISRUPT))) {
            return new Blocked.NodeAnnotated();
        }
        return null;
    }

    /** Whether it is on its way out for good; a mark can be taken back, a deletion can't. */
    private static boolean isDeleting(NodeState machine) {
        NodeClaim claim = machine.claim();
        Node node = machine.node();
        return (claim != null && (claim.metadata().deleting() || claim.isTrue(NodeClaim.INSTANCE_TERMINATING)))
                || (node != null && node.metadata().deleting());
    }

    private @Nullable Blocked blockedPod(NodeState machine) {
        for (Pod pod : machine.pods()) {
            if (DoNotDisrupt.protects(pod, now)
                    && DoNotDisrupt.of(pod, now) instanceof DoNotDisrupt.Active(Instant until)) {
                return new Blocked.PodAnnotated(pod.key(), until);
            }
        }
        for (Pod pod : machine.pods()) {
            var budgets = evictionLimits.blocking(pod);
            if (!budgets.isEmpty()) {
                return new Blocked.PodUnevictable(pod.key(), budgets);
            }
        }
        return null;
    }

    /** Verdicts on all managed machines, in the snapshot's order. */
    public List<CandidateVerdict> verdicts(boolean eventual) {
        List<CandidateVerdict> verdicts = new ArrayList<>();
        for (NodeState machine : snapshot.machines()) {
            if (machine.managed()) {
                verdicts.add(verdict(machine, eventual));
            }
        }
        return verdicts;
    }

    /** What may be disrupted and the method wants, in the snapshot's order. */
    public List<Candidate> candidates(DisruptionMethod method) {
        List<Candidate> wanted = new ArrayList<>();
        for (CandidateVerdict verdict : verdicts(method.eventual())) {
            if (verdict instanceof CandidateVerdict.Eligible(Candidate candidate) && method.unfit(candidate) == null) {
                wanted.add(candidate);
            }
        }
        return wanted;
    }

    /**
     * The budget of a pool for a reason.
     *
     * @param nodes initialized nodes that aren't being terminated; percentages are taken of them
     * @param disrupting those of them that aren't ready or on their way out: they use the budget up
     */
    public record PoolBudget(NodePool pool, int nodes, int disrupting, Budgets.Allowance allowance) {
        /** How many more may go. */
        public int remaining() {
            return allowance.nodes() == Budgets.UNLIMITED
                    ? Budgets.UNLIMITED
                    : Math.max(0, allowance.nodes() - disrupting);
        }

        /** Whether the pool has nodes and the budget alone, however few are disrupted, lets none of them go. */
        public boolean blocksAll() {
            return nodes > 0 && allowance.nodes() == 0;
        }
    }

    /** The budgets of all pools for a reason, by name. */
    public Map<String, PoolBudget> budgets(DisruptionReason reason) {
        return budgets(reason, Set.of());
    }

    /** As {@link #budgets(DisruptionReason)}, not counting what a command itself takes. */
    Map<String, PoolBudget> budgets(DisruptionReason reason, Set<String> exceptMarksOn) {
        Map<String, int[]> counts = new TreeMap<>();
        for (NodeState machine : snapshot.machines()) {
            Node node = machine.node();
            NodeClaim claim = machine.claim();
            String pool = machine.nodePoolName();
            if (node == null
                    || claim == null
                    || pool == null
                    || !machine.initialized()
                    || claim.isTrue(NodeClaim.INSTANCE_TERMINATING)) {
                continue;
            }
            int[] count = counts.computeIfAbsent(pool, name -> new int[2]);
            count[0]++;
            boolean leaving = exceptMarksOn.contains(machine.key()) ? isDeleting(machine) : machine.leaving();
            if (!node.ready() || leaving) {
                count[1]++;
            }
        }
        Map<String, PoolBudget> budgets = new TreeMap<>();
        for (NodePool pool : snapshot.nodePools().values()) {
            int[] count = counts.getOrDefault(pool.name(), new int[2]);
            budgets.put(
                    pool.name(),
                    new PoolBudget(pool, count[0], count[1], Budgets.allowed(pool, reason, count[0], now)));
        }
        return budgets;
    }
}
