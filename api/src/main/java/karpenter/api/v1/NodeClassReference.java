package karpenter.api.v1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** Which NodeClass a pool or claim uses. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record NodeClassReference(String group, String kind, String name) {
    /** The label that claims and nodes of this class carry: {@code <group>/<lower-case kind>}. */
    public String labelKey() {
        return group + "/" + kind.toLowerCase(java.util.Locale.ROOT);
    }
}
