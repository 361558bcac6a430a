package karpenter.kube;

import static org.assertj.core.api.Assertions.assertThat;

import karpenter.kube.decode.Yaml;
import org.junit.jupiter.api.Test;

class MergePatchTest {
    private static void patch(String before, String after, String patch) {
        assertThat(MergePatch.between(Yaml.tree(before), Yaml.tree(after)).toString())
                .isEqualTo(Yaml.tree(patch).toString());
    }

    @Test
    void carriesOnlyWhatDiffers() {
        patch("{a: 1, b: {c: 2, d: 3}}", "{a: 1, b: {c: 2, d: 4}}", "{b: {d: 4}}");
        patch("{a: 1}", "{a: 1}", "{}");
        patch("{}", "{a: {b: 1}}", "{a: {b: 1}}");
    }

    @Test
    void removedMembersBecomeNull() {
        patch("{a: 1, b: {c: 2, d: 3}}", "{b: {d: 3}}", "{a: null, b: {c: null}}");
        patch("{a: {b: 1}}", "{}", "{a: null}");
        patch("{a: {b: 1}}", "{a: {}}", "{a: {b: null}}");
    }

    @Test
    void absentAndNullAreTheSame() {
        patch("{a: null}", "{}", "{}");
        patch("{}", "{a: null}", "{}");
        patch("{a: 1}", "{a: null}", "{a: null}");
    }

    @Test
    void listsAndChangesOfTypeAreReplacedWhole() {
        patch("{a: [1, 2], b: {c: 1}}", "{a: [2], b: [3]}", "{a: [2], b: [3]}");
        patch("{a: [{b: 1, c: 2}]}", "{a: [{b: 1}]}", "{a: [{b: 1}]}");
    }
}
