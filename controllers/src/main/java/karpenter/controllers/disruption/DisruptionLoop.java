package karpenter.controllers.disruption;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.disruption.DisruptionMarks.Progress;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeState;
import karpenter.core.disruption.CandidateVerdict;
import karpenter.core.disruption.DisruptionCommand;
import karpenter.core.disruption.DisruptionMethod;
import karpenter.core.disruption.DisruptionMethod.DisruptionDecision;
import karpenter.core.disruption.DisruptionReason;
import karpenter.core.disruption.DisruptionView;
import karpenter.core.disruption.DisruptionView.PoolBudget;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The disruption loop: undoes what a dead process left half done, then asks each method for a command and hands the first one
 * to the queue.
 *
 * <p>It looks every ten seconds, at once after a command was started, when a nomination ends, and when told that a node became
 * consolidatable or that one is gone. It never waits for anything: what a decision must be checked against later is checked by the queue.
 *
 * <p>After a start it holds still until the provisioner has had its say about the pods that wait, so that no node goes as empty
 * that a pod waits for; fifteen seconds at most. One thread.
 */
final class DisruptionLoop {
    private static final Logger LOG = LoggerFactory.getLogger(DisruptionLoop.class);

    private static final Duration IDLE_AGAIN = Duration.ofSeconds(10);
    private static final Duration UNSYNCED_AGAIN = Duration.ofSeconds(1);
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(15);

    private final ControllerContext context;
    private final ClusterState state;
    private final Views views;
    private final DisruptionMarks marks;
    private final DisruptionQueue queue;
    private final List<DisruptionMethod> methods;
    private final DisruptionEvents events;
    private final DisruptionMetrics metrics;

    private @Nullable Instant holdingSince;
    private boolean heldEnough;
    private final Map<String, String> budgetErrors = new HashMap<>();

    DisruptionLoop(
            ControllerContext context,
            ClusterState state,
            Views views,
            DisruptionMarks marks,
            DisruptionQueue queue,
            List<DisruptionMethod> methods,
            DisruptionEvents events,
            DisruptionMetrics metrics) {
        this.context = context;
        this.state = state;
        this.views = views;
        this.marks = marks;
        this.queue = queue;
        this.methods = List.copyOf(methods);
        this.events = events;
        this.metrics = metrics;
    }

    Outcome run() {
        ClusterSnapshot snapshot = state.snapshot();
        if (!snapshot.synced() || holdsStill(snapshot)) {
            return Outcome.requeueAfter(UNSYNCED_AGAIN);
        }
        context.gate().require();
        Outcome undone = undoLeftovers(snapshot);
        if (!(undone instanceof Outcome.Done)) {
            return undone;
        }
        DisruptionView view = views.newest(queue.owned());
        report(view);
        for (DisruptionMethod method : methods) {
            DisruptionCommand command = ask(method, view);
            if (command != null && queue.start(command)) {
                return Outcome.requeueAfter(Duration.ZERO);
            }
        }
        return Outcome.requeueAfter(untilNextLook(view));
    }

    /** Ten seconds, or less when a nomination ends before. */
    private static Duration untilNextLook(DisruptionView view) {
        Instant next = view.now().plus(IDLE_AGAIN);
        for (NodeState machine : view.snapshot().machines()) {
            Instant until = machine.nominatedUntil();
            if (until != null && until.isAfter(view.now()) && until.isBefore(next)) {
                next = until;
            }
        }
        return Duration.between(view.now(), next);
    }

    /** Whether the provisioner hasn't yet looked at pods that wait, or at buffers that keep room, since before this process began. */
    private boolean holdsStill(ClusterSnapshot snapshot) {
        if (heldEnough) {
            return false;
        }
        Instant now = context.time().instant();
        holdingSince = holdingSince == null ? now : holdingSince;
        boolean undecided = snapshot.provisionablePods().stream()
                        .anyMatch(pod -> !state.waits().decided(pod.uid()))
                || !state.buffers().decided(snapshot.capacityBuffers().keySet());
        heldEnough = !undecided || Duration.between(holdingSince, now).compareTo(LONGEST_HOLD) >= 0;
        return !heldEnough;
    }

    /** Takes the marks off nodes that no command owns and that stay: their command died with the process that ran it. */
    private Outcome undoLeftovers(ClusterSnapshot snapshot) {
        for (NodeState machine : snapshot.machines()) {
            Node node = machine.node();
            NodeClaim claim = machine.claim();
            if (node == null
                    || claim == null
                    || machine.leaving()
                    || !DisruptionMarks.isMarked(machine)
                    || queue.owned().contains(machine.key())) {
                continue;
            }
            switch (marks.clear(node.name(), claim.name())) {
                case Progress.Complete _, Progress.Gone _ ->
                    LOG.atInfo()
                            .addKeyValue("Node", Map.of("name", node.name()))
                            .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                            .log("took back the disruption of a node that no command owns");
                case Progress.Unfinished(boolean conflict, String why) -> {
                    return conflict ? Outcome.conflict() : Outcome.retry("clearing disruption marks, " + why);
                }
                case Progress.Impossible(String why) -> {
                    return Outcome.retry("clearing disruption marks, " + why);
                }
            }
        }
        return Outcome.done();
    }

    private void report(DisruptionView view) {
        for (CandidateVerdict verdict : view.verdicts(false)) {
            if (verdict instanceof CandidateVerdict.Ineligible(NodeState machine, var reason)) {
                events.blocked(machine, reason);
            }
        }
        events.annotations(view.snapshot(), view.now());
        for (DisruptionReason reason : DisruptionReason.values()) {
            Map<String, PoolBudget> budgets = view.budgets(reason);
            metrics.budgets(reason, budgets);
            for (PoolBudget budget : budgets.values()) {
                if (budget.blocksAll()) {
                    events.blocked(budget.pool(), reason);
                }
            }
        }
        logBudgetErrors(view.budgets(DisruptionReason.EMPTY));
    }

    /** Once for each text, not every ten seconds. */
    private void logBudgetErrors(Map<String, PoolBudget> budgets) {
        budgetErrors.keySet().retainAll(budgets.keySet());
        budgets.forEach((pool, budget) -> {
            String errors = String.join("; ", budget.allowance().errors());
            if (!errors.equals(budgetErrors.put(pool, errors)) && !errors.isEmpty()) {
                LOG.atError()
                        .addKeyValue("NodePool", Map.of("name", pool))
                        .addKeyValue("error", errors)
                        .log("a disruption budget can't be read, so nothing of the nodepool is disrupted");
            }
        });
    }

    private @Nullable DisruptionCommand ask(DisruptionMethod method, DisruptionView view) {
        long begin = context.time().nanoTime();
        DisruptionDecision decision = method.decide(view);
        metrics.evaluated(method, Duration.ofNanos(context.time().nanoTime() - begin));
        return switch (decision) {
            case DisruptionDecision.Act(DisruptionCommand command) -> {
                metrics.eligible(method, view.candidates(method).size());
                yield command;
            }
            case DisruptionDecision.Nothing(int eligible, List<String> blocked) -> {
                metrics.eligible(method, eligible);
                if (!blocked.isEmpty()) {
                    LOG.atDebug()
                            .addKeyValue("reason", method.reason().text())
                            .addKeyValue("NodePools", blocked)
                            .log("budgets hold back nodes that could be disrupted");
                }
                yield null;
            }
        };
    }
}
