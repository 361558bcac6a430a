package karpenter.app.fidelity;

import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** What a pod may ask for; a case draws some of them, and the report counts pods with each. */
enum Feature {
    NODE_SELECTOR(pod -> has(pod, "nodeSelector")),
    NODE_AFFINITY(pod -> terms(pod) > 0),
    ALTERNATIVE_TERMS(pod -> terms(pod) > 1),
    PREFERRED_NODE_AFFINITY(pod -> has(pod.at("/spec/affinity/nodeAffinity"), Feature.PREFERRED)),
    TOLERATIONS(pod -> has(pod, "tolerations")),
    HOST_PORTS(pod -> pod.toString().contains("\"hostPort\"")),
    EXTENDED_RESOURCES(pod -> pod.toString().contains(Words.GPU)),
    EPHEMERAL_STORAGE(pod -> pod.toString().contains("\"ephemeral-storage\"")),
    INIT_CONTAINERS(pod -> has(pod, "initContainers")),
    POD_RESOURCES(pod -> has(pod, "resources")),
    POD_OVERHEAD(pod -> has(pod, "overhead")),
    SPREAD_ZONE(pod -> spreads(pod, Words.ZONE, "DoNotSchedule")),
    SPREAD_HOSTNAME(pod -> spreads(pod, Words.HOSTNAME, "DoNotSchedule")),
    SPREAD_CAPACITY_TYPE(pod -> spreads(pod, Words.CAPACITY_TYPE, "DoNotSchedule")),
    SPREAD_CUSTOM_KEY(pod -> spreads(pod, Words.TEAM, "DoNotSchedule") || spreads(pod, Words.RACK, "DoNotSchedule")),
    SPREAD_ANYWAY(pod -> spreads(pod, "", "ScheduleAnyway")),
    SPREAD_OPTIONS(pod -> pod.at("/spec/topologySpreadConstraints").toString().contains("Policy")
            || pod.at("/spec/topologySpreadConstraints").toString().contains("minDomains")
            || pod.at("/spec/topologySpreadConstraints").toString().contains("matchLabelKeys")),
    POD_AFFINITY(pod -> has(pod.at("/spec/affinity/podAffinity"), Feature.REQUIRED)),
    POD_ANTI_AFFINITY(pod -> has(pod.at("/spec/affinity/podAntiAffinity"), Feature.REQUIRED)),
    PREFERRED_POD_AFFINITY(pod -> has(pod.at("/spec/affinity/podAffinity"), Feature.PREFERRED)
            || has(pod.at("/spec/affinity/podAntiAffinity"), Feature.PREFERRED)),
    NAMESPACES(pod ->
            pod.toString().contains("\"namespaceSelector\"") || pod.toString().contains("\"namespaces\"")),
    CLAIMS(pod -> pod.toString().contains("\"persistentVolumeClaim\"")),
    EPHEMERAL_CLAIMS(pod -> pod.toString().contains("\"volumeClaimTemplate\""));

    static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
    static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

    private final Predicate<JsonNode> shows;

    Feature(Predicate<JsonNode> shows) {
        this.shows = shows;
    }

    /** Whether the pod has it. */
    boolean shows(JsonNode pod) {
        return shows.test(pod);
    }

    private static boolean has(JsonNode parent, String member) {
        JsonNode object = parent.has("spec") ? parent.path("spec") : parent;
        return !object.path(member).isEmpty();
    }

    private static int terms(JsonNode pod) {
        return pod.at("/spec/affinity/nodeAffinity/" + REQUIRED + "/nodeSelectorTerms")
                .size();
    }

    private static boolean spreads(JsonNode pod, String key, String unsatisfiable) {
        for (JsonNode constraint : pod.at("/spec/topologySpreadConstraints")) {
            if ((key.isEmpty() || constraint.path("topologyKey").asString("").equals(key))
                    && constraint.path("whenUnsatisfiable").asString("").equals(unsatisfiable)) {
                return true;
            }
        }
        return false;
    }
}
