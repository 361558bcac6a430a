package karpenter.core.scheduling;

import java.util.List;
import karpenter.core.cluster.PodKey;
import karpenter.core.requirement.Incompatibility;
import karpenter.core.requirement.Requirements;

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

    /** The time to solve was over before the pod had its turn. */
    record OutOfTime() implements RejectionReason {
        @Override
        public String text() {
            return "the time to plan was over before this pod had its turn";
        }
    }

    /** No pool may launch nodes at all. */
    record NoPools() implements RejectionReason {
        @Override
        public String text() {
            return "no dynamic nodepools found";
        }
    }

    /**
     * A volume of the pod can't be had for now.
     *
     * @param volume its name in the pod
     * @param claim the PersistentVolumeClaim, whether it exists or not
     */
    record VolumeUnusable(String volume, PodKey claim, VolumeTrouble trouble) implements RejectionReason {
        @Override
        public String text() {
            return "volume \"" + volume + "\" (PersistentVolumeClaim " + claim + "): " + trouble.text();
        }
    }

    /** No node can reach all volumes of the pod. */
    record VolumesApart(List<Place> volumes) implements RejectionReason {
        public VolumesApart {
            volumes = List.copyOf(volumes);
        }

        /** @param alternatives one must hold of a node's labels */
        public record Place(PodKey claim, List<Requirements> alternatives) {
            public Place {
                alternatives = List.copyOf(alternatives);
            }
        }

        @Override
        public String text() {
            return "the pod's volumes can't be reached from one node: "
                    + String.join(
                            "; ",
                            volumes.stream()
                                    .filter(place -> !place.alternatives.equals(List.of(Requirements.NONE)))
                                    .map(place -> "PersistentVolumeClaim " + place.claim + " from "
                                            + alternatives(place.alternatives))
                                    .toList());
        }
    }

    /** The pod's node selector or affinity excludes every node that can reach its volumes. */
    record VolumesElsewhere(Incompatibility cause) implements RejectionReason {
        @Override
        public String text() {
            return "the pod's node selector or affinity excludes the nodes that can reach its volumes: " + cause.text();
        }
    }

    private static String alternatives(List<Requirements> alternatives) {
        return String.join(
                " or ", alternatives.stream().map(each -> "(" + each + ")").toList());
    }

    /**
     * No pool can serve it, each for its own reason.
     *
     * @param volumes what the pod's volumes ask of a node's labels, as alternatives; empty when nothing
     */
    record NoPoolFits(List<PoolReason> pools, List<Requirements> volumes) implements RejectionReason {
        public NoPoolFits {
            pools = List.copyOf(pools);
            volumes = List.copyOf(volumes);
        }

        public NoPoolFits(List<PoolReason> pools) {
            this(pools, List.of());
        }

        /** @param obstacle the first constraint that failed, with its values */
        public record PoolReason(String pool, Obstacle obstacle) {
            public String text() {
                return obstacle.text();
            }
        }

        @Override
        public String text() {
            String reasons = String.join(
                    "; ",
                    pools.stream()
                            .map(reason -> "nodepool \"" + reason.pool() + "\": " + reason.text())
                            .toList());
            return volumes.isEmpty()
                    ? reasons
                    : reasons + "; its volumes can be reached from " + alternatives(volumes) + " only";
        }
    }
}
