package karpenter.app.options;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.requirement.LabelSyntax;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * What the cluster's kube-scheduler does for pods that don't say it themselves (SCHEDULER_CONFIG). Read strictly: a field that
 * is not understood would silently mean something else than its author thinks.
 *
 * @param defaultConstraints spread constraints for pods without any of their own; without selectors, which follow from a
 *     pod's owner and Services
 */
public record SchedulerConfig(List<TopologySpreadConstraint> defaultConstraints) {
    public static final SchedulerConfig NONE = new SchedulerConfig(List.of());

    private static final Set<String> CONSTRAINT_FIELDS = Set.of(
            "maxSkew", "topologyKey", "whenUnsatisfiable", "minDomains", "nodeAffinityPolicy", "nodeTaintsPolicy");
    private static final Set<String> WHEN_UNSATISFIABLE = Set.of("DoNotSchedule", "ScheduleAnyway");
    private static final Set<String> POLICIES = Set.of("Honor", "Ignore");
    private static final String CONSTRAINTS = "podTopologySpread.defaultConstraints";

    public SchedulerConfig {
        defaultConstraints = List.copyOf(defaultConstraints);
    }

    /**
     * @param text YAML or JSON, empty for none
     * @throws IllegalArgumentException naming the field, its value and what it may be
     */
    static SchedulerConfig parse(String text) {
        if (text.isBlank()) {
            return NONE;
        }
        JsonNode root;
        try {
            root = YAMLMapper.shared().readTree(text);
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException("neither YAML nor JSON: " + malformed.getOriginalMessage(), malformed);
        }
        knownFields("", root, Set.of("podTopologySpread"));
        JsonNode spread = root.path("podTopologySpread");
        if (spread.isMissingNode()) {
            return NONE;
        }
        knownFields("podTopologySpread", spread, Set.of("defaultConstraints"));
        List<TopologySpreadConstraint> constraints = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        int index = 0;
        for (JsonNode item : spread.path("defaultConstraints")) {
            String path = CONSTRAINTS + "[" + index++ + "]";
            TopologySpreadConstraint constraint = constraint(path, item);
            if (!seen.add(constraint.topologyKey() + " " + constraint.whenUnsatisfiable())) {
                throw new IllegalArgumentException(path + ": topologyKey " + constraint.topologyKey() + " with "
                        + constraint.whenUnsatisfiable() + " is there already; keep one of them");
            }
            constraints.add(constraint);
        }
        return new SchedulerConfig(constraints);
    }

    private static TopologySpreadConstraint constraint(String path, JsonNode item) {
        knownFields(path, item, CONSTRAINT_FIELDS);
        String key = item.path("topologyKey").asString("");
        if (!LabelSyntax.isKey(key)) {
            throw wrong(path, "topologyKey", item, "must be a label key, for example topology.kubernetes.io/zone");
        }
        Integer skew = positive(path, "maxSkew", item);
        if (skew == null) {
            throw wrong(path, "maxSkew", item, "must be a whole number above 0");
        }
        String when = choice(path, "whenUnsatisfiable", item, WHEN_UNSATISFIABLE);
        if (when == null) {
            throw wrong(path, "whenUnsatisfiable", item, "must be one of " + new TreeSet<>(WHEN_UNSATISFIABLE));
        }
        return new TopologySpreadConstraint(
                skew,
                key,
                when,
                null,
                positive(path, "minDomains", item),
                choice(path, "nodeAffinityPolicy", item, POLICIES),
                choice(path, "nodeTaintsPolicy", item, POLICIES),
                List.of());
    }

    private static void knownFields(String path, JsonNode object, Set<String> known) {
        if (!object.isObject()) {
            throw new IllegalArgumentException((path.isEmpty() ? "the text" : path)
                    + " must be an object with the fields " + new TreeSet<>(known));
        }
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            if (!known.contains(field.getKey())) {
                throw new IllegalArgumentException((path.isEmpty() ? "" : path + ".") + field.getKey()
                        + " is not allowed here; allowed are " + new TreeSet<>(known));
            }
        }
    }

    private static @Nullable Integer positive(String path, String field, JsonNode item) {
        JsonNode value = item.path(field);
        if (value.isMissingNode()) {
            return null;
        }
        if (!value.canConvertToInt() || !value.isIntegralNumber() || value.intValue() < 1) {
            throw wrong(path, field, item, "must be a whole number above 0");
        }
        return value.intValue();
    }

    private static @Nullable String choice(String path, String field, JsonNode item, Set<String> choices) {
        JsonNode value = item.path(field);
        if (value.isMissingNode()) {
            return null;
        }
        String text = value.asString("");
        if (!choices.contains(text)) {
            throw wrong(path, field, item, "must be one of " + new TreeSet<>(choices));
        }
        return text;
    }

    private static IllegalArgumentException wrong(String path, String field, JsonNode item, String cure) {
        JsonNode value = item.path(field);
        return new IllegalArgumentException(
                path + "." + field + ": " + (value.isMissingNode() ? "is missing; it " : value + " ") + cure);
    }
}
