package karpenter.app.solve;

import static karpenter.app.solve.TextTable.number;
import static karpenter.app.solve.TextTable.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;
import karpenter.core.scheduling.NodeExplanation;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.PoolCatalog;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingResult.Placement;

/** Why the answer is what it is: for each node and for the pods of each origin. */
final class Explanations {
    private final Map<String, PoolCatalog> catalogs = new TreeMap<>();
    private final Set<String> wellKnown;

    Explanations(SchedulingInput input) {
        input.pools().forEach(catalog -> catalogs.put(catalog.pool().name(), catalog));
        this.wellKnown = input.options().wellKnownLabels();
    }

    /** Why this node, in one line. */
    String why(NodePlan plan) {
        PoolCatalog catalog = catalogs.get(plan.pool().name());
        if (catalog == null) {
            throw new IllegalArgumentException(
                    "a node of the unknown pool " + plan.pool().name());
        }
        return NodeExplanation.of(plan, catalog, wellKnown).text();
    }

    /** What holds a pod to nodes of a certain kind, besides its size. */
    static String binding(PodShape shape) {
        Set<String> bonds = new TreeSet<>();
        new TreeMap<>(shape.nodeSelector()).forEach((key, value) -> bonds.add(key + "=" + value));
        shape.requiredNodeAffinity()
                .forEach(term -> term.matchExpressions().forEach(each -> bonds.add("affinity to " + each.key())));
        shape.topologySpread().forEach(each -> bonds.add("spread over " + each.topologyKey()));
        shape.podAffinity().forEach(each -> bonds.add("pod affinity in " + each.topologyKey()));
        shape.podAntiAffinity().forEach(each -> bonds.add("pod anti-affinity in " + each.topologyKey()));
        shape.volumes().forEach(each -> bonds.add("volume " + each.volumeName()));
        shape.hostPorts().forEach(each -> bonds.add("host port " + each.port()));
        return bonds.isEmpty() ? "any node with room" : String.join(", ", bonds);
    }

    /** Both sections, ready to print. */
    List<String> lines(SolveAnswer answer) {
        List<String> lines = new ArrayList<>();
        lines.addAll(nodes(answer));
        lines.addAll(pods(answer));
        return lines;
    }

    private record Why(String type, String zone, String capacityType, String text) {}

    private List<String> nodes(SolveAnswer answer) {
        if (answer.result().plans().isEmpty()) {
            return List.of();
        }
        Map<Why, Integer> counts = new LinkedHashMap<>();
        for (NodePlan plan : answer.result().plans()) {
            counts.merge(
                    new Why(
                            SolveAnswer.instanceType(plan),
                            plan.cheapest().zone(),
                            plan.cheapest().capacityType(),
                            why(plan)),
                    1,
                    Integer::sum);
        }
        TextTable table = new TextTable(
                List.of(number("COUNT"), text("INSTANCE TYPE"), text("ZONE"), text("CAPACITY TYPE"), text("BECAUSE")));
        counts.forEach(
                (why, count) -> table.row(Integer.toString(count), why.type, why.zone, why.capacityType, why.text));
        return section("Why these nodes", table);
    }

    private record Place(String origin, String node, String binding) {}

    private static List<String> pods(SolveAnswer answer) {
        Map<Place, Integer> counts = new LinkedHashMap<>();
        for (Placement placement : answer.result().placements()) {
            for (Pod pod : placement.pods()) {
                counts.merge(place(pod, "existing " + placement.machine().name()), 1, Integer::sum);
            }
        }
        for (NodePlan plan : answer.result().plans()) {
            String node = "new " + SolveAnswer.instanceType(plan) + " in "
                    + plan.cheapest().zone();
            plan.pods().forEach(pod -> counts.merge(place(pod, node), 1, Integer::sum));
        }
        if (counts.isEmpty()) {
            return List.of();
        }
        TextTable table = new TextTable(List.of(number("PODS"), text("OF"), text("NODE"), text("BOUND TO")));
        counts.forEach((place, count) -> table.row(Integer.toString(count), place.origin, place.node, place.binding));
        return section("Where the pods go", table);
    }

    private static Place place(Pod pod, String node) {
        return new Place(SolveAnswer.origin(pod), node, binding(pod.shape()));
    }

    private static List<String> section(String heading, TextTable table) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(heading);
        lines.addAll(table.lines());
        return lines;
    }
}
