package karpenter.app.options;

import java.util.Set;
import karpenter.core.scheduling.Packing;

/** The settings that decide where pods go; the controller and {@code karpenter solve} share them. */
public final class SchedulingFlags {
    public static final Flag<String> PREFERENCE_POLICY = Flag.choice(
            "preference-policy", "Respect", Set.of("Respect", "Ignore"), "How preferences of pods are treated");
    public static final Flag<String> MIN_VALUES_POLICY = Flag.choice(
            "min-values-policy", "Strict", Set.of("Strict", "BestEffort"), "How minValues of requirements is treated");
    public static final Flag<SchedulerConfig> SCHEDULER_CONFIG = Flag.parsed(
            "scheduler-config", "", "Defaults of the cluster's scheduler, YAML or JSON", SchedulerConfig::parse);
    public static final Flag<Packing> PACKING = Flag.parsed(
            "packing",
            "cost",
            "How pods are packed onto new nodes: cost for the least cost, upstream for the reference's order",
            PackingName::parse);
    public static final Flag<Double> NODE_COST = Flag.parsed(
            "node-cost",
            "0.001",
            "US dollars per hour that a node counts for beyond its price when plans are compared",
            SchedulingFlags::nodeCost);

    private static final int MOST_NODE_COST = 1_000;

    private SchedulingFlags() {}

    /** Whether preferred terms of pods count, given the value of {@link #PREFERENCE_POLICY}. */
    public static boolean respectsPreferences(String preferencePolicy) {
        return preferencePolicy.equals("Respect");
    }

    /** Whether minValues that can't be met are lowered, given the value of {@link #MIN_VALUES_POLICY}. */
    public static boolean relaxesMinValues(String minValuesPolicy) {
        return minValuesPolicy.equals("BestEffort");
    }

    private static double nodeCost(String text) {
        double value;
        try {
            value = Double.parseDouble(text);
        } catch (NumberFormatException malformed) {
            throw new IllegalArgumentException("\"" + text + "\" is not a number, for example 0.001");
        }
        if (!(value >= 0 && value <= MOST_NODE_COST)) {
            throw new IllegalArgumentException("\"" + text + "\" is not between 0 and " + MOST_NODE_COST);
        }
        return value;
    }
}
