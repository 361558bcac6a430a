package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.core.requirement.Incompatibility;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import karpenter.core.topology.DomainCounts;
import karpenter.core.topology.Membership;
import karpenter.core.topology.TopologyGroup;
import org.jspecify.annotations.Nullable;

/** The first constraint that kept a pod off new nodes of one pool, with its values. The texts begin with upstream's words. */
public sealed interface Obstacle {
    String text();

    /** None of the pool's types is left once its own requirements are applied. */
    record NoTypesLeft() implements Obstacle {
        @Override
        public String text() {
            return "nodepool requirements filtered out all available instance types";
        }
    }

    record Untolerated(Taint taint) implements Obstacle {
        @Override
        public String text() {
            return "did not tolerate taint (taint=" + taint.text() + ")";
        }
    }

    /** The pod's labels and the pool's exclude each other. */
    record Incompatible(Incompatibility cause) implements Obstacle {
        @Override
        public String text() {
            return "incompatible requirements, " + cause.text();
        }
    }

    /** On each type that would do otherwise a DaemonSet has taken one of the pod's host ports. */
    record PortsTaken(List<Integer> ports) implements Obstacle {
        public PortsTaken {
            ports = List.copyOf(ports);
        }

        @Override
        public String text() {
            return "host ports " + ports + " are taken by DaemonSets on every instance type";
        }
    }

    /**
     * No type meets all criteria at once.
     *
     * @param types how many the pool has
     * @param matching of these, how many meet the requirements
     * @param large of these, how many have the resources
     * @param offered of these, how many have an offering that is available and meets the requirements
     * @param matchingAndLarge and so on for pairs
     * @param excludedBy the key that leaves the fewest types, with what is asked of it; null unless none is matching
     * @param scarcest the resource that the fewest types have enough of; null unless none is large
     * @param requirements the pod's and the pool's together
     * @param requests the pod's, DaemonSets left out
     */
    record NoInstanceType(
            int types,
            int matching,
            int large,
            int offered,
            int matchingAndLarge,
            int matchingAndOffered,
            int largeAndOffered,
            @Nullable ByKey excludedBy,
            @Nullable Shortage scarcest,
            Requirements requirements,
            ResourceVector requests)
            implements Obstacle {
        private static final long SUSPICIOUS_MILLI_CPU = 1_000_000_000L;

        @Override
        public String text() {
            return criterion() + details() + ", requirements=" + requirements + ", resources=" + requests;
        }

        private String criterion() {
            List<String> missing = new ArrayList<>();
            if (matching == 0) {
                missing.add("met all requirements");
            }
            if (large == 0) {
                boolean typo = requests.milliCpu() >= SUSPICIOUS_MILLI_CPU;
                missing.add("has enough resources" + (typo ? " (CPU request >= 1 Million, m vs M typo?)" : ""));
            }
            if (offered == 0) {
                missing.add("has the required offering");
            }
            if (!missing.isEmpty()) {
                return "no instance type " + String.join(" or ", missing);
            }
            if (matchingAndLarge == 0) {
                return "no instance type which met the scheduling requirements had enough resources";
            }
            if (matchingAndOffered == 0) {
                return "no instance type which met the scheduling requirements had a required offering";
            }
            if (largeAndOffered == 0) {
                return "no instance type which had enough resources had a required offering";
            }
            return "no instance type met the requirements/resources/offering tuple";
        }

        private String details() {
            StringBuilder details = new StringBuilder(" (of ").append(types).append(" types ");
            details.append(matching).append(" meet the requirements, ");
            details.append(large).append(" have the resources, ");
            details.append(offered).append(" have an offering");
            if (excludedBy != null) {
                details.append("; ").append(excludedBy.text());
            }
            if (scarcest != null) {
                details.append("; ").append(scarcest.text());
            }
            return details.append(')').toString();
        }
    }

    /** @param matching how many types meet this one requirement */
    record ByKey(String requirement, int matching, int types) {
        String text() {
            return matching + " of " + types + " types with " + requirement;
        }
    }

    /** @param large how many types have as much besides DaemonSets */
    record Shortage(String resource, long amount, int large, int types) {
        String text() {
            Quantity quantity = ResourceVector.quantityOf(resource, amount);
            return large + " of " + types + " types with >= " + quantity.text() + " " + resource;
        }
    }

    /** The limit on the number of nodes is reached. */
    record NodeLimitReached(String pool) implements Obstacle {
        @Override
        public String text() {
            return "node limits have been exhausted for nodepool (NodePool=" + pool + ")";
        }
    }

    /** Each type that would do would exceed a limit. */
    record LimitsExceeded(String pool, List<String> resources) implements Obstacle {
        public LimitsExceeded {
            resources = List.copyOf(resources);
        }

        @Override
        public String text() {
            return "all available instance types exceed limits for nodepool (NodePool=" + pool + "), limited by "
                    + String.join(", ", resources);
        }
    }

    /** Too few distinct values of a label are left to choose from. */
    record MinValuesUnmet(String key, int least, int count) implements Obstacle {
        @Override
        public String text() {
            return "minValues requirement is not met for label(s) (label(s)=[" + key + "]): " + count + " of " + least
                    + " values are left";
        }
    }

    /**
     * A node could be bought, but wherever it were, the pod would have too much company of some pods or not enough.
     *
     * @param constraint what kind
     * @param owned whether the pod has the constraint itself, or others keep it away by theirs
     * @param counts how many pods are in each domain, at most 25
     * @param podDomains what the pod asks of the key
     * @param nodeDomains the domains that could be had
     */
    record UnsatisfiableTopology(
            String constraint,
            String key,
            boolean owned,
            SortedMap<String, Integer> counts,
            String podDomains,
            List<String> nodeDomains)
            implements Obstacle {
        public UnsatisfiableTopology {
            counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
            nodeDomains = List.copyOf(nodeDomains);
        }

        /** @param refusal null when it isn't the domains wider than a node */
        static @Nullable UnsatisfiableTopology of(DomainCounts.@Nullable Refusal refusal, NodeAsk ask) {
            if (refusal == null) {
                return ofNodes(ask);
            }
            SortedMap<String, Integer> counts = new TreeMap<>();
            refusal.counts().forEach(count -> counts.put(count.domain(), count.pods()));
            return new UnsatisfiableTopology(
                    refusal.kind().text(),
                    refusal.key(),
                    refusal.owned(),
                    counts,
                    ask.requirements().get(refusal.key()).toString(),
                    refusal.open());
        }

        /** An empty node meets every group but affinity. */
        private static @Nullable UnsatisfiableTopology ofNodes(NodeAsk ask) {
            List<Membership.Part> companions = ask.groups().companions();
            if (companions.isEmpty()) {
                return null;
            }
            TopologyGroup group = companions.getFirst().group();
            return new UnsatisfiableTopology(
                    group.kind().text(),
                    group.key(),
                    true,
                    new TreeMap<>(),
                    ask.requirements().get(group.key()).toString(),
                    List.of());
        }

        @Override
        public String text() {
            return "unsatisfiable topology constraint for " + (owned ? "" : "other pods' ") + constraint + ", key="
                    + key + " (counts = " + counts + ", podDomains = " + podDomains + ", nodeDomains = " + nodeDomains
                    + ")";
        }
    }
}
