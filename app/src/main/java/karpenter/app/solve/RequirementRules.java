package karpenter.app.solve;

import java.util.Set;
import karpenter.api.Labels;
import karpenter.core.requirement.Requirement;
import tools.jackson.databind.JsonNode;

/** The CRD's rules about requirements that a schema can't express: how many values an operator takes, which keys are reserved. */
final class RequirementRules {
    private static final Set<String> NUMERIC = Set.of(Requirement.GT, Requirement.LT, Requirement.GTE, Requirement.LTE);

    private RequirementRules() {}

    /** @param path of the list of requirements */
    static void check(SourceManifest manifest, String path, Problems problems) {
        JsonNode requirements = manifest.at(path);
        if (!requirements.isArray()) {
            return; // the schema has said so
        }
        for (int i = 0; i < requirements.size(); i++) {
            JsonNode requirement = requirements.get(i);
            String at = path + "[" + i + "]";
            String operator = text(requirement.path("operator"));
            JsonNode values = requirement.path("values");
            if (isReserved(text(requirement.path("key")), manifest.kind())) {
                problems.error(manifest.problem(
                        at + ".key",
                        requirement.path("key") + " can't be asked for; the " + manifest.kind()
                                + " or the node itself decides it; leave the requirement out"));
            }
            if (operator.equals(Requirement.IN) && values.isEmpty()) {
                problems.error(manifest.problem(
                        at + ".values", "operator In has no values; write at least one, or use Exists"));
            }
            if (NUMERIC.contains(operator) && !isOneWholeNumber(values)) {
                problems.error(manifest.problem(
                        at + ".values",
                        shown(values) + " does not go with operator " + operator
                                + "; write one whole number of 0 or more in quotes, for example [\"4\"]"));
            }
        }
    }

    /** A NodeClaim names its pool among its requirements. */
    private static boolean isReserved(String key, String kind) {
        return key.equals(Labels.HOSTNAME) || (key.equals(Labels.NODE_POOL) && !kind.equals("NodeClaim"));
    }

    private static boolean isOneWholeNumber(JsonNode values) {
        return values.isArray() && values.size() == 1 && text(values.get(0)).matches("\\d{1,18}");
    }

    private static String shown(JsonNode values) {
        return values.isMissingNode() ? "nothing" : SourceManifest.shown(values);
    }

    private static String text(JsonNode value) {
        return value.isString() ? value.asString() : "";
    }
}
