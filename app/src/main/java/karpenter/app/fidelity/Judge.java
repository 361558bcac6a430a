package karpenter.app.fidelity;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.testbed.SchedulerOracle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Puts questions about one case to kube-scheduler. Texts of objects are made once, as a question repeats most of them. */
final class Judge {
    /** Fields of the oracle's cases by kind of object. */
    private static final Map<String, String> FIELDS = Map.of(
            "Namespace", "namespaces",
            "PersistentVolumeClaim", "pvcs",
            "PersistentVolume", "pvs",
            "StorageClass", "storageClasses",
            "CSINode", "csiNodes",
            "CSIDriver", "csiDrivers");

    private static final Set<String> DEPENDING_ON_PODS = Set.of("PodTopologySpread", "InterPodAffinity");

    private final SchedulerOracle oracle;
    private final String surroundings;

    /** @param objects of any kind; those that the scheduler looks at besides Nodes and Pods are kept */
    Judge(SchedulerOracle oracle, Collection<ObjectNode> objects) {
        this.oracle = oracle;
        StringBuilder text = new StringBuilder();
        FIELDS.forEach((kind, field) -> {
            List<ObjectNode> those = objects.stream()
                    .filter(object -> Trees.kind(object).equals(kind))
                    .toList();
            if (!those.isEmpty()) {
                text.append(",\"").append(field).append("\":").append(those);
            }
        });
        this.surroundings = text.toString();
    }

    /** A pod with the node that is in question. */
    record Question(ObjectNode pod, String node) {}

    /** One state of the cluster and what is asked about it. */
    record Situation(Collection<ObjectNode> nodes, Collection<ObjectNode> bound, List<Asked> asked) {}

    /** @param nodes which are in question, all when empty */
    record Asked(ObjectNode pod, List<String> nodes) {}

    /** @param refused by node, the plugin and its words */
    record Verdict(String pod, Set<String> passes, Map<String, Refusal> refused) {}

    record Refusal(String plugin, String words) {
        /** Stands in a list of refusals for a pod that was not refused. */
        private static final Refusal NONE = new Refusal("", "");

        boolean isNone() {
            return plugin.isEmpty();
        }

        @Override
        public String toString() {
            return plugin + ": " + words;
        }
    }

    /** Whether it was other pods that kept the pod away, rather than the node. */
    static boolean dependsOnPods(Refusal refusal) {
        return DEPENDING_ON_PODS.contains(refusal.plugin());
    }

    /** Asks about each pod as if it were the next; one list of verdicts a situation. */
    List<List<Verdict>> filter(List<Situation> situations) {
        List<String> lines = situations.stream().map(this::line).toList();
        List<List<Verdict>> all = new ArrayList<>();
        for (String answer : oracle.answers(lines)) {
            List<Verdict> verdicts = new ArrayList<>();
            for (JsonNode pod : read(answer).path("pods")) {
                Set<String> passes = new HashSet<>();
                pod.path("passes").forEach(name -> passes.add(name.asString()));
                Map<String, Refusal> refused = new HashMap<>();
                for (Map.Entry<String, JsonNode> entry : pod.path("refused").properties()) {
                    refused.put(entry.getKey(), refusal(entry.getValue()));
                }
                verdicts.add(new Verdict(pod.path("pod").asString(), passes, refused));
            }
            all.add(verdicts);
        }
        return all;
    }

    private String line(Situation situation) {
        StringBuilder line = new StringBuilder("{\"mode\":\"filter\",\"nodes\":");
        line.append(situation.nodes).append(",\"pods\":").append(situation.bound);
        line.append(surroundings).append(",\"ask\":[");
        String separator = "";
        for (Asked asked : situation.asked) {
            line.append(separator).append("{\"pod\":").append(asked.pod);
            if (!asked.nodes.isEmpty()) {
                line.append(",\"nodes\":").append(Trees.texts(asked.nodes));
            }
            line.append('}');
            separator = ",";
        }
        return line.append("]}").toString();
    }

    /**
     * Binds pods one after another where a filter lets them.
     *
     * @return for each question why the pod is not bound, {@link Refusal#isNone} when it is
     */
    List<Refusal> sequence(Collection<ObjectNode> nodes, Collection<ObjectNode> bound, List<Question> questions) {
        StringBuilder line = new StringBuilder("{\"mode\":\"sequence\",\"nodes\":").append(nodes);
        List<ObjectNode> pods = new ArrayList<>(bound);
        questions.forEach(question -> pods.add(question.pod));
        line.append(",\"pods\":").append(pods).append(surroundings).append(",\"ask\":[");
        for (int i = 0; i < questions.size(); i++) {
            line.append(i == 0 ? "" : ",").append("{\"pod\":").append(bound.size() + i);
            line.append(",\"node\":\"").append(questions.get(i).node).append("\"}");
        }
        List<Refusal> refusals = new ArrayList<>();
        for (JsonNode step : read(oracle.answer(line.append("]}").toString())).path("steps")) {
            refusals.add(step.path("placed").asBoolean() ? Refusal.NONE : refusal(step.path("refused")));
        }
        return refusals;
    }

    private static Refusal refusal(JsonNode refusals) {
        JsonNode first = refusals.path(0);
        List<String> reasons = new ArrayList<>();
        first.path("reasons").forEach(reason -> reasons.add(reason.asString()));
        return new Refusal(first.path("plugin").asString(""), String.join(", ", reasons));
    }

    private static JsonNode read(String answer) {
        JsonNode root = JsonMapper.shared().readTree(answer);
        if (root.has("error")) {
            throw new IllegalStateException(
                    "the oracle can't answer: " + root.path("error").asString());
        }
        return root;
    }
}
