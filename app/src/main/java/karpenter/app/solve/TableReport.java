package karpenter.app.solve;

import static karpenter.app.solve.TextTable.number;
import static karpenter.app.solve.TextTable.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import karpenter.core.catalog.InstanceType;
import karpenter.core.resource.ResourceVector;
import karpenter.core.scheduling.CostBound;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.SchedulingResult.Placement;

/** The answer for a reader: nodes to buy, nodes that exist, pods without a place, totals. */
final class TableReport {
    /** Hours in a month as clouds bill them: 365 × 24 / 12. */
    private static final int HOURS_PER_MONTH = 730;

    private static final double GIB = 1L << 30;

    private TableReport() {}

    static List<String> of(SolveAnswer answer) {
        List<String> lines = new ArrayList<>();
        if (!answer.result().plans().isEmpty()) {
            lines.add("Nodes to launch");
            lines.addAll(plans(answer.result().plans()));
            lines.add("");
        }
        if (!answer.result().placements().isEmpty()) {
            lines.add("Existing nodes used");
            lines.addAll(placements(answer.result().placements()));
            lines.add("");
        }
        if (!answer.result().rejections().isEmpty()) {
            lines.add("Pods without a place");
            lines.addAll(rejections(answer.result().rejections()));
            lines.add("");
        }
        lines.addAll(totals(answer));
        return lines;
    }

    private record Row(
            String pool,
            String type,
            String zone,
            String capacityType,
            String price,
            int pods,
            String cpu,
            String memory) {}

    /** Nodes that look the same share a row. */
    private static List<String> plans(List<NodePlan> plans) {
        Map<Row, Integer> counts = new LinkedHashMap<>();
        for (NodePlan plan : plans) {
            counts.merge(row(plan), 1, Integer::sum);
        }
        TextTable table = new TextTable(List.of(
                number("COUNT"),
                text("NODEPOOL"),
                text("INSTANCE TYPE"),
                text("ZONE"),
                text("CAPACITY TYPE"),
                number("$/HOUR"),
                number("PODS"),
                number("CPU"),
                number("MEMORY")));
        counts.forEach((row, count) -> table.row(
                Integer.toString(count),
                row.pool(),
                row.type(),
                row.zone(),
                row.capacityType(),
                row.price(),
                Integer.toString(row.pods()),
                row.cpu(),
                row.memory()));
        return table.lines();
    }

    private static Row row(NodePlan plan) {
        InstanceType type = plan.instanceTypes().getFirst();
        ResourceVector room = type.allocatable();
        return new Row(
                plan.pool().name(),
                type.name(),
                plan.cheapest().zone(),
                plan.cheapest().capacityType(),
                price(plan.pricePerHourUsd()),
                plan.pods().size(),
                use(plan.requests().milliCpu() / 1e3, room.milliCpu() / 1e3, ""),
                use(plan.requests().memoryBytes() / GIB, room.memoryBytes() / GIB, "Gi"));
    }

    /** {@code 3.5/3.9 (90%)}. */
    private static String use(double used, double room, String unit) {
        String share = room > 0 ? String.format(Locale.ROOT, " (%.0f%%)", 100 * used / room) : "";
        return String.format(Locale.ROOT, "%.1f/%.1f%s%s", used, room, unit, share);
    }

    private static List<String> placements(List<Placement> placements) {
        TextTable table = new TextTable(List.of(text("NODE"), number("PODS")));
        for (Placement placement : placements) {
            table.row(
                    placement.machine().name(),
                    Integer.toString(placement.pods().size()));
        }
        return table.lines();
    }

    private record Refusal(String origin, String reason) {}

    /** Siblings that are refused for the same reason share a row. */
    private static List<String> rejections(List<PodRejection> rejections) {
        Map<Refusal, Integer> counts = new LinkedHashMap<>();
        for (PodRejection rejection : rejections) {
            counts.merge(
                    new Refusal(
                            SolveAnswer.origin(rejection.pod()),
                            rejection.reason().text()),
                    1,
                    Integer::sum);
        }
        TextTable table = new TextTable(List.of(number("PODS"), text("OF"), text("REASON")));
        counts.forEach((refusal, count) -> table.row(Integer.toString(count), refusal.origin(), refusal.reason()));
        return table.lines();
    }

    private static List<String> totals(SolveAnswer answer) {
        int nodes = answer.result().plans().size();
        int existing = answer.result().placements().size();
        double perHour = answer.result().pricePerHourUsd();
        StringBuilder where = new StringBuilder();
        if (nodes > 0) {
            where.append(counted(answer.podsOnNewNodes(), "pod")).append(" on ").append(counted(nodes, "new node"));
        }
        if (existing > 0) {
            where.append(nodes > 0 ? ", " : "")
                    .append(counted(answer.podsOnExistingNodes(), "pod"))
                    .append(" on ")
                    .append(counted(existing, "existing node"));
        }
        List<String> lines = new ArrayList<>();
        lines.add(answer.scheduled() + " of " + counted(answer.pods(), "pod") + " scheduled"
                + (where.isEmpty() ? "" : ": " + where));
        lines.add(
                String.format(Locale.ROOT, "$%s per hour, $%.2f per month", price(perHour), perHour * HOURS_PER_MONTH));
        if (answer.result().bound().kind() != CostBound.Kind.NONE) {
            lines.add(String.format(
                    Locale.ROOT,
                    "no plan is below $%s per hour, counting %s: at most %.1f%% above the cheapest",
                    price(answer.result().lowerBoundPricePerHourUsd()),
                    answer.boundCounts(),
                    100 * answer.result().gap()));
        }
        lines.add(String.format(Locale.ROOT, "solved in %.3f s", answer.solveSeconds()));
        return lines;
    }

    private static String price(double usd) {
        return String.format(Locale.ROOT, "%.4f", usd);
    }

    private static String counted(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
