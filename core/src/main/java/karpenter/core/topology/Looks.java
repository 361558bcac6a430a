package karpenter.core.topology;

/** How much {@link TopologyFilters} had to look at so far: nodes, once for each group that has to do with them, and domains. */
final class Looks {
    private long count;

    void add(long more) {
        count += more;
    }

    long count() {
        return count;
    }
}
