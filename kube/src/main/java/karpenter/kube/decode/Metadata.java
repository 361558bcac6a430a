package karpenter.kube.decode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.ObjectMeta;
import karpenter.api.OwnerReference;
import org.jspecify.annotations.Nullable;

/** Decodes {@code metadata}. */
final class Metadata {
    /** A copy of the whole manifest that kubectl keeps; as big as the object and of no use here. */
    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

    private Metadata() {}

    static ObjectMeta of(Tree metadata) {
        return new ObjectMeta(
                metadata.get("name").text(""),
                metadata.get("generateName").text(""),
                metadata.get("namespace").text(""),
                metadata.get("uid").text(""),
                metadata.get("resourceVersion").text(""),
                metadata.get("generation").number(0),
                metadata.get("creationTimestamp").time(),
                metadata.get("deletionTimestamp").time(),
                metadata.get("labels").textMap(),
                trimmed(metadata.get("annotations").textMap()),
                metadata.get("finalizers").texts(),
                owners(metadata));
    }

    /** Annotations without those that are only ballast. */
    static Map<String, String> trimmed(Map<String, String> annotations) {
        if (!annotations.containsKey(LAST_APPLIED)) {
            return annotations;
        }
        Map<String, String> trimmed = new HashMap<>(annotations);
        trimmed.remove(LAST_APPLIED);
        return trimmed;
    }

    private static List<OwnerReference> owners(Tree metadata) {
        List<OwnerReference> owners = new ArrayList<>();
        for (Tree owner : metadata.get("ownerReferences").items()) {
            owners.add(new OwnerReference(
                    owner.get("apiVersion").text(""),
                    owner.get("kind").text(""),
                    owner.get("name").text(""),
                    owner.get("uid").text(""),
                    flagOrNull(owner.get("controller")),
                    flagOrNull(owner.get("blockOwnerDeletion"))));
        }
        return owners;
    }

    private static @Nullable Boolean flagOrNull(Tree place) {
        return place.present() ? (Boolean) place.flag() : null;
    }
}
