package karpenter.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node selector requirement as written in a manifest; {@code core.requirement} holds its meaning.
 *
 * @param operator In, NotIn, Exists, DoesNotExist, Gt, Lt, Gte or Lte
 * @param minValues least number of distinct values the candidate instance types must offer, or null
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NodeSelectorRequirement(
        String key,
        String operator,
        List<String> values,
        @Nullable Integer minValues) {
    @SuppressWarnings("NullAway") // absent JSON members arrive as null
    public NodeSelectorRequirement {
        values = values == null ? List.of() : List.copyOf(values);
    }

    public static NodeSelectorRequirement of(String key, String operator, String... values) {
        return new NodeSelectorRequirement(key, operator, List.of(values), null);
    }
}
