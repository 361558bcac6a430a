package karpenter.core.disruption;

import java.time.Instant;
import java.util.List;
import karpenter.api.Labels;
import karpenter.core.cluster.PodKey;

/** What forbids the voluntary disruption of a node. */
public sealed interface Blocked {
    /** For the event, in the words that users of Karpenter know. */
    String text();

    /** Whether a user should hear of it; what concerns only this program stays silent. */
    default boolean isPublished() {
        return true;
    }

    /** A running command owns it. */
    record InCommand() implements Blocked {
        @Override
        public String text() {
            return "Candidate is already being disrupted";
        }

        @Override
        public boolean isPublished() {
            return false;
        }
    }

    record NotManaged() implements Blocked {
        @Override
        public String text() {
            return "Node isn't managed by karpenter";
        }

        @Override
        public boolean isPublished() {
            return false;
        }
    }

    record NoNode() implements Blocked {
        @Override
        public String text() {
            return "Nodeclaim does not have an associated node";
        }
    }

    record NotInitialized() implements Blocked {
        @Override
        public String text() {
            return "Node isn't initialized";
        }
    }

    record Leaving() implements Blocked {
        @Override
        public String text() {
            return "Node is deleting or marked for deletion";
        }
    }

    /** Pods were promised to it. */
    record Nominated() implements Blocked {
        @Override
        public String text() {
            return "Node is nominated for a pending pod";
        }
    }

    record NodeAnnotated() implements Blocked {
        @Override
        public String text() {
            return "Disruption is blocked through the annotation (annotation=" + Labels.DO_NOT_DISRUPT + "=true)";
        }
    }

    record NoPoolLabel() implements Blocked {
        @Override
        public String text() {
            return "Node doesn't have required label (label=" + Labels.NODE_POOL + ")";
        }
    }

    record PoolNotFound(String pool) implements Blocked {
        @Override
        public String text() {
            return "NodePool not found (NodePool=" + pool + ")";
        }
    }

    /** The provider doesn't answer for this pool, so that nothing can be said about replacements. */
    record PoolUnresolvable(String pool, String why) implements Blocked {
        @Override
        public String text() {
            return "Instance types of the NodePool can't be resolved (NodePool=" + pool + "): " + why;
        }
    }

    /** @param until when its grace period ends, {@link Instant#MAX} for never */
    record PodAnnotated(PodKey pod, Instant until) implements Blocked {
        @Override
        public String text() {
            return "Pod has \"" + Labels.DO_NOT_DISRUPT + "\" annotation (Pod=" + pod + ")";
        }
    }

    /** @param budgets one that allows no eviction now, or several, which the eviction API can't handle */
    record PodUnevictable(PodKey pod, List<PodKey> budgets) implements Blocked {
        public PodUnevictable {
            budgets = List.copyOf(budgets);
        }

        @Override
        public String text() {
            return (budgets.size() > 1 ? "Eviction does not support multiple PDBs" : "Pdb prevents pod evictions")
                    + " (PodDisruptionBudget(s)=" + budgets + ", Pod=" + pod + ")";
        }
    }
}
