package karpenter.app.solve;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collection;
import karpenter.core.catalog.InstanceType;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.SchedulingResult.Placement;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The answer as one line of JSON, for programs. Members are only ever added. */
final class JsonReport {
    private static final JsonNodeFactory TREE = JsonNodeFactory.instance;
    /** Finer than any price list; takes the noise of binary fractions away. */
    private static final int DECIMALS = 6;

    private JsonReport() {}

    static String of(SolveAnswer answer) {
        return of(answer, null);
    }

    /** @param explanations for a member {@code why} of each node; null to leave it out */
    static String of(SolveAnswer answer, @Nullable Explanations explanations) {
        ObjectNode root = TREE.objectNode();
        root.put("pods", answer.pods());
        root.put("scheduled", answer.scheduled());
        ArrayNode rejected = root.putArray("unschedulable");
        for (PodRejection rejection : answer.result().rejections()) {
            rejected.addObject()
                    .put("pod", rejection.pod().key().toString())
                    .put("reason", rejection.reason().text());
        }
        ArrayNode nodes = root.putArray("nodes");
        for (NodePlan plan : answer.result().plans()) {
            ObjectNode node = node(plan);
            if (explanations != null) {
                node.put("why", explanations.why(plan));
            }
            nodes.add(node);
        }
        ArrayNode existing = root.putArray("existingNodes");
        for (Placement placement : answer.result().placements()) {
            ObjectNode machine = existing.addObject();
            machine.put("name", placement.machine().name());
            machine.put("pods", placement.pods().size());
            machine.set("podNames", texts(SolveAnswer.names(placement.pods())));
        }
        root.put("pricePerHourUsd", rounded(answer.result().pricePerHourUsd()));
        root.put("solveSeconds", rounded(answer.solveSeconds()));
        root.put("lowerBoundPricePerHourUsd", rounded(answer.result().lowerBoundPricePerHourUsd()));
        root.put("lowerBoundCounts", answer.boundCounts());
        root.put("gap", rounded(answer.result().gap()));
        root.put("partial", answer.result().partial());
        return JsonMapper.shared().writeValueAsString(root);
    }

    private static ObjectNode node(NodePlan plan) {
        ObjectNode node = TREE.objectNode();
        node.put("nodePool", plan.pool().name());
        node.put("instanceType", SolveAnswer.instanceType(plan));
        node.put("zone", plan.cheapest().zone());
        node.put("capacityType", plan.cheapest().capacityType());
        node.put("pricePerHourUsd", rounded(plan.pricePerHourUsd()));
        node.put("pods", plan.pods().size());
        node.set("podNames", texts(SolveAnswer.names(plan.pods())));
        node.set(
                "instanceTypes",
                texts(plan.instanceTypes().stream().map(InstanceType::name).toList()));
        return node;
    }

    private static ArrayNode texts(Collection<String> texts) {
        ArrayNode array = TREE.arrayNode();
        texts.forEach(array::add);
        return array;
    }

    private static double rounded(double value) {
        return BigDecimal.valueOf(value)
                .setScale(DECIMALS, RoundingMode.HALF_UP)
                .doubleValue();
    }
}
