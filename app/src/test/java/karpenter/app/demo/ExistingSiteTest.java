package karpenter.app.demo;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import karpenter.app.demo.DemoCluster.Present;
import org.junit.jupiter.api.Test;

class ExistingSiteTest {
    private final FakeDemoCluster cluster = new FakeDemoCluster();

    private static Site site(boolean realNodesAreFine) {
        return new Site.Existing(Path.of("kubeconfig"), Path.of("logs"), realNodesAreFine);
    }

    @Test
    void refusesAClusterWithRealNodesUnlessTheUserSaysYes() {
        cluster.nodes = List.of(
                new Present("fake", true, ""), new Present("web-1", false, ""), new Present("web-2", false, ""));

        try (Site site = site(false)) {
            assertThatThrownBy(() -> site.prepare(cluster))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("web-1 and 1 more")
                    .hasMessageContaining("--yes");
        }
    }

    @Test
    void refusesAClusterWhoseNodesItWouldTakeForItsOwn() {
        cluster.nodes = List.of(new Present("web-1", false, "default"));

        try (Site site = site(true)) {
            assertThatThrownBy(() -> site.prepare(cluster))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("node web-1 belongs to a NodePool default");
        }
    }
}
