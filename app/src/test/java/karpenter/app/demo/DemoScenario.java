package karpenter.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole program in a real control plane, as {@code ./x demo} runs it, with fewer pods. */
class DemoScenario {
    @TempDir
    private Path cache = Path.of("");

    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

    private DemoRun run(DemoOptions options) {
        Display display = new Display(new PrintStream(shown, true, StandardCharsets.UTF_8), false, 0, System::nanoTime);
        return new DemoRun(options, display, KeptDemo.in(cache));
    }

    private static DemoOptions pods(int replicas, boolean keep) {
        return new DemoOptions(replicas, "100m", "128Mi", null, false, keep, true, Duration.ZERO, false, List.of());
    }

    @Test
    void nodesComeForPodsAndGoWithThem() {
        DemoRun run = run(pods(20, false));

        assertThat(run.run()).as(shown::toString).isZero();

        JsonNode figures = new JsonMapper().readTree(run.json());
        assertThat(figures.path("firstNodeClaimSeconds").asDouble()).isPositive();
        assertThat(figures.path("allPodsReadySeconds").asDouble())
                .isGreaterThan(figures.path("firstNodeClaimSeconds").asDouble());
        assertThat(figures.path("nodesGoneSeconds").asDouble()).isPositive();
        assertThat(figures.path("nodes").asInt()).isPositive();
        assertThat(figures.path("pricePerHourUsd").asDouble()).isPositive();
        assertThat(figures.path("secondRoundNodeClaims").asInt()).isZero();
        assertThat(figures.path("failed").isMissingNode()).isTrue();
        assertThat(shown.toString(StandardCharsets.UTF_8))
                .contains("$ kubectl create deploy nginx --replicas=20", "$ kubectl delete deploy nginx")
                .doesNotContain("could not");
        assertThat(ProcessHandle.current().descendants()).as("nothing runs on").isEmpty();
    }

    @Test
    void keptClusterRunsOnUntilItIsEnded() throws InterruptedException {
        KeptDemo kept = KeptDemo.in(cache);
        DemoRun run = run(pods(5, true));
        try {
            assertThat(run.run()).as(shown::toString).isZero();

            assertThat(kept.kubeconfig()).exists();
            try (KubeDemoCluster cluster = KubeDemoCluster.open(kept.kubeconfig())) {
                assertThat(cluster.nodes())
                        .isNotEmpty()
                        .allMatch(node -> node.simulated() && node.pool().equals("default"));
            }
        } finally {
            assertThat(kept.end()).isEqualTo(2);
        }
        assertThat(ProcessHandle.current().descendants()).as("nothing runs on").isEmpty();
    }
}
