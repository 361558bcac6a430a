package karpenter.controllers.launch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.controllers.state.ClusterState;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.Pod;
import karpenter.core.port.ObjectReader;
import karpenter.core.port.ObjectReader.ReadResult;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.WriteResult;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.validation.LabelRules;
import karpenter.runtime.Metrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns plans into NodeClaims, each exactly once.
 *
 * <p><b>Problem.</b> A create can be carried out although its answer is lost. Whoever then plans the same pods again buys the
 * same machine twice.
 *
 * <p><b>Method.</b> The name is chosen before the call, and a create without an answer is repeated with the very same object
 * until the server says either that it stored it now or that it has it already, or until the watch has told of it: a claim
 * that came without an answer and went again must not come a second time. What is still open after a few tries is kept: {@link
 * #open} tells the caller to plan nothing until {@link #finishOpen} has brought it to an end.
 *
 * <p><b>Concurrency.</b> Any number of plans at once. Limits are checked and the order noted under a lock, so that claims
 * launched side by side can't pass a limit together; calls are made outside of it.
 */
public final class NodeClaimLauncher {
    private static final Logger LOG = LoggerFactory.getLogger(NodeClaimLauncher.class);

    /** Creates of one object in a row before it is left to the next pass. */
    private static final int TRIES = 3;

    /** Longer than a create waits for its answer; who gets that answer makes promises of his own. */
    private static final Duration PROMISE = Duration.ofSeconds(20);

    private static final int NAMES_IN_LOG = 5;
    private static final String DELETED_AT_ONCE = "the claim was deleted at once";

    private final ObjectWriter<NodeClaim> claims;
    private final ObjectReader<NodeClaim> stored;
    private final ClusterState state;
    private final LabelRules rules;
    private final RandomGenerator random;
    private final Metrics.Counter created;

    private final ReentrantLock lock = new ReentrantLock();
    /** By claim name: orders that the server hasn't answered yet. */
    private final Map<String, Order> orders = new LinkedHashMap<>();
    /** Names of ordered claims that the watch has told of. */
    private final Set<String> seen = new HashSet<>();

    private record Order(NodeClaim claim, NodePlan plan, String reason) {}

    /** @param random for the names' last five characters; guarded by this object */
    public NodeClaimLauncher(
            ObjectWriter<NodeClaim> claims,
            ObjectReader<NodeClaim> stored,
            ClusterState state,
            LabelRules rules,
            RandomGenerator random,
            Metrics metrics) {
        this.claims = claims;
        this.stored = stored;
        this.state = state;
        this.rules = rules;
        this.random = random;
        this.created = metrics.counter(
                "karpenter_nodeclaims_created_total",
                "Number of nodeclaims created in total by Karpenter. Labeled by reason the nodeclaim was created, the owning nodepool and whether minValues was lowered for it.",
                "reason",
                "nodepool",
                "min_values_relaxed");
        state.listen(this::hear);
    }

    private void hear(ClusterDelta delta) {
        if (delta instanceof ClusterDelta.NodeClaimChanged(NodeClaim claim)) {
            lock.lock();
            try {
                Order order = orders.get(claim.name());
                if (order != null && isOurs(claim, order)) {
                    seen.add(claim.name());
                    promise(claim);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** The plan's pods are on their way to a machine that comes before the answer does: it must not go as empty meanwhile. */
    private void promise(NodeClaim claim) {
        if (!claim.status().providerID().isEmpty()) {
            state.nominate(claim.status().providerID(), PROMISE);
        }
    }

    /** What became of a plan. */
    public sealed interface Launch {
        NodePlan plan();

        /** The claim is stored, and in the image. */
        record Created(NodePlan plan, NodeClaim claim) implements Launch {}

        /** Nothing was created, and nothing will be. */
        record Refused(NodePlan plan, String why) implements Launch {}

        /** Whether the claim is stored isn't known; see {@link NodeClaimLauncher#finishOpen}. */
        record Open(NodePlan plan, NodeClaim claim, String why) implements Launch {}
    }

    /**
     * Creates the claim of one plan.
     *
     * @param reason as metrics write it: {@code provisioned}, or why the node that it replaces is disrupted
     */
    public Launch launch(NodePlan plan, String reason) {
        Order order;
        lock.lock();
        try {
            ClusterSnapshot snapshot = state.snapshot();
            NodePool pool = snapshot.nodePools().get(plan.pool().name());
            if (pool == null || pool.metadata().deleting()) {
                return new Launch.Refused(plan, "nodepool " + plan.pool().name() + " is gone");
            }
            String exceeded = exceeded(snapshot, pool, plan);
            if (exceeded != null) {
                return new Launch.Refused(plan, exceeded);
            }
            NodeClaim draft = ClaimDraft.of(plan, ClaimNames.next(pool.name(), random), rules);
            // The lifecycle adds the finalizer to claims that lack it; with it from the start that is one write less.
            NodeClaim held = draft.withMetadata(draft.metadata().withFinalizer(Labels.TERMINATION_FINALIZER));
            order = new Order(held, plan, reason);
            orders.put(order.claim().name(), order);
        } finally {
            lock.unlock();
        }
        return carryOut(order);
    }

    /** Counts what is stored, what was ordered a moment ago, and this plan. */
    private @Nullable String exceeded(ClusterSnapshot snapshot, NodePool pool, NodePlan plan) {
        PoolUsage usage = PoolUsage.of(snapshot, pool.name()).plusNode(plan.requests());
        for (Order order : orders.values()) {
            boolean counted = snapshot.claims().containsKey(order.claim().name());
            if (!counted && order.plan().pool().name().equals(pool.name())) {
                usage = usage.plusNode(order.plan().requests());
            }
        }
        return usage.exceeded(pool);
    }

    /** Whether there are creates whose outcome isn't known: then nothing may be planned. */
    public boolean open() {
        lock.lock();
        try {
            return !orders.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Tries once more to bring every open create to an end. */
    public List<Launch> finishOpen() {
        List<Order> open;
        lock.lock();
        try {
            open = List.copyOf(orders.values());
        } finally {
            lock.unlock();
        }
        List<Launch> launches = new ArrayList<>();
        open.forEach(order -> launches.add(carryOut(order)));
        return List.copyOf(launches);
    }

    private Launch carryOut(Order order) {
        String why = "";
        for (int tried = 0; tried < TRIES; tried++) {
            if (seen(order)) {
                NodeClaim claim = state.claim(order.claim().name());
                return claim == null ? refused(order, DELETED_AT_ONCE) : created(order, claim);
            }
            switch (claims.create(order.claim())) {
                case WriteResult.Written<NodeClaim>(NodeClaim claim) -> {
                    return created(order, claim);
                }
                case WriteResult.AlreadyExists<NodeClaim> exists -> {
                    switch (stored.get(order.claim().name())) {
                        case ReadResult.Found<NodeClaim>(NodeClaim claim) -> {
                            return isOurs(claim, order)
                                    ? created(order, claim)
                                    : refused(order, "the name " + claim.name() + " is taken");
                        }
                        case ReadResult.NotFound<NodeClaim> deleted -> {
                            return refused(order, DELETED_AT_ONCE);
                        }
                        case ReadResult.Unavailable<NodeClaim>(String message) -> why = message;
                    }
                }
                case WriteResult.Unavailable<NodeClaim> unavailable -> why = unavailable.message();
                case WriteResult.Conflict<NodeClaim>(String message) -> {
                    return refused(order, message);
                }
                case WriteResult.NotFound<NodeClaim> notFound -> {
                    return refused(order, "the API server knows no NodeClaims; are the CRDs installed?");
                }
                case WriteResult.Refused<NodeClaim> refused -> {
                    return refused(order, "the API server answered " + refused.status() + ": " + refused.message());
                }
            }
        }
        return new Launch.Open(order.plan(), order.claim(), why);
    }

    /** The spec holds all the plan's requirements and requests, and the name is random: what has both is the same claim. */
    private static boolean isOurs(NodeClaim found, Order order) {
        return found.spec().equals(order.claim().spec())
                && found.metadata()
                        .ownerReferences()
                        .equals(order.claim().metadata().ownerReferences());
    }

    private Launch created(Order order, NodeClaim claim) {
        state.written(claim);
        close(order);
        NodePlan plan = order.plan();
        String pool = plan.pool().name();
        created.inc(order.reason(), pool, Boolean.toString(plan.minValuesRelaxed()));
        List<String> types =
                plan.instanceTypes().stream().map(InstanceType::name).sorted().toList();
        LOG.atInfo()
                .addKeyValue("NodePool", Map.of("name", pool))
                .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                .addKeyValue("requests", plan.requests().quantities())
                .addKeyValue("instance-types", Shortened.list(types, NAMES_IN_LOG))
                .addKeyValue("Pods", Shortened.list(plan.pods(), Pod::key, NAMES_IN_LOG))
                .log("created nodeclaim");
        return new Launch.Created(plan, claim);
    }

    private Launch refused(Order order, String why) {
        close(order);
        return new Launch.Refused(order.plan(), why);
    }

    private boolean seen(Order order) {
        lock.lock();
        try {
            return seen.contains(order.claim().name());
        } finally {
            lock.unlock();
        }
    }

    private void close(Order order) {
        lock.lock();
        try {
            orders.remove(order.claim().name());
            seen.remove(order.claim().name());
        } finally {
            lock.unlock();
        }
    }
}
