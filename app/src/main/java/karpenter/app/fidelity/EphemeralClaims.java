package karpenter.app.fidelity;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The claims that the ephemeral volume controller makes for pods; without them kube-scheduler lets no such pod in. */
final class EphemeralClaims {
    private EphemeralClaims() {}

    static List<ObjectNode> of(FidelityCase problem) {
        List<ObjectNode> claims = new ArrayList<>();
        for (ObjectNode pod : problem.all("Pod")) {
            for (JsonNode volume : pod.path("spec").path("volumes")) {
                JsonNode spec =
                        volume.path("ephemeral").path("volumeClaimTemplate").path("spec");
                if (spec.isObject()) {
                    claims.add(claim(pod, volume.path("name").asString(), spec));
                }
            }
        }
        return claims;
    }

    private static ObjectNode claim(ObjectNode pod, String volume, JsonNode spec) {
        ObjectNode claim =
                Trees.named("v1", "PersistentVolumeClaim", Trees.namespace(pod), Trees.name(pod) + "-" + volume);
        ObjectNode owner =
                Trees.within(claim, "metadata").putArray("ownerReferences").addObject();
        owner.put("apiVersion", "v1").put("kind", "Pod").put("name", Trees.name(pod));
        owner.put("uid", Trees.key(pod)).put("controller", true);
        claim.set("spec", spec);
        claim.putObject("status").put("phase", "Pending");
        return claim;
    }
}
