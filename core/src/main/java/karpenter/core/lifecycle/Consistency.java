package karpenter.core.lifecycle;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.Quantity;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.Node;
import karpenter.core.resource.ResourceVector;

/** Whether the Node is the machine that its claim was promised. */
public final class Consistency {
    /** A kernel keeps some memory; less than this share of the promised capacity is another machine. */
    private static final BigDecimal LEAST_SHARE = new BigDecimal("0.9");

    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    private Consistency() {}

    /** What the node lacks of the resources that the claim requests, one text each; empty when all is well. */
    public static List<String> shortfalls(NodeClaim claim, Node node) {
        List<String> texts = new ArrayList<>();
        Map<String, Quantity> requests = claim.spec().resources().requests();
        for (Map.Entry<String, Quantity> promised : new TreeMap<>(claim.status().capacity()).entrySet()) {
            String resource = promised.getKey();
            Quantity request = requests.get(resource);
            BigDecimal expected = promised.getValue().amount();
            if (request == null || request.amount().signum() == 0 || expected.signum() <= 0) {
                continue;
            }
            Quantity found = ResourceVector.quantityOf(resource, node.capacity().get(resource));
            if (found.amount().compareTo(expected.multiply(LEAST_SHARE)) < 0) {
                BigDecimal percent = found.amount().multiply(HUNDRED).divide(expected, 1, RoundingMode.HALF_UP);
                texts.add("expected " + promised.getValue().text() + " of resource " + resource + ", but found "
                        + found.text() + " (" + percent + "% of expected)");
            }
        }
        return texts;
    }

    public static NodeClaim consistent(NodeClaim claim, Instant now) {
        return claim.withConditions(claim.conditions().setTrue(NodeClaim.CONSISTENT_STATE_FOUND, now));
    }

    public static NodeClaim inconsistent(NodeClaim claim, Instant now) {
        return claim.withConditions(claim.conditions()
                .setFalse(NodeClaim.CONSISTENT_STATE_FOUND, "ConsistencyCheckFailed", "Consistency Check Failed", now));
    }
}
