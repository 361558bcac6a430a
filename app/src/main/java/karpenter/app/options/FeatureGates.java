package karpenter.app.options;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which of the features still in the making are on. */
public record FeatureGates(
        boolean nodeRepair,
        boolean reservedCapacity,
        boolean spotToSpotConsolidation,
        boolean nodeOverlay,
        boolean staticCapacity,
        boolean capacityBuffer) {

    static final Map<String, Boolean> DEFAULTS;

    static {
        Map<String, Boolean> defaults = new LinkedHashMap<>();
        defaults.put("NodeRepair", false);
        defaults.put("ReservedCapacity", true);
        defaults.put("SpotToSpotConsolidation", false);
        defaults.put("NodeOverlay", false);
        defaults.put("StaticCapacity", false);
        defaults.put("CapacityBuffer", false);
        DEFAULTS = java.util.Collections.unmodifiableMap(defaults);
    }

    static String defaultText() {
        StringBuilder text = new StringBuilder();
        DEFAULTS.forEach((gate, on) ->
                text.append(text.isEmpty() ? "" : ",").append(gate).append('=').append(on));
        return text.toString();
    }

    /**
     * Reads {@code A=true,B=false}; gates not named keep their default.
     *
     * @param warnings receives a line for each gate that nobody knows
     * @throws IllegalArgumentException when an item is not {@code Gate=bool}
     */
    static FeatureGates parse(String text, List<String> warnings) {
        Map<String, Boolean> gates = new LinkedHashMap<>(DEFAULTS);
        for (String item : text.split(",", -1)) {
            if (item.isBlank()) {
                continue;
            }
            int equals = item.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("\"" + item.trim() + "\" is not of the form Gate=true");
            }
            String gate = item.substring(0, equals).trim();
            boolean on;
            try {
                on = Flag.goBool(item.substring(equals + 1).trim());
            } catch (IllegalArgumentException malformed) {
                throw new IllegalArgumentException(gate + ": " + malformed.getMessage(), malformed);
            }
            if (gates.replace(gate, on) == null) {
                warnings.add("feature gate \"" + gate + "\" is not known and has no effect; known gates are "
                        + String.join(", ", DEFAULTS.keySet()));
            }
        }
        return new FeatureGates(
                on(gates, "NodeRepair"),
                on(gates, "ReservedCapacity"),
                on(gates, "SpotToSpotConsolidation"),
                on(gates, "NodeOverlay"),
                on(gates, "StaticCapacity"),
                on(gates, "CapacityBuffer"));
    }

    private static boolean on(Map<String, Boolean> gates, String gate) {
        return Boolean.TRUE.equals(gates.get(gate));
    }
}
