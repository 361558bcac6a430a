package karpenter.api.v1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import karpenter.api.NillableDuration;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.Taint;
import karpenter.api.Yaml;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values were made with the Go library that defines the format. */
@Covers("nodepool/hash: hash and version")
class NodePoolHashTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            expireAfter: 720h                                                        | 12745407319442031341
            expireAfter: Never                                                       | 7428780003907761376
            expireAfter: 0s                                                          | 13546070544088512816
            taints: []                                                               | 845502862369909111
            startupTaints: []                                                        | 11636300583069838828
            taints: [{key: x, effect: NoExecute}, {key: x, effect: NoExecute}]       | 845502862369909111
            taints: [{key: x, effect: NoExecute, timeAdded: '2026-01-02T03:04:05Z'}] | 18422791847216752089
            terminationGracePeriod: 0s                                               | 16848824146983765585
            """)
    void specOfATemplateHashesAsInGo(String field, String hash) {
        assertThat(NodePoolHash.of(template("{}", field))).isEqualTo(hash);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {labels: {testing/cluster: unspecified}} | 1699557759471965344
            {labels: {a: ''}}                        | 3496410445805860152
            {labels: {}}                             | 5327702334917744615
            {annotations: {}}                        | 12213481875490685897
            {annotations: {grüße: 日本}}              | 17104452259020430711
            {}                                       | 12745407319442031341
            """)
    void metadataOfATemplateHashesAsInGo(String metadata, String hash) {
        assertThat(NodePoolHash.of(template(metadata, "expireAfter: 720h"))).isEqualTo(hash);
    }

    private static NodePool.Template template(String metadata, String field) {
        return Yaml.read("""
                metadata: %s
                spec:
                  nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
                  requirements: [{key: kubernetes.io/arch, operator: Exists}]
                  %s
                """.formatted(metadata, field), NodePool.Template.class);
    }

    @Test
    void wholeTemplateHashesAsInGo() {
        assertThat(NodePoolHash.of(made(
                        Map.of("team", "a", "testing/cluster", "unspecified"),
                        Map.of("k", "v"),
                        List.of(Taint.of("dedicated", "gpu", "NoSchedule"), Taint.of("x", "", "NoExecute")),
                        List.of(Taint.of("s", "", "NoSchedule")),
                        "30s",
                        "720h")))
                .isEqualTo("16403423181145313153");
    }

    @Test
    void aTemplateMadeInCodeHasNoWrittenEmptyLists() {
        assertThat(NodePoolHash.of(made(null, null, List.of(), List.of(), null, "720h")))
                .isEqualTo("12745407319442031341");
    }

    @Test
    void aCopyOfAReadTemplateKeepsItsHash() {
        NodePool.Template read = template("{}", "taints: []");
        NodePool.TemplateSpec spec = read.spec();
        NodePool.TemplateSpec copy = new NodePool.TemplateSpec(
                spec.taints(),
                spec.startupTaints(),
                List.of(NodeSelectorRequirement.of("other", "Exists")),
                spec.nodeClassRef(),
                spec.terminationGracePeriod(),
                spec.expireAfter());
        assertThat(NodePoolHash.of(new NodePool.Template(read.metadata(), copy)))
                .isEqualTo(NodePoolHash.of(read))
                .isEqualTo("845502862369909111");
    }

    @Test
    void durationsCountByValueAndOrderDoesNotCount() {
        assertThat(NodePoolHash.of(template("{}", "expireAfter: 43200m")))
                .isEqualTo(NodePoolHash.of(template("{}", "expireAfter: 720h")));
        assertThat(NodePoolHash.of(
                        template("{}", "taints: [{key: a, effect: NoExecute}, {key: b, effect: NoSchedule}]")))
                .isEqualTo(NodePoolHash.of(
                        template("{}", "taints: [{key: b, effect: NoSchedule}, {key: a, effect: NoExecute}]")));
    }

    private static NodePool.Template made(
            @Nullable Map<String, String> labels,
            @Nullable Map<String, String> annotations,
            List<Taint> taints,
            List<Taint> startupTaints,
            @Nullable String gracePeriod,
            String expireAfter) {
        return new NodePool.Template(
                new NodePool.TemplateMetadata(labels, annotations),
                new NodePool.TemplateSpec(
                        taints,
                        startupTaints,
                        List.of(),
                        new NodeClassReference("karpenter.kwok.sh", "KWOKNodeClass", "default"),
                        gracePeriod,
                        Objects.requireNonNull(NillableDuration.parse(expireAfter))));
    }
}
