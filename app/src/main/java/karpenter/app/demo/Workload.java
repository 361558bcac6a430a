package karpenter.app.demo;

import java.util.Map;
import karpenter.core.cluster.Pod;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The Deployment of the story, and how a user would make it.
 *
 * @param cpu requests of each pod, empty for none
 * @param memory requests of each pod, empty for none
 * @param isolated whether its pods run on the demo's nodes alone; on a cluster with other nodes
 */
record Workload(int replicas, String cpu, String memory, boolean isolated) {
    static final String NAMESPACE = "default";
    static final String NAME = "nginx";

    /** Keeps a real cluster's pods off simulated nodes, where nothing runs. */
    static final String TAINT = "karpenter-demo";

    private static final JsonMapper JSON = new JsonMapper();

    /** Whether the pod is one of it. */
    static boolean owns(Pod pod) {
        return pod.key().namespace().equals(NAMESPACE)
                && NAME.equals(pod.shape().labels().get("app"));
    }

    /** The command that makes it. */
    String createCommand() {
        String create = "kubectl create deploy " + NAME + " --replicas=" + replicas + " --image=nginx";
        if (cpu.isEmpty() && memory.isEmpty()) {
            return create;
        }
        String requests = cpu.isEmpty() ? "" : "cpu=" + cpu;
        requests += memory.isEmpty() ? "" : (requests.isEmpty() ? "" : ",") + "memory=" + memory;
        return create + " --dry-run=client -o yaml | kubectl set resources -f - --local --requests=" + requests
                + " -o yaml | kubectl create -f -";
    }

    static String deleteCommand() {
        return "kubectl delete deploy " + NAME;
    }

    /** The object that this command posts. */
    Document deployment() {
        ObjectNode deployment = JSON.createObjectNode();
        deployment.put("apiVersion", "apps/v1").put("kind", "Deployment");
        ObjectNode metadata = deployment.putObject("metadata");
        metadata.put("name", NAME).put("namespace", NAMESPACE);
        metadata.putObject("labels").put("app", NAME);
        ObjectNode spec = deployment.putObject("spec");
        spec.put("replicas", replicas);
        spec.putObject("selector").putObject("matchLabels").put("app", NAME);
        spec.putObject("strategy");
        ObjectNode template = spec.putObject("template");
        template.putObject("metadata").putObject("labels").put("app", NAME);
        ObjectNode podSpec = template.putObject("spec");
        ObjectNode container = podSpec.putArray("containers").addObject();
        container.put("image", "nginx").put("name", NAME);
        ObjectNode resources = container.putObject("resources");
        Map<String, String> asked = Map.of("cpu", cpu, "memory", memory);
        if (!cpu.isEmpty() || !memory.isEmpty()) {
            ObjectNode requests = resources.putObject("requests");
            asked.forEach((resource, quantity) -> {
                if (!quantity.isEmpty()) {
                    requests.put(resource, quantity);
                }
            });
        }
        if (isolated) {
            podSpec.putObject("nodeSelector").put("karpenter.sh/nodepool", Installation.NODE_POOL);
            podSpec.putArray("tolerations").addObject().put("key", TAINT).put("operator", "Exists");
        }
        return Document.of(deployment);
    }
}
