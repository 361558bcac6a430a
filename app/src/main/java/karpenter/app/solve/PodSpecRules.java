package karpenter.app.solve;

import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.core.requirement.Requirement;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What an API server would refuse in a pod's spec, of that which decides where the pod goes: operators, effects, amounts.
 * Types are the decoder's to check. One thread.
 */
final class PodSpecRules {
    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
    private static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

    private static final Set<String> WITH_VALUES = Set.of(Requirement.IN, Requirement.NOT_IN);
    private static final List<String> NODE_OPERATORS = List.of(
            Requirement.IN,
            Requirement.NOT_IN,
            Requirement.EXISTS,
            Requirement.DOES_NOT_EXIST,
            Requirement.GT,
            Requirement.LT);
    private static final List<String> SELECTOR_OPERATORS =
            List.of(Requirement.IN, Requirement.NOT_IN, Requirement.EXISTS, Requirement.DOES_NOT_EXIST);
    private static final List<String> TOLERATION_OPERATORS =
            List.of("Equal", Requirement.EXISTS, Requirement.GT, Requirement.LT);
    private static final List<String> EFFECTS = List.of(Taint.NO_SCHEDULE, Taint.PREFER_NO_SCHEDULE, Taint.NO_EXECUTE);

    private final SourceManifest manifest;
    private final Problems problems;

    private PodSpecRules(SourceManifest manifest, Problems problems) {
        this.manifest = manifest;
        this.problems = problems;
    }

    /** Checks the pod's own spec, or the template's of what makes pods. */
    static void check(SourceManifest manifest, Problems problems) {
        String path = manifest.kind().equals("Pod") ? "spec" : "spec.template.spec";
        JsonNode spec = manifest.at(path);
        if (spec.isObject()) {
            new PodSpecRules(manifest, problems).spec(path, spec);
        }
    }

    private void spec(String path, JsonNode spec) {
        JsonNode containers = spec.path("containers");
        if (containers.isMissingNode() || containers.isNull() || (containers.isArray() && containers.isEmpty())) {
            problems.error(manifest.problem(path + ".containers", "missing; write at least one container"));
        }
        containers(path + ".containers", containers);
        containers(path + ".initContainers", spec.path("initContainers"));
        JsonNode node = spec.path("affinity").path("nodeAffinity");
        String nodePath = path + ".affinity.nodeAffinity.";
        nodeTerms(
                nodePath + REQUIRED + ".nodeSelectorTerms", node.path(REQUIRED).path("nodeSelectorTerms"));
        if (node.path(REQUIRED).isObject()
                && node.path(REQUIRED).path("nodeSelectorTerms").isEmpty()) {
            problems.error(manifest.problem(
                    nodePath + REQUIRED + ".nodeSelectorTerms",
                    "missing; write at least one term, or leave " + REQUIRED + " out"));
        }
        each(
                nodePath + PREFERRED,
                node.path(PREFERRED),
                (at, preferred) -> nodeTerm(at + ".preference", preferred.path("preference")));
        podTerms(path + ".affinity.podAffinity.", spec.path("affinity").path("podAffinity"));
        podTerms(path + ".affinity.podAntiAffinity.", spec.path("affinity").path("podAntiAffinity"));
        each(path + ".tolerations", spec.path("tolerations"), (at, toleration) -> {
            oneOf(at + ".operator", toleration.path("operator"), TOLERATION_OPERATORS);
            oneOf(at + ".effect", toleration.path("effect"), EFFECTS);
        });
        each(path + ".topologySpreadConstraints", spec.path("topologySpreadConstraints"), (at, constraint) -> {
            oneOf(
                    at + ".whenUnsatisfiable",
                    constraint.path("whenUnsatisfiable"),
                    List.of("DoNotSchedule", "ScheduleAnyway"));
            selector(at + ".labelSelector", constraint.path("labelSelector"));
        });
    }

    private interface Check {
        void at(String path, JsonNode item);
    }

    private static void each(String path, JsonNode list, Check check) {
        for (int i = 0; list.isArray() && i < list.size(); i++) {
            check.at(path + "[" + i + "]", list.get(i));
        }
    }

    private void containers(String path, JsonNode containers) {
        each(path, containers, (at, container) -> {
            JsonNode limits = container.path("resources").path("limits");
            JsonNode requests = container.path("resources").path("requests");
            amounts(at + ".resources.limits", limits, null);
            amounts(at + ".resources.requests", requests, limits);
        });
    }

    /** @param limits what the amounts must not exceed, null for no limits */
    private void amounts(String path, JsonNode amounts, @Nullable JsonNode limits) {
        for (Map.Entry<String, JsonNode> entry : amounts.properties()) {
            Quantity amount = quantity(entry.getValue());
            if (amount == null) {
                continue; // the decoder says so
            }
            String at = path + "." + entry.getKey();
            if (amount.amount().signum() < 0) {
                problem(at, entry.getValue(), "is negative; write 0 or more");
            }
            JsonNode limit = limits == null ? null : limits.path(entry.getKey());
            Quantity most = limit == null ? null : quantity(limit);
            if (most != null && amount.compareTo(most) > 0) {
                problem(at, entry.getValue(), "is more than the limit " + limit + "; raise the limit or ask for less");
            }
        }
    }

    private static @Nullable Quantity quantity(JsonNode value) {
        if (!value.isString() && !value.isNumber()) {
            return null;
        }
        try {
            return Quantity.parse(value.asString());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void nodeTerms(String path, JsonNode terms) {
        each(path, terms, this::nodeTerm);
    }

    private void nodeTerm(String path, JsonNode term) {
        expressions(path + ".matchExpressions", term.path("matchExpressions"), NODE_OPERATORS);
    }

    private void podTerms(String path, JsonNode affinity) {
        each(path + REQUIRED, affinity.path(REQUIRED), this::podTerm);
        each(
                path + PREFERRED,
                affinity.path(PREFERRED),
                (at, weighted) -> podTerm(at + ".podAffinityTerm", weighted.path("podAffinityTerm")));
    }

    private void podTerm(String path, JsonNode term) {
        selector(path + ".labelSelector", term.path("labelSelector"));
        selector(path + ".namespaceSelector", term.path("namespaceSelector"));
    }

    private void selector(String path, JsonNode selector) {
        expressions(path + ".matchExpressions", selector.path("matchExpressions"), SELECTOR_OPERATORS);
    }

    private void expressions(String path, JsonNode expressions, List<String> operators) {
        each(path, expressions, (at, expression) -> {
            JsonNode operator = expression.path("operator");
            oneOf(at + ".operator", operator, operators);
            JsonNode values = expression.path("values");
            if (operator.isString()
                    && WITH_VALUES.contains(operator.asString())
                    && !(values.isArray() && !values.isEmpty())) {
                problems.error(manifest.problem(
                        at + ".values", "operator " + operator.asString() + " has no values; write at least one"));
            }
        });
    }

    /** Absent and empty mean the default; what isn't text is the decoder's to complain about. */
    private void oneOf(String path, JsonNode value, List<String> allowed) {
        if (value.isString() && !value.asString().isEmpty() && !allowed.contains(value.asString())) {
            problem(path, value, "is unknown; write one of " + String.join(", ", allowed));
        }
    }

    private void problem(String path, JsonNode value, String text) {
        problems.error(manifest.problem(path, SourceManifest.shown(value) + " " + text));
    }
}
