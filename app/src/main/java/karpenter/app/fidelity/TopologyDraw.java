package karpenter.app.fidelity;

import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Draws spread constraints and affinity between pods. */
final class TopologyDraw {
    private static final List<String> KEYS =
            List.of(Words.ZONE, Words.HOSTNAME, Words.CAPACITY_TYPE, Words.TEAM, Words.RACK);

    private final Draw draw;
    private final Set<Feature> features;

    TopologyDraw(Draw draw, Set<Feature> features) {
        this.draw = draw;
        this.features = features;
    }

    private boolean drawn(Feature feature, int percent) {
        return features.contains(feature) && draw.chance(percent);
    }

    /** @param labels the pod's own, which most selectors select */
    void add(ObjectNode spec, ObjectNode labels) {
        if (drawn(Feature.SPREAD_ZONE, 60)) {
            spread(spec, labels, Words.ZONE, "DoNotSchedule");
        }
        if (drawn(Feature.SPREAD_HOSTNAME, 50)) {
            spread(spec, labels, Words.HOSTNAME, "DoNotSchedule");
        }
        if (drawn(Feature.SPREAD_CAPACITY_TYPE, 50)) {
            spread(spec, labels, Words.CAPACITY_TYPE, "DoNotSchedule");
        }
        if (drawn(Feature.SPREAD_CUSTOM_KEY, 50)) {
            spread(spec, labels, draw.one(List.of(Words.TEAM, Words.RACK)), "DoNotSchedule");
        }
        if (drawn(Feature.SPREAD_ANYWAY, 50)) {
            spread(spec, labels, draw.one(List.of(Words.ZONE, Words.HOSTNAME)), "ScheduleAnyway");
        }
        if (drawn(Feature.POD_AFFINITY, 50)) {
            required(spec, "podAffinity").add(term(labels));
        }
        if (drawn(Feature.POD_ANTI_AFFINITY, 50)) {
            antiAffinity(spec, labels);
        }
        if (drawn(Feature.PREFERRED_POD_AFFINITY, 50)) {
            String kind = draw.one(List.of("podAffinity", "podAntiAffinity"));
            ObjectNode weighted = Trees.list(Trees.within(spec, "affinity", kind), Feature.PREFERRED)
                    .addObject()
                    .put("weight", draw.between(1, 100));
            weighted.set("podAffinityTerm", term(labels));
        }
    }

    /** Adds a required anti-affinity if the case has any. */
    void antiAffinity(ObjectNode spec, ObjectNode labels) {
        if (features.contains(Feature.POD_ANTI_AFFINITY)) {
            required(spec, "podAntiAffinity").add(term(labels));
        }
    }

    private static ArrayNode required(ObjectNode spec, String kind) {
        return Trees.list(Trees.within(spec, "affinity", kind), Feature.REQUIRED);
    }

    private void spread(ObjectNode spec, ObjectNode labels, String key, String unsatisfiable) {
        ObjectNode constraint = Trees.list(spec, "topologySpreadConstraints").addObject();
        constraint.put("maxSkew", draw.chance(60) ? 1 : draw.between(2, 3));
        constraint.put("topologyKey", key).put("whenUnsatisfiable", unsatisfiable);
        constraint.set("labelSelector", selector(labels));
        if (!features.contains(Feature.SPREAD_OPTIONS)) {
            return;
        }
        if (draw.chance(25) && unsatisfiable.equals("DoNotSchedule")) {
            constraint.put("minDomains", draw.between(1, 4));
        }
        if (draw.chance(25)) {
            constraint.put("nodeAffinityPolicy", draw.one(List.of("Honor", "Ignore")));
        }
        if (draw.chance(25)) {
            constraint.put("nodeTaintsPolicy", draw.one(List.of("Honor", "Ignore")));
        }
        if (draw.chance(25)) {
            constraint.set("matchLabelKeys", Trees.texts(List.of("version")));
        }
    }

    private ObjectNode term(ObjectNode labels) {
        ObjectNode term = Trees.object();
        term.put("topologyKey", draw.one(KEYS));
        term.set("labelSelector", selector(labels));
        if (drawn(Feature.NAMESPACES, 60)) {
            switch (draw.between(0, 3)) {
                case 0 -> term.putObject("namespaceSelector");
                case 1 -> Trees.within(term, "namespaceSelector", "matchLabels").put("env", "play");
                case 2 -> {
                    Trees.within(term, "namespaceSelector", "matchLabels").put("env", "live");
                    term.set("namespaces", Trees.texts(draw.some(Words.NAMESPACES)));
                }
                default -> term.set("namespaces", Trees.texts(draw.some(Words.NAMESPACES)));
            }
        }
        if (drawn(Feature.SPREAD_OPTIONS, 20)) {
            term.set(draw.one(List.of("matchLabelKeys", "mismatchLabelKeys")), Trees.texts(List.of("version")));
        }
        return term;
    }

    /** Mostly the pod's own label, so that replicas meet. */
    private ObjectNode selector(ObjectNode labels) {
        ObjectNode selector = Trees.object();
        if (draw.chance(50)) {
            Trees.within(selector, "matchLabels").set("workload", labels.path("workload"));
            if (!labels.has("workload")) {
                Trees.within(selector, "matchLabels").set("app", labels.path("app"));
            }
        } else if (draw.chance(70)) {
            Trees.within(selector, "matchLabels").set("app", labels.path("app"));
        } else if (draw.chance(50)) {
            Trees.within(selector, "matchLabels").put("app", draw.one(Words.APPS));
        } else {
            Trees.list(selector, "matchExpressions")
                    .add(
                            draw.chance(50)
                                    ? Trees.expression("app", "In", draw.some(Words.APPS))
                                    : Trees.expression("app", draw.one(List.of("NotIn", "Exists")), List.of()));
            ObjectNode expression = (ObjectNode) selector.at("/matchExpressions/0");
            if (expression.path("operator").asString().equals("NotIn")) {
                expression.set("values", Trees.texts(draw.some(Words.APPS)));
            }
        }
        return selector;
    }
}
