package karpenter.kube;

import static org.assertj.core.api.Assertions.assertThat;

import karpenter.kube.decode.Yaml;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class GuardedPatchTest {
    private static void patch(String before, String change, String operations) {
        String expected = "[{op: test, path: /metadata/uid, value: u-1}" + operations + "]";
        assertThat(GuardedPatch.ofStatus("u-1", Yaml.tree(before), (ObjectNode) Yaml.tree(change))
                        .toString())
                .isEqualTo(Yaml.tree(expected).toString());
    }

    @Test
    void testsTheUidBeforeItChangesMembersOneByOne() {
        patch(
                "{a: 1, b: {c: 2}}",
                "{a: 3, b: {c: 4, d: [5]}}",
                ", {op: add, path: /status/a, value: 3}, {op: add, path: /status/b/c, value: 4}, "
                        + "{op: add, path: /status/b/d, value: [5]}");
    }

    @Test
    void removesAMemberWhetherItIsStillThereOrNot() {
        patch("{a: 1}", "{a: null}", ", {op: add, path: /status/a, value: null}, {op: remove, path: /status/a}");
    }

    @Test
    void addsAnObjectWholeWhereThereWasNone() {
        patch("{a: 1}", "{b: {c: 1}}", ", {op: add, path: /status/b, value: {c: 1}}");
        patch("{b: {}}", "{b: {c: 1}}", ", {op: add, path: /status/b, value: {c: 1}}");
    }

    @Test
    void escapesNames() {
        patch("{m: {x: 1}}", "{m: {nvidia.com/gpu~0: 1}}", ", {op: add, path: /status/m/nvidia.com~1gpu~00, value: 1}");
    }
}
