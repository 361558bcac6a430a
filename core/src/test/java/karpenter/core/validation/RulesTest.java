package karpenter.core.validation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import karpenter.api.NodeSelectorRequirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RulesTest {
    private final LabelRules rules = LabelRules.with(Set.of("cloud.sh/family"), Set.of("cloud.sh"));

    private List<String> errors(String key, String operator, String... values) {
        return RequirementRules.errors(NodeSelectorRequirement.of(key, operator, values), rules);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "team",
                "example.com/team",
                "node.kubernetes.io/something",
                "kubernetes.io/arch",
                "cloud.sh/family",
                "karpenter.sh/capacity-type",
                "notkarpenter.sh/x"
            })
    void letsUsersAskForWellKnownAndForeignKeys(String key) {
        assertThat(rules.restriction(key)).isNull();
        assertThat(errors(key, "Exists")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kubernetes.io/hostname",
                "karpenter.sh/initialized",
                "x.karpenter.sh/y",
                "cloud.sh/size",
                "a.cloud.sh/b"
            })
    void keepsKeysThatOnlyKarpenterOrTheProviderMaySet(String key) {
        assertThat(rules.restriction(key)).contains(key).contains("restricted");
    }

    @Test
    void readsOldKeysAsTheirSuccessors() {
        assertThat(errors("failure-domain.beta.kubernetes.io/zone", "In", "a")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "bad key, In, a, is no qualified name",
        "team, Near, a, unsupported operator",
        "team, Gt, 1.5, single positive integer",
        "team, Lte, x, single positive integer",
        "team, In, a b, is no label value",
        "karpenter.sh/capacity-type, In, cheap, 0 of the known values"
    })
    void saysWhatIsWrong(String key, String operator, String value, String text) {
        assertThat(errors(key, operator, value)).singleElement().asString().contains(text);
    }

    @Test
    void needsValuesForInAndEnoughOfThemForMinValues() {
        assertThat(errors("team", "In")).singleElement().asString().contains("must have a value");
        NodeSelectorRequirement few = new NodeSelectorRequirement("team", "In", List.of("a"), 2);
        assertThat(RequirementRules.errors(few, rules))
                .singleElement()
                .asString()
                .contains("minValues 2");
        NodeSelectorRequirement mixed =
                new NodeSelectorRequirement("karpenter.sh/capacity-type", "In", List.of("spot", "cheap"), 2);
        assertThat(RequirementRules.errors(mixed, rules))
                .singleElement()
                .asString()
                .contains("fewer than");
        assertThat(errors("karpenter.sh/capacity-type", "In", "spot", "cheap")).isEmpty();
    }
}
