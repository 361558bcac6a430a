package karpenter.core.topology;

import karpenter.api.Labels;

/**
 * One constraint, shared by all pods that have it. Pods own it or are selected by it, or both. The same object for equal terms
 * within a pass.
 *
 * @param id counts from 0 within the pass
 */
public record TopologyGroup(int id, Terms terms) {
    /** What a group demands. */
    public enum Kind {
        SPREAD("topology spread"),
        AFFINITY("pod affinity"),
        ANTI_AFFINITY("pod anti-affinity");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** Upstream's word for it. */
        public String text() {
            return text;
        }
    }

    /**
     * What tells groups apart.
     *
     * @param key the label whose values are the domains
     * @param maxSkew of a spread; 0 else
     * @param minDomains of a spread: with fewer domains the least count is taken for 0
     * @param wish whether it binds its owners only while they can be placed so, and nobody else
     */
    public record Terms(
            Kind kind, String key, Selection selection, int maxSkew, int minDomains, NodeFilter filter, boolean wish) {}

    /** Interned, so that it is nobody but itself. */
    @Override
    public boolean equals(Object object) {
        return this == object;
    }

    @Override
    public int hashCode() {
        return id;
    }

    public Kind kind() {
        return terms.kind();
    }

    public String key() {
        return terms.key();
    }

    /** Whether each node is a domain of its own. */
    public boolean perNode() {
        return terms.key().equals(Labels.HOSTNAME);
    }

    /**
     * How many pods alike may join a domain.
     *
     * @param owns whether they have the constraint
     * @param selected whether they are selected by it
     * @param owners pods in the domain that have it, of those that insist on it
     * @param there pods in the domain that are selected
     * @param least the count of the domain with fewest
     * @param most of interest
     */
    int room(boolean owns, boolean selected, int owners, int there, int least, int most) {
        return switch (terms.kind()) {
            case SPREAD -> {
                if (!owns && !(selected && owners > 0)) {
                    yield most;
                }
                int free = least + terms.maxSkew() - there;
                yield selected ? Math.clamp(free, 0, most) : free >= 0 ? most : 0;
            }
            case AFFINITY -> owns && there == 0 ? 0 : most;
            case ANTI_AFFINITY -> {
                if ((owns && there > 0) || (selected && owners > 0)) {
                    yield 0;
                }
                // Two that own it and are selected by it repel each other.
                yield owns && selected ? Math.min(most, 1) : most;
            }
        };
    }
}
