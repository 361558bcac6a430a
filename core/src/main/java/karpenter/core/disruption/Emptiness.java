package karpenter.core.disruption;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import karpenter.api.v1.NodeClaim;
import org.jspecify.annotations.Nullable;

/**
 * Deletes nodes on which no pod would have to move: all of them in one command, as far as the budgets allow.
 *
 * <p>Complexity: O(machines + pods). Where a budget is short the oldest nodes go first, by name among equals, so that the
 * choice is the same each time.
 *
 * <p>Differs from upstream: a pod whose eviction costs nothing or less still makes a node non-empty; upstream deletes such a
 * node, pod and all, under the reason Empty.
 */
public final class Emptiness implements DisruptionMethod {
    private static final Comparator<Candidate> OLDEST_FIRST = Comparator.comparing(
                    (Candidate candidate) -> candidate.claim().metadata().creationTimestamp(),
                    Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(candidate -> candidate.claim().name());

    @Override
    public DisruptionReason reason() {
        return DisruptionReason.EMPTY;
    }

    @Override
    public String consolidationType() {
        return "empty";
    }

    @Override
    public boolean eventual() {
        return false;
    }

    @Override
    public @Nullable Unfit unfit(Candidate candidate) {
        if (candidate.pool().isStatic()) {
            return Unfit.STATIC_POOL;
        }
        if (candidate.pool().spec().disruption().consolidateAfter().isNever()) {
            return Unfit.CONSOLIDATION_DISABLED;
        }
        if (!candidate.isEmpty()) {
            return Unfit.NOT_EMPTY;
        }
        if (candidate.machine().bufferPods() > 0) {
            return Unfit.BUFFER_ROOM;
        }
        return candidate.claim().isTrue(NodeClaim.CONSOLIDATABLE) ? null : Unfit.NOT_CONSOLIDATABLE;
    }

    @Override
    public DisruptionDecision decide(DisruptionView view) {
        List<Candidate> empty = view.candidates(this);
        if (empty.isEmpty()) {
            return new DisruptionDecision.Nothing(0, List.of());
        }
        List<Candidate> ordered = new ArrayList<>(empty);
        ordered.sort(OLDEST_FIRST);
        Map<String, Integer> left = new HashMap<>();
        view.budgets(reason()).forEach((pool, budget) -> left.put(pool, budget.remaining()));
        List<Candidate> chosen = new ArrayList<>();
        TreeSet<String> blocked = new TreeSet<>();
        for (Candidate candidate : ordered) {
            String pool = candidate.pool().name();
            int remaining = left.getOrDefault(pool, 0);
            if (remaining > 0) {
                left.put(pool, remaining - 1);
                chosen.add(candidate);
            } else {
                blocked.add(pool);
            }
        }
        return chosen.isEmpty()
                ? new DisruptionDecision.Nothing(empty.size(), List.copyOf(blocked))
                : new DisruptionDecision.Act(new DisruptionCommand(this, chosen));
    }
}
