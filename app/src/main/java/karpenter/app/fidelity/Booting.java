package karpenter.app.fidelity;

import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How the cluster looks to the controller: NodeClaims beside the Nodes that it launched, and Nodes that are not ready yet. */
final class Booting {
    private static final List<String> STAGES = List.of("launched", "joined", "registered", "initialized");
    private static final List<String> CONDITIONS = List.of("Launched", "Registered", "Initialized");

    private Booting() {}

    /** The objects that stand for a Node: itself, a NodeClaim, or both. */
    static List<ObjectNode> seen(ObjectNode node) {
        String pool = node.path("metadata")
                .path("annotations")
                .path(FidelityCase.POOL)
                .asString("");
        if (pool.isEmpty()) {
            return List.of(node);
        }
        String stage = node.path("metadata")
                .path("annotations")
                .path(FidelityCase.BOOTING)
                .asString("initialized");
        ObjectNode claim = claim(node, pool, STAGES.indexOf(stage));
        return stage.equals("launched") ? List.of(claim) : List.of(claim, seen(node, stage));
    }

    private static ObjectNode seen(ObjectNode node, String stage) {
        ObjectNode seen = node.deepCopy();
        ObjectNode labels = Trees.within(seen, "metadata", "labels");
        ArrayNode taints = Trees.list(Trees.within(seen, "spec"), "taints");
        if (!stage.equals("initialized")) {
            labels.remove("karpenter.sh/initialized");
            taints.addObject().put("key", "node.kubernetes.io/not-ready").put("effect", "NoSchedule");
            taints.addObject().put("key", "starting").put("effect", "NoSchedule");
        }
        if (stage.equals("joined")) {
            seen.withObject("metadata").set("labels", Trees.object().put(Words.HOSTNAME, Trees.name(node)));
            taints.removeAll();
            taints.addObject().put("key", "karpenter.sh/unregistered").put("effect", "NoExecute");
        }
        return seen;
    }

    private static ObjectNode claim(ObjectNode node, String pool, int stage) {
        String name = "claim-of-" + Trees.name(node);
        ObjectNode claim = Trees.named("karpenter.sh/v1", "NodeClaim", "", name);
        ObjectNode labels = (ObjectNode) node.path("metadata").path("labels").deepCopy();
        labels.remove(List.of(Words.HOSTNAME, "karpenter.sh/registered", "karpenter.sh/initialized"));
        Trees.within(claim, "metadata").put("uid", "uid-" + name).set("labels", labels);
        ObjectNode spec = claim.putObject("spec");
        spec.putObject("nodeClassRef")
                .put("group", "karpenter.kwok.sh")
                .put("kind", "KWOKNodeClass")
                .put("name", "default");
        spec.putArray("requirements").add(Trees.expression(Words.NODE_POOL, "In", List.of(pool)));
        spec.set("taints", node.path("spec").path("taints"));
        spec.putArray("startupTaints").addObject().put("key", "starting").put("effect", "NoSchedule");
        ObjectNode status = claim.putObject("status");
        status.set("providerID", node.path("spec").path("providerID"));
        if (stage > 0) {
            status.put("nodeName", Trees.name(node));
        }
        status.set("capacity", node.path("status").path("capacity"));
        status.set("allocatable", node.path("status").path("allocatable"));
        ArrayNode conditions = status.putArray("conditions");
        for (int i = 0; i < CONDITIONS.size(); i++) {
            // A claim is launched in every stage, registered from "registered" on.
            boolean reached = i == 0 || stage > i;
            conditions
                    .addObject()
                    .put("type", CONDITIONS.get(i))
                    .put("status", reached ? "True" : "Unknown")
                    .put("reason", CONDITIONS.get(i))
                    .put("message", "")
                    .put("lastTransitionTime", "2026-01-01T00:00:00Z");
        }
        return claim;
    }
}
