package karpenter.core.scheduling;

import java.util.List;

/**
 * Puts pods into what is free on nodes that this pass has already planned, whichever pool these belong to.
 *
 * <p><b>Method.</b> Node after node in the order of planning, as many pods of each class as fit, classes in the given order.
 */
final class TopUp {
    private TopUp() {}

    /** Fills the nodes and counts the pods as placed. */
    static void fill(List<PlannedNode> nodes, List<Demand.Lot> lots) {
        for (PlannedNode node : nodes) {
            for (Demand.Lot lot : lots) {
                int waiting = lot.podClass().unplaced();
                int count = waiting == 0 ? 0 : node.room(lot, waiting);
                if (count > 0) {
                    node.add(lot, count);
                }
            }
        }
    }
}
