package karpenter.core.validation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.Taint;
import karpenter.api.v1.NodePool;
import org.jspecify.annotations.Nullable;

/** What of a stored NodePool can't be acted on, although its schema let it pass. */
public final class NodePoolRules {
    private static final Set<String> EFFECTS =
            Set.of("", Taint.NO_SCHEDULE, Taint.PREFER_NO_SCHEDULE, Taint.NO_EXECUTE);

    private NodePoolRules() {}

    /** Everything that is wrong with the pool's template; empty when nothing is. */
    public static List<String> errors(NodePool pool, LabelRules rules) {
        List<String> errors = new ArrayList<>();
        NodePool.Template template = pool.spec().template();
        new TreeMap<>(template.metadata().labelsOrEmpty()).forEach((key, value) -> {
            add(errors, "labels: ", poolKey(key));
            add(errors, "labels: ", rules.restriction(key));
            add(errors, "labels: ", RequirementRules.malformedKey(key));
            add(errors, "labels: ", RequirementRules.malformedValue(key, value));
        });
        Set<String> seen = new HashSet<>();
        taintErrors("taints: ", template.spec().taints(), seen, errors);
        taintErrors("startupTaints: ", template.spec().startupTaints(), seen, errors);
        for (NodeSelectorRequirement requirement : template.spec().requirements()) {
            add(errors, "requirements: ", poolKey(requirement.key()));
            RequirementRules.errors(requirement, rules).forEach(error -> errors.add("requirements: " + error));
        }
        return List.copyOf(errors);
    }

    /** The pool's own name goes without saying. */
    private static @Nullable String poolKey(String key) {
        return key.equals(Labels.NODE_POOL) ? "key " + key + " is restricted; Karpenter sets it" : null;
    }

    private static void taintErrors(String where, List<Taint> taints, Set<String> seen, List<String> errors) {
        for (Taint taint : taints) {
            add(errors, where, RequirementRules.malformedKey(taint.key()));
            add(errors, where, RequirementRules.malformedValue(taint.key(), taint.value()));
            if (!EFFECTS.contains(taint.effect())) {
                errors.add(where + "effect \"" + taint.effect() + "\" of " + taint.key()
                        + " is none of NoSchedule, PreferNoSchedule and NoExecute");
            }
            if (!seen.add(taint.key() + ":" + taint.effect())) {
                errors.add(where + taint.key() + ":" + taint.effect()
                        + " is a duplicate; a key and effect may appear once in taints and startupTaints together");
            }
        }
    }

    private static void add(List<String> errors, String where, @Nullable String error) {
        if (error != null) {
            errors.add(where + error);
        }
    }
}
