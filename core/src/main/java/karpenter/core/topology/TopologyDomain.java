package karpenter.core.topology;

/**
 * What one group counts in one of its domains. Decides how many pods there may come to be, and whether the domain is one, while
 * labels of nodes are still open: the likeliest, the least and the most.
 */
final class TopologyDomain {
    /** Without nodes and pods. Nothing is to be counted there. */
    static final TopologyDomain NONE = new TopologyDomain();

    /** Of those that stay; and of these, those whose label is settled. */
    private int nodes;

    private int settledNodes;
    private int selected;
    /** Those of the selected whose nodes may come to be in other domains. */
    private int openSelected;

    private int owners;
    /** Those of the owners whose nodes may come to be in other domains. */
    private int openOwners;
    /** Pods that may come to be here, though their nodes are likelier to be elsewhere. */
    private int comingSelected;

    private int comingOwners;

    /** Counts nodes that are likeliest to be here, or no longer when negative. */
    void addNodes(int count, boolean isOpen) {
        nodes += count;
        settledNodes += isOpen ? 0 : count;
    }

    /** Counts pods whose node is likeliest to be here, or no longer when negative. */
    void addPods(int selectedCount, int ownerCount, boolean isOpen) {
        selected += selectedCount;
        owners += ownerCount;
        openSelected += isOpen ? selectedCount : 0;
        openOwners += isOpen ? ownerCount : 0;
    }

    /** Counts pods whose node is likelier to be elsewhere, or no longer when negative. */
    void addComing(int selectedCount, int ownerCount) {
        comingSelected += selectedCount;
        comingOwners += ownerCount;
    }

    boolean exists() {
        return nodes > 0 || selected > 0;
    }

    /** Whether it does whatever values open labels come to have. */
    boolean existsForCertain() {
        return settledNodes > 0 || leastSelected() > 0;
    }

    /** Whether nothing is counted here any more. */
    boolean isForgotten() {
        return nodes == 0 && selected == 0 && owners == 0 && comingSelected == 0 && comingOwners == 0;
    }

    int selected() {
        return selected;
    }

    int leastSelected() {
        return selected - openSelected;
    }

    int mostSelected() {
        return selected + comingSelected;
    }

    int owners() {
        return owners;
    }

    int leastOwners() {
        return owners - openOwners;
    }

    int mostOwners() {
        return owners + comingOwners;
    }
}
