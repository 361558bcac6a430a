package karpenter.core.disruption;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import karpenter.api.GoDuration;
import karpenter.api.v1.NodePool;
import org.jspecify.annotations.Nullable;

/** What a NodePool's disruption budgets allow at a moment. */
public final class Budgets {
    /** No active budget limits the reason. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private Budgets() {}

    /**
     * How many of the pool's nodes may be disrupted at once for a reason.
     *
     * @param nodes {@link #UNLIMITED}, or how many
     * @param errors why budgets can't be read; if there are any, nothing is allowed for any reason
     */
    public record Allowance(int nodes, List<String> errors) {
        public Allowance {
            errors = List.copyOf(errors);
        }
    }

    /**
     * The smallest of all budgets that are active and speak about the reason. A budget that can't be read allows nothing, for
     * every reason: who writes a budget wants to be careful, and a typo must not undo that.
     *
     * @param nodeCount nodes of the pool, of which percentages are taken, rounded up
     */
    public static Allowance allowed(NodePool pool, DisruptionReason reason, int nodeCount, Instant now) {
        int least = UNLIMITED;
        List<String> errors = new ArrayList<>();
        for (NodePool.Budget budget : pool.spec().disruption().budgets()) {
            try {
                int nodes = nodes(budget.nodes(), nodeCount);
                boolean counts = isActive(budget, now) && covers(budget, reason);
                least = counts ? Math.min(least, nodes) : least;
            } catch (IllegalArgumentException e) {
                errors.add(e.getMessage());
            }
        }
        return new Allowance(errors.isEmpty() ? least : 0, errors);
    }

    private static boolean covers(NodePool.Budget budget, DisruptionReason reason) {
        List<String> reasons = budget.reasons();
        return reasons == null || reasons.contains(reason.text());
    }

    private static int nodes(String text, int nodeCount) {
        boolean percent = text.endsWith("%");
        String number = percent ? text.substring(0, text.length() - 1) : text;
        if (!number.matches("\\d{1,9}")) {
            throw new IllegalArgumentException(
                    "budget nodes \"" + text + "\" is neither a number nor a percentage; write for example 3 or 10%");
        }
        long value = Long.parseLong(number);
        return (int) Math.min(UNLIMITED, percent ? (value * nodeCount + 99) / 100 : value);
    }

    /**
     * Whether the budget limits anything at that moment: always without a schedule, else for its duration from each hit on. A
     * schedule that never hits limits always.
     *
     * @throws IllegalArgumentException when the schedule or the duration can't be read, or only one of them is given
     */
    static boolean isActive(NodePool.Budget budget, Instant now) {
        String schedule = budget.schedule();
        String duration = budget.duration();
        if (schedule == null && duration == null) {
            return true;
        }
        if (schedule == null || duration == null) {
            throw new IllegalArgumentException("budget with schedule " + quoted(schedule) + " and duration "
                    + quoted(duration) + " needs both or neither");
        }
        Duration length = GoDuration.parse(duration);
        Instant hit = CronSchedule.parse(schedule).next(now.minus(length));
        return hit == null || !hit.isAfter(now);
    }

    private static String quoted(@Nullable String text) {
        return text == null ? "none" : "\"" + text + "\"";
    }
}
