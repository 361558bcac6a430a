package karpenter.core.disruption;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.core.cluster.NodeState;
import org.jspecify.annotations.Nullable;

/**
 * Checks a decided command against a newer image, node by node: a command may have become wrong since it was decided, and
 * must not be carried out then.
 */
public final class CommandValidation {
    private CommandValidation() {}

    /** Which nodes of the command are still right, as the newer image has them, and which aren't, and why. */
    public record Result(List<Candidate> valid, List<Dropped> dropped) {
        public Result {
            valid = List.copyOf(valid);
            dropped = List.copyOf(dropped);
        }
    }

    /** @param candidate as the command had it */
    public record Dropped(Candidate candidate, Why why) {}

    /** Why a node leaves its command. */
    public sealed interface Why {
        String text();

        /** The machine is gone, or another one has its place. */
        record Gone() implements Why {
            @Override
            public String text() {
                return "it is gone";
            }
        }

        record NowBlocked(Blocked reason) implements Why {
            @Override
            public String text() {
                return reason.text();
            }
        }

        record NowUnfit(DisruptionMethod.Unfit reason) implements Why {
            @Override
            public String text() {
                return reason.text();
            }
        }

        record OverBudget(String pool) implements Why {
            @Override
            public String text() {
                return "the budget of NodePool " + pool + " is used up";
            }
        }
    }

    /**
     * Checks before anything is done: the nodes must be as free as when the command was decided.
     *
     * @param view of the newer image, in which this command owns nothing yet
     */
    public static Result beforeTaint(DisruptionCommand command, DisruptionView view) {
        return validate(command, view, false);
    }

    /**
     * Checks after the taint and before the deletion: what the command itself did to the nodes (mark, taint, ownership) is no
     * obstacle, and its nodes aren't counted twice in the budget.
     */
    public static Result beforeDelete(DisruptionCommand command, DisruptionView view) {
        return validate(command, view, true);
    }

    private static Result validate(DisruptionCommand command, DisruptionView view, boolean owner) {
        Map<String, Integer> left = new HashMap<>();
        Set<String> own = owner ? command.keys() : Set.of();
        view.budgets(command.reason(), own).forEach((pool, budget) -> left.put(pool, budget.remaining()));
        List<Candidate> valid = new ArrayList<>();
        List<Dropped> dropped = new ArrayList<>();
        for (Candidate candidate : command.candidates()) {
            NodeState machine = view.snapshot().machinesByKey().get(candidate.key());
            CandidateVerdict verdict = machine == null || !isSame(machine, candidate)
                    ? null
                    : owner
                            ? view.verdictForOwner(machine, command.method().eventual())
                            : view.verdict(machine, command.method().eventual());
            Why why = why(verdict, command.method(), left);
            if (why == null && verdict instanceof CandidateVerdict.Eligible(Candidate now)) {
                left.merge(now.pool().name(), -1, Integer::sum);
                valid.add(now);
            } else {
                dropped.add(new Dropped(candidate, why == null ? new Why.Gone() : why));
            }
        }
        return new Result(valid, dropped);
    }

    private static boolean isSame(NodeState machine, Candidate candidate) {
        return machine.claim() != null
                && machine.claim()
                        .metadata()
                        .uid()
                        .equals(candidate.claim().metadata().uid());
    }

    private static @Nullable Why why(
            @Nullable CandidateVerdict verdict, DisruptionMethod method, Map<String, Integer> left) {
        return switch (verdict) {
            case null -> new Why.Gone();
            case CandidateVerdict.Ineligible(NodeState machine, Blocked reason) -> new Why.NowBlocked(reason);
            case CandidateVerdict.Eligible(Candidate now) -> {
                DisruptionMethod.Unfit unfit = method.unfit(now);
                if (unfit != null) {
                    yield new Why.NowUnfit(unfit);
                }
                String pool = now.pool().name();
                yield left.getOrDefault(pool, 0) > 0 ? null : new Why.OverBudget(pool);
            }
        };
    }
}
