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
                int count = lot.podClass().unplaced() == 0 ? 0 : room(node, lot);
                if (count > 0) {
                    node.add(lot, count);
                }
            }
        }
    }

    private static int room(PlannedNode node, Demand.Lot lot) {
        PoolTemplate template = node.template();
        Narrowing next = node.narrowing().with(lot.ask());
        if (next == null || !next.rows().get(node.candidate().row())) {
            return 0;
        }
        PodClass podClass = lot.podClass();
        int most = lot.ask().ports().isEmpty() ? podClass.unplaced() : 1;
        int count = ResourceColumns.timesFits(podClass.amounts(), node.free(), most);
        while (count > 0 && !template.minValues().isEmpty()) {
            long[] used = node.used().clone();
            for (int column = 0; column < used.length; column++) {
                used[column] += podClass.amounts()[column] * count;
            }
            if (template.minValues().met(next, used, node.leastValues())) {
                break;
            }
            count /= 2;
        }
        return count;
    }
}
