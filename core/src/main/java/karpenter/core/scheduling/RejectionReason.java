package karpenter.core.scheduling;

import java.util.List;

/** Why a pod has no place. */
public sealed interface RejectionReason {
    /** For the event after {@code Failed to schedule pod, }, the log and {@code karpenter solve}. */
    String text();

    /** Whether it goes without saying, so that no event or warning is due. */
    default boolean silent() {
        return false;
    }

    /** The pod asks for something that isn't supported; it is refused rather than placed as if it hadn't asked. */
    record Unsupported(String feature) implements RejectionReason {
        @Override
        public String text() {
            return "the pod asks for " + feature + ", which is not supported yet";
        }
    }

    /**
     * The pod's own specification can't be met by any node that may be launched.
     *
     * @param field path in the Pod
     * @param value what is written there
     * @param cure what is wrong with it and what to write instead
     */
    record Invalid(String field, String value, String cure) implements RejectionReason {
        @Override
        public String text() {
            return field + ": \"" + value + "\" " + cure;
        }
    }

    /** The pod's node affinity keeps it off every node that belongs to a NodePool. */
    record KeepsOff() implements RejectionReason {
        @Override
        public String text() {
            return "the pod's node affinity requires karpenter.sh/nodepool not to exist";
        }

        @Override
        public boolean silent() {
            return true;
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

        /** @param obstacle the first constraint that failed, with its values */
        public record PoolReason(String pool, Obstacle obstacle) {
            public String text() {
                return obstacle.text();
            }
        }

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
