package karpenter.app.demo;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What was measured; a figure that was not reached is missing. */
final class Figures {
    /** A figure by its name in JSON, in the order shown. */
    enum Figure {
        FIRST_NODE_CLAIM("firstNodeClaimSeconds"),
        ALL_PODS_READY("allPodsReadySeconds"),
        NODES_GONE("nodesGoneSeconds"),
        NODES("nodes"),
        PRICE("pricePerHourUsd"),
        SECOND_ROUND("secondRoundNodeClaims"),
        PEAK_RSS("controllerPeakRssMiB"),
        CONTROLLER_READY("controllerReadySeconds"),
        NOMINATED("podsNominated"),
        ELSEWHERE("podsBoundElsewhere"),
        CROWDED("podsMoreThanPlanned"),
        IDLE_CPU("idleCpuPercentOfCore");

        private final String json;

        Figure(String json) {
            this.json = json;
        }
    }

    private final Map<Figure, Number> values = new EnumMap<>(Figure.class);

    void put(Figure figure, @Nullable Number value) {
        if (value != null) {
            values.put(figure, value);
        }
    }

    void put(Placement placement) {
        put(Figure.NOMINATED, placement.nominated());
        put(Figure.ELSEWHERE, placement.elsewhere());
        put(Figure.CROWDED, placement.crowded());
    }

    /** Those of the story's moments that did not come. */
    List<String> missing(boolean untilNodesAreGone) {
        return Stream.of(Figure.FIRST_NODE_CLAIM, Figure.ALL_PODS_READY, Figure.NODES_GONE)
                .filter(figure -> figure != Figure.NODES_GONE || untilNodesAreGone)
                .filter(figure -> !values.containsKey(figure))
                .map(figure -> figure.json)
                .toList();
    }

    /** One line; figures that are missing are null. */
    String toJson(@Nullable String failedStep) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (Figure figure : Figure.values()) {
            object.put(figure.json, values.get(figure));
        }
        if (failedStep != null) {
            object.put("failed", failedStep);
        }
        return new JsonMapper().writeValueAsString(object);
    }

    /** For people, a line per topic; topics without figures are left out. */
    String summary(int pods) {
        List<String> lines = new ArrayList<>();
        if (values.containsKey(Figure.NODES)) {
            lines.add(pods + (pods == 1 ? " pod" : " pods") + " on " + count(Figure.NODES)
                    + (count(Figure.NODES) == 1 ? " node for " : " nodes for ")
                    + text(Figure.PRICE, "$%.4f per hour"));
        }
        if (values.containsKey(Figure.FIRST_NODE_CLAIM)) {
            lines.add(text(Figure.FIRST_NODE_CLAIM, "first NodeClaim      %6.2f s after the request"));
        }
        if (values.containsKey(Figure.ALL_PODS_READY)) {
            lines.add(text(Figure.ALL_PODS_READY, "all pods Ready       %6.2f s after the request"));
        }
        if (values.containsKey(Figure.NODES_GONE)) {
            lines.add(text(Figure.NODES_GONE, "last node gone       %6.2f s after the deletion"));
        }
        if (values.containsKey(Figure.SECOND_ROUND)) {
            lines.add(text(Figure.SECOND_ROUND, "NodeClaims of a second round: %.0f"));
        }
        if (values.containsKey(Figure.CROWDED)) {
            lines.add(new Placement(count(Figure.NOMINATED), count(Figure.ELSEWHERE), count(Figure.CROWDED))
                    .describe(pods));
        }
        if (values.containsKey(Figure.CONTROLLER_READY)) {
            lines.add(text(Figure.CONTROLLER_READY, "controller: ready %.2f s after its start, ")
                    + text(Figure.PEAK_RSS, "%.0f MiB of memory at most"));
        }
        if (values.containsKey(Figure.IDLE_CPU)) {
            lines.add(text(Figure.IDLE_CPU, "controller, idle: %.2f %% of a core"));
        }
        return lines.stream().map(line -> "  " + line).collect(Collectors.joining("\n"));
    }

    private int count(Figure figure) {
        return values.getOrDefault(figure, 0).intValue();
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation is a library of its own
    private String text(Figure figure, String format) {
        return String.format(Locale.ROOT, format, values.getOrDefault(figure, 0).doubleValue());
    }
}
