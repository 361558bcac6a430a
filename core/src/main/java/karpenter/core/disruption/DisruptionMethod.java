package karpenter.core.disruption;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One way to find nodes worth disrupting. Pure: equal input gives an equal decision. */
public interface DisruptionMethod {
    DisruptionReason reason();

    /** The label {@code consolidation_type} of metrics: empty, multi, single, or nothing at all. */
    String consolidationType();

    /**
     * Whether a node may be chosen although its pods can't be evicted now, because its termination grace period will end
     * their resistance: drift is eventual, all else graceful.
     */
    boolean eventual();

    /**
     * Why this method doesn't want a node that nothing blocks, or null if it does. Asked when the candidates are gathered and
     * again each time a command is validated.
     */
    @Nullable
    Unfit unfit(Candidate candidate);

    /** Chooses among all candidates that may be disrupted and that this method wants. */
    DisruptionDecision decide(DisruptionView view);

    /** Why a method passes over a node that could be disrupted. */
    enum Unfit {
        STATIC_POOL("the NodePool has a fixed size"),
        CONSOLIDATION_DISABLED("consolidateAfter is Never"),
        NOT_EMPTY("pods would have to move"),
        BUFFER_ROOM("capacity buffers keep room on it"),
        NOT_CONSOLIDATABLE("consolidateAfter has not passed since the last pod came or went");

        private final String text;

        Unfit(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /** What a method decided. */
    sealed interface DisruptionDecision {
        record Act(DisruptionCommand command) implements DisruptionDecision {}

        /**
         * Nothing to do.
         *
         * @param eligible how many nodes the method wanted
         * @param blockedByBudget pools whose budget holds back nodes the method wanted; look again when it frees up
         */
        record Nothing(int eligible, List<String> blockedByBudget) implements DisruptionDecision {
            public Nothing {
                blockedByBudget = List.copyOf(blockedByBudget);
            }
        }
    }
}
