package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.LabelSelector.Expression;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which pods a constraint of a pod in namespace "shop" with the labels app=web and version=2 is about. */
class SelectionTest {
    private static final LabelSelector EMPTY = new LabelSelector(Map.of(), List.of());
    private static final LabelSelector WEB = new LabelSelector(Map.of("app", "web"), List.of());
    private static final PodShape OWNER = PodShape.builder("shop")
            .labels(Map.of("app", "web", "version", "2"))
            .build();

    private static Selection spread(@Nullable LabelSelector selector, String... keys) {
        return Selection.of(
                new TopologySpreadConstraint(1, "zone", "DoNotSchedule", selector, null, null, null, List.of(keys)),
                OWNER);
    }

    private static PodAffinityTerm term(
            @Nullable LabelSelector selector, List<String> namespaces, @Nullable LabelSelector namespaceSelector) {
        return new PodAffinityTerm("zone", selector, namespaces, namespaceSelector, List.of(), List.of());
    }

    private static Selection affinity(
            @Nullable LabelSelector selector, List<String> namespaces, @Nullable LabelSelector namespaceSelector) {
        return Selection.of(term(selector, namespaces, namespaceSelector), OWNER);
    }

    private static boolean selects(Selection selection, String namespace, Map<String, String> labels) {
        return selection.selects(namespace, Map.of("team", namespace.equals("shop") ? "blue" : "red"), labels);
    }

    @Test
    void isAboutPodsOfTheOwnNamespaceUnlessOthersAreNamed() {
        Map<String, String> web = Map.of("app", "web");
        Selection own = affinity(WEB, List.of(), null);
        assertThat(selects(own, "shop", web)).isTrue();
        assertThat(selects(own, "bank", web)).isFalse();
        assertThat(selects(own, "shop", Map.of("app", "db"))).isFalse();

        Selection named = affinity(WEB, List.of("bank"), null);
        assertThat(selects(named, "bank", web)).isTrue();
        assertThat(selects(named, "shop", web)).isFalse();

        Selection red = affinity(WEB, List.of(), new LabelSelector(Map.of("team", "red"), List.of()));
        assertThat(selects(red, "bank", web)).isTrue();
        assertThat(selects(red, "shop", web)).isFalse();

        Selection both = affinity(WEB, List.of("shop"), new LabelSelector(Map.of("team", "red"), List.of()));
        assertThat(selects(both, "bank", web)).isTrue();
        assertThat(selects(both, "shop", web)).isTrue();
    }

    @Test
    void aSelectorThatSaysNothingIsAboutAllPodsOfAnAffinityAndNoneOfASpread() {
        assertThat(selects(affinity(EMPTY, List.of(), null), "shop", Map.of())).isTrue();
        assertThat(selects(affinity(null, List.of(), null), "shop", Map.of("app", "web")))
                .isFalse();
        assertThat(selects(spread(EMPTY), "shop", Map.of())).isFalse();
        assertThat(selects(spread(null), "shop", Map.of("app", "web"))).isFalse();
        assertThat(selects(spread(WEB), "shop", Map.of("app", "web"))).isTrue();
        assertThat(selects(spread(WEB), "bank", Map.of("app", "web"))).isFalse();
    }

    @Test
    void asksForTheOwnersValueOfKeysThatMustMatch() {
        Selection version = spread(WEB, "version", "absent");
        assertThat(selects(version, "shop", Map.of("app", "web", "version", "2")))
                .as("the key that the owner has no label for is disregarded")
                .isTrue();
        assertThat(selects(version, "shop", Map.of("app", "web", "version", "1")))
                .isFalse();

        Selection differing = Selection.of(
                new PodAffinityTerm("zone", WEB, List.of(), null, List.of("app"), List.of("version")), OWNER);
        assertThat(selects(differing, "shop", Map.of("app", "web", "version", "2")))
                .isFalse();
        assertThat(selects(differing, "shop", Map.of("app", "web", "version", "1")))
                .isTrue();
    }

    @Test
    void isAboutThePodsThatAllTermsSelect() {
        PodAffinityTerm web = term(WEB, List.of(), null);
        PodAffinityTerm second = term(new LabelSelector(Map.of("version", "2"), List.of()), List.of(), null);
        Selection all = Selection.ofAll(List.of(web, second, web), OWNER);

        assertThat(all.clauses()).as("each said once").hasSize(2);
        assertThat(selects(all, "shop", Map.of("app", "web", "version", "2"))).isTrue();
        assertThat(selects(all, "shop", Map.of("app", "web"))).isFalse();
        assertThat(selects(all, "shop", Map.of("version", "2"))).isFalse();
    }

    @Test
    void isEqualHoweverTheSameIsWritten() {
        LabelSelector one = new LabelSelector(
                Map.of("app", "web"),
                List.of(
                        new Expression("tier", "In", List.of("b", "a", "b")),
                        new Expression("tier", "NotIn", List.of("c")),
                        new Expression("tier", "NotIn", List.of("d"))));
        LabelSelector other = new LabelSelector(
                Map.of(),
                List.of(
                        new Expression("tier", "NotIn", List.of("d")),
                        new Expression("tier", "NotIn", List.of("c")),
                        new Expression("tier", "In", List.of("a", "b")),
                        new Expression("app", "In", List.of("web"))));

        assertThat(spread(one)).isEqualTo(spread(other));
        assertThat(spread(one)).isNotEqualTo(spread(WEB));
        Selection selection = spread(one);
        assertThat(selects(selection, "shop", Map.of("app", "web", "tier", "a")))
                .isTrue();
        assertThat(selects(selection, "shop", Map.of("app", "web", "tier", "c")))
                .isFalse();
        assertThat(selects(selection, "shop", Map.of("app", "web"))).isFalse();
    }
}
