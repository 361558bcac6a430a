package karpenter.app.solve;

import java.util.List;
import java.util.Set;
import karpenter.app.options.Flag;
import karpenter.app.options.SchedulingFlags;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.scheduling.Objective;
import karpenter.core.scheduling.Packing;
import karpenter.core.scheduling.SchedulingOptions;
import karpenter.core.scheduling.UnsupportedVolumes;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Those of the controller's flags that decide where pods go; absent ones have the controller's defaults. */
final class SchedulingArguments {
    @Option(
            names = "--packing",
            paramLabel = "cost|upstream",
            description = "How pods are packed onto new nodes: at the least cost (default), or as Karpenter does.")
    private @Nullable String packing;

    @Option(
            names = "--node-cost",
            paramLabel = "USD",
            description = "What a node counts for per hour beyond its price. Default: 0.001.")
    private @Nullable String nodeCost;

    @Option(
            names = "--preference-policy",
            paramLabel = "Respect|Ignore",
            description = "How preferences of pods are treated. Default: Respect.")
    private @Nullable String preferencePolicy;

    @Option(
            names = "--min-values-policy",
            paramLabel = "Strict|BestEffort",
            description = "How minValues of requirements is treated. Default: Strict.")
    private @Nullable String minValuesPolicy;

    @Option(
            names = "--scheduler-config",
            paramLabel = "TEXT",
            description = "Defaults of the cluster's scheduler, as YAML or JSON.")
    private @Nullable String schedulerConfig;

    /** What the flags say. */
    record Settings(
            boolean respectPreferences,
            boolean relaxMinValues,
            List<TopologySpreadConstraint> defaultConstraints,
            Packing packing,
            Objective objective) {
        /**
         * @param wellKnownLabels keys that pods may ask for although a pool doesn't mention them
         * @param reservationLabels keys that only machines from a capacity reservation have
         */
        SchedulingOptions with(Set<String> wellKnownLabels, Set<String> reservationLabels) {
            return new SchedulingOptions(
                    wellKnownLabels,
                    respectPreferences,
                    relaxMinValues,
                    true,
                    SchedulingOptions.MOST_INSTANCE_TYPES,
                    UnsupportedVolumes.NONE,
                    defaultConstraints,
                    reservationLabels,
                    packing,
                    objective);
        }
    }

    /** Reads them all; what is wrong goes to the problems, and the default stands in for it. */
    Settings read(Problems problems) {
        return new Settings(
                SchedulingFlags.respectsPreferences(
                        value(SchedulingFlags.PREFERENCE_POLICY, preferencePolicy, problems)),
                SchedulingFlags.relaxesMinValues(value(SchedulingFlags.MIN_VALUES_POLICY, minValuesPolicy, problems)),
                value(SchedulingFlags.SCHEDULER_CONFIG, schedulerConfig, problems)
                        .defaultConstraints(),
                value(SchedulingFlags.PACKING, packing, problems),
                Objective.withNodeCost(value(SchedulingFlags.NODE_COST, nodeCost, problems)));
    }

    private static <T> T value(Flag<T> flag, @Nullable String text, Problems problems) {
        if (text != null) {
            try {
                return flag.read().apply(text);
            } catch (IllegalArgumentException e) {
                problems.error("--" + flag.name() + ": " + e.getMessage());
            }
        }
        return flag.read().apply(flag.fallback());
    }
}
