package karpenter.controllers.disruption;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.disruption.DisruptionMarks.Progress;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.state.ClusterState;
import karpenter.core.disruption.Candidate;
import karpenter.core.disruption.CommandValidation;
import karpenter.core.disruption.CommandValidation.Dropped;
import karpenter.core.disruption.DisruptionCommand;
import karpenter.core.disruption.DisruptionView;
import karpenter.core.port.WriteResult;
import karpenter.runtime.ConcurrencyScale;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries commands out: check, mark, let the marks settle, check again, delete.
 *
 * <p><b>Problem.</b> Between a decision and the deletion of a node pods can arrive, budgets can be used up by others, users can
 * forbid the disruption. Waiting long enough to be sure makes everything slow and proves nothing about the moment of the
 * deletion.
 *
 * <p><b>Method.</b> A command is checked against the newest image before its first write; its machines are owned and marked in
 * the image from then on, so that no other decision counts on them and budgets are used up at once. Then each node is tainted.
 * A binding that kube-scheduler had begun before it saw the taint reaches the image within {@link #SETTLES}; only then is the
 * command checked for the last time and its claims deleted. A node that fails a check leaves the command alone: its marks are
 * taken back and the others go on.
 *
 * <p>Every step can be repeated. If this process dies, nodes that are marked but not deleted are set free by the next one's
 * loop, and deleted ones stay deleted.
 *
 * <p><b>Concurrency.</b> Several commands at once, each by one thread; a node belongs to one command.
 *
 * <p><b>Differs from upstream</b>, which waits fifteen seconds inside its loop before it taints, and doesn't look again after.
 */
final class DisruptionQueue {
    /** From the taint's answer to the last check. */
    static final Duration SETTLES = Duration.ofMillis(500);

    /** Failures of a node's marks in a row until it leaves its command. */
    private static final int MOST_TRIES = 8;

    private static final int NODES_PER_PART = 20;

    /** How long a command may take; upstream's least. */
    private static final Duration MOST_TIME = Duration.ofMinutes(10);

    private static final int LEAST_CONCURRENCY = 100;
    private static final int MOST_CONCURRENCY = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(DisruptionQueue.class);

    private final ControllerContext context;
    private final ClusterState state;
    private final Views views;
    private final DisruptionMarks marks;
    private final ClaimDeletions deletions;
    private final DisruptionEvents events;
    private final DisruptionMetrics metrics;
    private final Controller<String> controller;
    private final Map<String, RunningCommand> running = new ConcurrentHashMap<>();
    private final Set<String> owned = ConcurrentHashMap.newKeySet();
    private final AtomicLong sequence = new AtomicLong();

    DisruptionQueue(
            ControllerContext context,
            ClusterState state,
            Views views,
            DisruptionMarks marks,
            ClaimDeletions deletions,
            DisruptionEvents events,
            DisruptionMetrics metrics,
            int cpuRequestsMilli) {
        this.context = context;
        this.state = state;
        this.views = views;
        this.marks = marks;
        this.deletions = deletions;
        this.events = events;
        this.metrics = metrics;
        this.controller = Controller.<String>named("disruption.queue")
                .concurrency(ConcurrencyScale.of(LEAST_CONCURRENCY, MOST_CONCURRENCY, cpuRequestsMilli))
                .keyFields(id -> Map.of("command", id))
                .backoff(Duration.ofMillis(100), Duration.ofSeconds(10))
                .reconciler(this::carryOn)
                .build(context);
    }

    Controller<?> controller() {
        return controller;
    }

    /** Keys of the machines that belong to running commands. */
    Set<String> owned() {
        return Set.copyOf(owned);
    }

    /**
     * Checks a command against the newest image and begins with what is left of it. False when nothing is.
     *
     * <p>The nodes of a command that replaces nothing don't depend on each other, so a large one is carried out in parts, side
     * by side.
     */
    boolean start(DisruptionCommand decided) {
        CommandValidation.Result result = CommandValidation.beforeTaint(decided, views.newest(owned()));
        dropped(decided, result);
        if (result.valid().isEmpty()) {
            return false;
        }
        DisruptionCommand command = new DisruptionCommand(decided.method(), result.valid());
        owned.addAll(command.keys());
        state.mark(command.keys(), true);
        String id = command.reason().metricLabel() + "-" + sequence.incrementAndGet();
        announce(id, command);
        metrics.started(command);
        List<Candidate> all = command.candidates();
        for (int from = 0; from < all.size(); from += NODES_PER_PART) {
            List<Candidate> part = all.subList(from, Math.min(all.size(), from + NODES_PER_PART));
            RunningCommand run = new RunningCommand(
                    all.size() <= NODES_PER_PART ? id : id + "-" + (from / NODES_PER_PART + 1),
                    new DisruptionCommand(command.method(), part),
                    context.time().instant());
            running.put(run.id, run);
            controller.enqueue(run.id);
        }
        return true;
    }

    private static void announce(String id, DisruptionCommand command) {
        LOG.atInfo()
                .addKeyValue("command", id)
                .addKeyValue("reason", command.reason().metricLabel())
                .addKeyValue("decision", command.decision())
                .addKeyValue("disrupted-node-count", command.candidates().size())
                .addKeyValue("replacement-node-count", 0)
                .addKeyValue("pod-count", command.podCount())
                .addKeyValue(
                        "disrupted-nodes",
                        command.candidates().stream()
                                .map(DisruptionQueue::described)
                                .toList())
                .addKeyValue("replacement-nodes", List.of())
                .log("disrupting node(s)");
    }

    private static Map<String, Object> described(Candidate candidate) {
        Map<String, String> labels = candidate.machine().labels();
        return Map.of(
                "Node", Map.of("name", candidate.node().name()),
                "NodeClaim", Map.of("name", candidate.claim().name()),
                "capacity-type", labels.getOrDefault(Labels.CAPACITY_TYPE, ""),
                "instance-type", labels.getOrDefault(Labels.INSTANCE_TYPE, ""));
    }

    private Outcome carryOn(String id) {
        RunningCommand run = running.get(id);
        if (run == null) {
            return Outcome.done();
        }
        context.gate().require();
        if (Duration.between(run.startedAt, context.time().instant()).compareTo(MOST_TIME) > 0) {
            return giveUp(run, "it took longer than " + MOST_TIME.toMinutes() + " minutes");
        }
        if (!run.unmarked.isEmpty()) {
            return mark(run);
        }
        if (!run.settled) {
            run.settled = true;
            return Outcome.requeueAfter(SETTLES);
        }
        return delete(run);
    }

    private Outcome mark(RunningCommand run) {
        String unfinished = null;
        boolean onlyConflicts = true;
        for (Candidate candidate : List.copyOf(run.unmarked.values())) {
            switch (marks.set(candidate, run.command.reason())) {
                case Progress.Complete _ -> {
                    run.unmarked.remove(candidate.key());
                    run.marked.put(candidate.key(), candidate);
                }
                case Progress.Gone _ -> {
                    run.unmarked.remove(candidate.key());
                    release(List.of(candidate));
                }
                case Progress.Unfinished(boolean conflict, String why) -> {
                    unfinished = why;
                    onlyConflicts &= conflict;
                }
                case Progress.Impossible(String why) -> {
                    run.unmarked.remove(candidate.key());
                    failed(run, candidate, why);
                }
            }
        }
        if (unfinished == null) {
            run.tries = 0;
            return run.marked.isEmpty() ? finish(run) : carryOn(run.id);
        }
        if (++run.tries >= MOST_TRIES) {
            String why = unfinished;
            List<Candidate> stuck = List.copyOf(run.unmarked.values());
            run.unmarked.clear();
            run.tries = 0;
            stuck.forEach(candidate -> failed(run, candidate, why));
            return run.marked.isEmpty() ? finish(run) : carryOn(run.id);
        }
        return onlyConflicts ? Outcome.conflict() : Outcome.retry("marking nodes for disruption, " + unfinished);
    }

    private Outcome delete(RunningCommand run) {
        String unfinished = repeatUnanswered(run);
        DisruptionCommand left = new DisruptionCommand(
                run.command.method(),
                run.marked.values().stream()
                        .filter(candidate -> !isUnanswered(run, candidate))
                        .toList());
        Set<String> others = new HashSet<>(owned);
        others.removeAll(run.command.keys());
        DisruptionView view = views.newest(others);
        CommandValidation.Result result = CommandValidation.beforeDelete(left, view);
        dropped(left, result);
        List<Candidate> freed = new ArrayList<>();
        for (Dropped each : result.dropped()) {
            run.marked.remove(each.candidate().key());
            freed.add(each.candidate());
        }
        release(freed);
        for (Candidate candidate : result.valid()) {
            String why = delete(run, candidate);
            unfinished = why == null ? unfinished : why;
        }
        return run.marked.isEmpty()
                ? finish(run)
                : Outcome.retry("deleting nodeclaims, " + (unfinished == null ? "unanswered" : unfinished));
    }

    /** A deletion that was carried out without an answer is asked for again, to be answered and counted. */
    private @Nullable String repeatUnanswered(RunningCommand run) {
        String unfinished = null;
        for (Candidate candidate : List.copyOf(run.marked.values())) {
            if (isUnanswered(run, candidate)) {
                String why = delete(run, candidate);
                unfinished = why == null ? unfinished : why;
            }
        }
        return unfinished;
    }

    /** Whether the candidate's deletion was asked for, and has begun. */
    private boolean isUnanswered(RunningCommand run, Candidate candidate) {
        NodeClaim claim = state.claim(candidate.claim().name());
        return run.asked.contains(candidate.key())
                && claim != null
                && claim.metadata().deleting();
    }

    /** Answers why it has to be tried again, or null. */
    private @Nullable String delete(RunningCommand run, Candidate candidate) {
        String key = candidate.key();
        return switch (deletions.delete(candidate.claim(), run.command.reason().metricLabel())) {
            case WriteResult.Written<NodeClaim> _ -> {
                run.marked.remove(key);
                // The mark in the image stays until the machine is gone: it leaves, whatever the watch has told so far.
                owned.remove(key);
                events.terminating(candidate, run.command.reason());
                yield null;
            }
            case WriteResult.NotFound<NodeClaim> _, WriteResult.Conflict<NodeClaim> _ -> {
                run.marked.remove(key);
                release(List.of(candidate));
                yield null;
            }
            case WriteResult.Unavailable<NodeClaim> unavailable -> {
                run.asked.add(key);
                yield unavailable.message();
            }
            case WriteResult.Refused<NodeClaim>(int status, String message) -> {
                run.marked.remove(key);
                failed(run, candidate, "the API server answered " + status + ": " + message);
                yield null;
            }
            case WriteResult.AlreadyExists<NodeClaim> _ -> {
                run.marked.remove(key);
                failed(run, candidate, "a deletion answered that the object exists");
                yield null;
            }
        };
    }

    private void dropped(DisruptionCommand command, CommandValidation.Result result) {
        metrics.validated(command.method(), result);
        for (Dropped each : result.dropped()) {
            LOG.atDebug()
                    .addKeyValue("Node", Map.of("name", each.candidate().node().name()))
                    .addKeyValue("reason", command.reason().metricLabel())
                    .addKeyValue("cause", each.why().text())
                    .log("node leaves its disruption command");
        }
    }

    private void failed(RunningCommand run, Candidate candidate, String why) {
        metrics.failed(run.command);
        LOG.atError()
                .addKeyValue("Node", Map.of("name", candidate.node().name()))
                .addKeyValue("NodeClaim", Map.of("name", candidate.claim().name()))
                .addKeyValue("error", why)
                .log("failed to disrupt node");
        release(List.of(candidate));
    }

    /** Takes the marks of nodes that stay back; the loop repeats what fails here. Those that go keep theirs. */
    private void release(Collection<Candidate> candidates) {
        for (Candidate candidate : candidates) {
            NodeClaim claim = state.claim(candidate.claim().name());
            boolean stays = claim != null
                    && !claim.metadata().deleting()
                    && claim.metadata()
                            .uid()
                            .equals(candidate.claim().metadata().uid());
            if (stays) {
                marks.clear(candidate.node().name(), candidate.claim().name());
                state.mark(List.of(candidate.key()), false);
            }
            owned.remove(candidate.key());
        }
    }

    private Outcome giveUp(RunningCommand run, String why) {
        List<Candidate> left = new ArrayList<>(run.unmarked.values());
        left.addAll(run.marked.values());
        left.forEach(candidate -> failed(run, candidate, why));
        return finish(run);
    }

    private Outcome finish(RunningCommand run) {
        running.remove(run.id);
        owned.removeAll(run.command.keys().stream()
                .filter(key -> running.values().stream()
                        .noneMatch(other -> other.command.keys().contains(key)))
                .toList());
        return Outcome.done();
    }
}
