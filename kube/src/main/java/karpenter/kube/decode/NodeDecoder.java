package karpenter.kube.decode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.core.cluster.Node;
import karpenter.core.resource.ResourceVector;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Decodes Nodes, and encodes the part of them that this program writes. */
public final class NodeDecoder {
    private NodeDecoder() {}

    static Node node(Tree node) {
        Tree spec = node.get("spec");
        Tree status = node.get("status");
        return new Node(
                Metadata.of(node.get("metadata")),
                spec.get("providerID").text(""),
                spec.get("unschedulable").flag(),
                Selectors.taints(spec.get("taints")),
                Amounts.of(status.get("capacity")).vector(),
                Amounts.of(status.get("allocatable")).vector(),
                conditions(status.get("conditions")));
    }

    static List<Condition> conditions(Tree place) {
        List<Condition> conditions = new ArrayList<>();
        for (Tree condition : place.items()) {
            conditions.add(condition(condition));
        }
        return conditions;
    }

    static Condition condition(Tree condition) {
        return new Condition(
                condition.get("type").requiredText(),
                condition.get("status").text(Condition.UNKNOWN),
                condition.get("reason").text(""),
                condition.get("message").text(""),
                condition.get("lastTransitionTime").time(),
                condition.get("observedGeneration").number(0));
    }

    /** The Node as JSON: metadata, taints, providerID, cordon, capacity and allocatable; conditions are the kubelet's. */
    public static ObjectNode encode(Node node) {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.set("metadata", Json.MAPPER.valueToTree(node.metadata()));
        ObjectNode spec = tree.putObject("spec");
        if (!node.providerId().isEmpty()) {
            spec.put("providerID", node.providerId());
        }
        if (node.unschedulable()) {
            spec.put("unschedulable", true);
        }
        if (!node.taints().isEmpty()) {
            encode(node.taints(), spec.putArray("taints"));
        }
        ObjectNode status = tree.putObject("status");
        encode(node.capacity(), "capacity", status);
        encode(node.allocatable(), "allocatable", status);
        return tree;
    }

    private static void encode(List<Taint> taints, ArrayNode array) {
        for (Taint taint : taints) {
            ObjectNode entry = array.addObject();
            entry.put("key", taint.key());
            if (!taint.value().isEmpty()) {
                entry.put("value", taint.value());
            }
            entry.put("effect", taint.effect());
            Instant added = taint.timeAdded();
            if (added != null) {
                entry.set("timeAdded", Json.MAPPER.valueToTree(added));
            }
        }
    }

    private static void encode(ResourceVector amounts, String field, ObjectNode status) {
        if (amounts.isZero()) {
            return;
        }
        ObjectNode list = status.putObject(field);
        for (Map.Entry<String, Quantity> amount : amounts.quantities().entrySet()) {
            list.put(amount.getKey(), amount.getValue().text());
        }
    }
}
