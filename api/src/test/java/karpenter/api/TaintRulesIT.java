package karpenter.api;

import static karpenter.api.SharedApiServer.assertAccepted;
import static karpenter.api.SharedApiServer.assertRefused;
import static karpenter.api.SharedApiServer.manifest;

import java.util.List;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.testbed.Covers;
import karpenter.testbed.KubeApi.Answer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The rules of both taint lists of both kinds that have them. Columns: one taint, the complaint. */
@Timeout(60)
@Covers("apis/v1: CEL for taints")
class TaintRulesIT {
    private static final List<String> LISTS = List.of("taints", "startupTaints");

    @RegisterExtension
    private static final SharedApiServer SERVER = new SharedApiServer(CustomResourceDefinitions.core());

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            {key: a, effect: NoSchedule}
            {key: a, value: b, effect: PreferNoSchedule}
            {key: example.com/a, value: example.com/b, effect: NoExecute}
            {key: A_b.c-d, value: 'true', effect: NoExecute, timeAdded: '2026-01-01T00:00:00Z'}
            """)
    void accepts(String taint) {
        for (String list : LISTS) {
            assertAccepted(tryPool(list, taint));
            assertAccepted(tryClaim(list, taint));
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            {effect: NoSchedule}                      | [0].key: Required value
            {key: a}                                  | [0].effect: Required value
            {key: '', effect: NoSchedule}             | [0].key in body should be at least 1 chars long
            {key: -a, effect: NoSchedule}             | [0].key in body should match
            {key: a b, effect: NoSchedule}            | [0].key in body should match
            {key: Upper.com/a, effect: NoSchedule}    | [0].key in body should match
            {key: a, value: -b, effect: NoSchedule}   | [0].value in body should match
            {key: a, effect: Sometimes}               | [0].effect: Unsupported value: "Sometimes"
            {key: a, effect: ''}                      | [0].effect: Unsupported value: ""
            {key: a, effect: NoExecute, timeAdded: x} | [0].timeAdded in body must be of type date-time
            """)
    void refuses(String taint, String message) {
        for (String list : LISTS) {
            assertRefused(tryPool(list, taint), "spec.template.spec." + list + message);
            assertRefused(tryClaim(list, taint), "spec." + list + message);
        }
    }

    private static JsonNode spec(String list, String taint) {
        return Yaml.tree(
                "{nodeClassRef: {group: g, kind: K, name: n}, requirements: [], %s: [%s]}".formatted(list, taint));
    }

    private static Answer tryPool(String list, String taint) {
        JsonNode spec = Yaml.tree("{\"template\": {\"spec\": " + spec(list, taint) + "}}");
        return SERVER.tryCreate(NodePool.KIND, manifest(NodePool.KIND, "case", spec));
    }

    private static Answer tryClaim(String list, String taint) {
        return SERVER.tryCreate(NodeClaim.KIND, manifest(NodeClaim.KIND, "case", spec(list, taint)));
    }
}
