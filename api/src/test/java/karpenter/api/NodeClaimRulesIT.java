package karpenter.api;

import static karpenter.api.SharedApiServer.assertAccepted;
import static karpenter.api.SharedApiServer.assertRefused;
import static karpenter.api.SharedApiServer.manifest;
import static karpenter.api.SharedApiServer.merged;
import static karpenter.api.SharedApiServer.path;
import static org.assertj.core.api.Assertions.assertThat;

import karpenter.api.v1.NodeClaim;
import karpenter.testbed.Covers;
import karpenter.testbed.KubeApi.Answer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Defaults and rules of NodeClaims. Columns: what is merged into a spec that is valid, the complaint. */
@Timeout(60)
@Covers("apis/v1: CEL for NodeClaim")
class NodeClaimRulesIT {
    @RegisterExtension
    private static final SharedApiServer SERVER = new SharedApiServer(CustomResourceDefinitions.core());

    private static ObjectNode claim(String name, String spec) {
        JsonNode valid = Yaml.tree(
                "{nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}, requirements: []}");
        return manifest(NodeClaim.KIND, name, merged(valid, Yaml.tree(spec)));
    }

    private static Answer tryCreate(String spec) {
        return SERVER.tryCreate(NodeClaim.KIND, claim("case", spec));
    }

    @BeforeAll
    static void createTheOneThatIsChanged() {
        SERVER.create(NodeClaim.KIND, claim("existing", "terminationGracePeriod: 1h"));
    }

    @Test
    void defaults() {
        assertThat(assertAccepted(tryCreate("{}")).at("/spec")).isEqualTo(Yaml.tree("""
                expireAfter: 720h
                nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
                requirements: []
                """));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            expireAfter: Never
            expireAfter: 1h30m
            terminationGracePeriod: 1h0m0s
            resources: {}
            resources: {requests: {}}
            resources: {requests: {cpu: 1500m, memory: 3Gi, pods: 12, example.com/gpu: '1'}}
            """)
    void accepts(String spec) {
        assertAccepted(tryCreate(spec));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            nodeClassRef: null                       | spec.nodeClassRef: Required value
            nodeClassRef: {group: ''}                | spec.nodeClassRef.group in body should be at least 1 chars long
            nodeClassRef: {kind: ''}                 | spec.nodeClassRef.kind in body should be at least 1 chars long
            nodeClassRef: {name: ''}                 | spec.nodeClassRef.name in body should be at least 1 chars long
            nodeClassRef: {group: null}              | spec.nodeClassRef.group: Required value
            nodeClassRef: {kind: null}               | spec.nodeClassRef.kind: Required value
            nodeClassRef: {name: null}               | spec.nodeClassRef.name: Required value
            nodeClassRef: {group: g/v1}              | spec.nodeClassRef.group in body should match
            expireAfter: 30d                         | spec.expireAfter in body should match
            expireAfter: -1h                         | spec.expireAfter in body should match
            terminationGracePeriod: Never            | spec.terminationGracePeriod in body should match
            terminationGracePeriod: 1.5h             | spec.terminationGracePeriod in body should match
            resources: {requests: {cpu: many}}       | spec.resources.requests.cpu in body should match
            """)
    void refuses(String spec, String message) {
        assertRefused(tryCreate(spec), message);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            expireAfter: Never
            terminationGracePeriod: null
            terminationGracePeriod: 2h
            nodeClassRef: {name: other}
            requirements: [{key: a, operator: Exists}]
            taints: [{key: a, effect: NoSchedule}]
            resources: {requests: {cpu: 1}}
            """)
    @Covers("apis/v1: NodeClaim immutability")
    void refusesEachChangeOfTheSpec(String spec) {
        assertRefused(
                SERVER.tryPatch(NodeClaim.KIND, "existing", Yaml.tree("spec: {" + spec + "}")),
                "the spec of a NodeClaim is immutable; delete it to have it replaced");
    }

    @Test
    void metadataAndStatusMayChange() {
        assertAccepted(SERVER.tryPatch(
                NodeClaim.KIND, "existing", Yaml.tree("metadata: {labels: {a: b}, annotations: {c: d}}")));
        assertThat(SERVER.patchStatus(
                                NodeClaim.KIND, "existing", "{nodeName: n, lastPodEventTime: '2026-01-01T00:00:00Z'}")
                        .at("/status/nodeName")
                        .asString())
                .isEqualTo("n");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            {type: Ready, status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z'}                        |
            {type: Ready, status: Unknown, reason: '', message: '', lastTransitionTime: '2026-01-01T00:00:00Z'} |
            {type: Ready, status: 'False', reason: A, observedGeneration: 0, lastTransitionTime: '2026-01-01T00:00:00Z'} |
            {status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z'}                                     | type: Required value
            {type: Ready, lastTransitionTime: '2026-01-01T00:00:00Z'}                                        | status: Required value
            {type: Ready, status: 'True'}                                                                    | lastTransitionTime: Required value
            {type: Ready, status: 'Yes', lastTransitionTime: '2026-01-01T00:00:00Z'}                         | Unsupported value: "Yes"
            {type: Ready, status: 'True', reason: no words, lastTransitionTime: '2026-01-01T00:00:00Z'}      | reason in body should match
            {type: Ready, status: 'True', observedGeneration: -1, lastTransitionTime: '2026-01-01T00:00:00Z'} | observedGeneration in body should be greater than or equal to 0
            """)
    void conditionsNeedTypeStatusAndTime(String condition, @Nullable String message) {
        String patch = "{\"status\":{\"conditions\":[" + Yaml.tree(condition) + "]}}";
        Answer answer = SERVER.api().mergePatch(path(NodeClaim.KIND) + "/existing/status?dryRun=All", patch);
        if (message == null) {
            assertAccepted(answer);
        } else {
            assertRefused(answer, message);
        }
    }
}
