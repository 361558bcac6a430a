package karpenter.core.scheduling;

import java.util.List;

/** Why a pod has no place. To be extended by a case for each constraint, with its values. */
public sealed interface RejectionReason {
    /** For the event after {@code Failed to schedule pod, }, the log and {@code karpenter solve}. */
    String text();

    /** The pod asks for something that isn't supported; it is refused rather than placed as if it hadn't asked. */
    record Unsupported(String feature) implements RejectionReason {
        @Override
        public String text() {
            return "the pod asks for " + feature + ", which is not supported yet";
        }
    }

    /** No pool may launch nodes at all. */
    record NoPools() implements RejectionReason {
        @Override
        public String text() {
            return "no dynamic nodepools found";
        }
    }

    /** No pool can serve it, each for its own reason. */
    record NoPoolFits(List<PoolReason> pools) implements RejectionReason {
        public NoPoolFits {
            pools = List.copyOf(pools);
        }

        /** @param text the first constraint that failed, with its values */
        public record PoolReason(String pool, String text) {}

        @Override
        public String text() {
            return String.join(
                    "; ",
                    pools.stream()
                            .map(reason -> "nodepool \"" + reason.pool() + "\": " + reason.text())
                            .toList());
        }
    }
}
