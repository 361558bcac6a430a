package karpenter.api.kwok;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import karpenter.api.Condition;
import karpenter.api.KubernetesObject;
import karpenter.api.ObjectMeta;
import karpenter.api.ResourceKind;
import org.jspecify.annotations.Nullable;

/** How simulated machines join. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record KwokNodeClass(ObjectMeta metadata, Spec spec, Status status) implements KubernetesObject {
    public static final ResourceKind<KwokNodeClass> KIND = new ResourceKind<>(
            "karpenter.kwok.sh", "v1alpha1", "KWOKNodeClass", "kwoknodeclasses", false, KwokNodeClass.class);

    @SuppressWarnings("NullAway") // absent JSON members arrive as null
    public KwokNodeClass {
        spec = spec == null ? new Spec(null) : spec;
        status = status == null ? new Status(List.of()) : status;
    }

    /** @param nodeRegistrationDelay Go duration between launch and the Node's appearance, null for none */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Spec(@Nullable String nodeRegistrationDelay) {}

    /** Conditions, defaulted by the CRD to Ready. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Status(List<Condition> conditions) {
        @SuppressWarnings("NullAway") // absent JSON members arrive as null
        public Status {
            conditions = conditions == null ? List.of() : List.copyOf(conditions);
        }
    }
}
