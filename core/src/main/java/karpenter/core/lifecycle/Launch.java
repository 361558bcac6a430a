package karpenter.core.lifecycle;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.v1.NodeClaim;

/** From a claim to a claim with a machine. */
public final class Launch {
    /** The longest text of a provider's error that conditions and events carry. */
    private static final int LONGEST_MESSAGE = 300;

    private Launch() {}

    /** The claim with its machine: the claim's own labels and the provider's annotations win. */
    public static NodeClaim launched(NodeClaim claim, LaunchedMachine machine, Instant now) {
        Map<String, String> labels = new TreeMap<>(machine.labels());
        labels.putAll(claim.metadata().labels());
        Map<String, String> annotations = new TreeMap<>(claim.metadata().annotations());
        annotations.putAll(machine.annotations());
        NodeClaim known = claim.withMetadata(claim.metadata().withLabels(labels).withAnnotations(annotations))
                .withStatus(claim.status()
                        .withInstance(
                                machine.providerId(), machine.imageId(), machine.capacity(), machine.allocatable()));
        return known.withConditions(known.conditions().setTrue(NodeClaim.LAUNCHED, now));
    }

    /** The claim whose launch didn't work and will be tried again; that is Unknown, never False. */
    public static NodeClaim failed(NodeClaim claim, String reason, String message, Instant now) {
        return claim.withConditions(claim.conditions().setUnknown(NodeClaim.LAUNCHED, reason, message, now));
    }

    /** A provider's error, cut to what an event or a condition should carry. */
    public static String shortened(String message) {
        return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE) + "...";
    }
}
