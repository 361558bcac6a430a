package karpenter.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptDemoTest {
    @TempDir
    private Path folder = Path.of("");

    private Path clusterKubeconfig() throws IOException {
        return Files.writeString(folder.resolve("admin.kubeconfig"), "kind: Config\n");
    }

    @Test
    void endsTheProcessesThatWereLeftAndForgetsThem() throws IOException, InterruptedException {
        Process left = new ProcessBuilder("sleep", "600").start();
        try (LogFolder logs = LogFolder.create()) {
            KeptDemo kept = KeptDemo.in(folder.resolve("cache"));
            kept.remember(clusterKubeconfig(), logs.path(), List.of(left.pid()));

            assertThat(kept.exists()).isTrue();
            assertThat(kept.kubeconfig()).hasContent("kind: Config\n");
            assertThat(Files.getPosixFilePermissions(kept.kubeconfig())).hasSize(2);

            assertThat(KeptDemo.in(folder.resolve("cache")).end()).isEqualTo(1);

            assertThat(left.isAlive()).isFalse();
            assertThat(kept.exists()).isFalse();
            assertThat(kept.kubeconfig()).doesNotExist();
            assertThat(logs.path()).doesNotExist();
        } finally {
            left.destroyForcibly();
        }
    }

    @Test
    void leavesAProcessAloneThatHasTheNumberOfOneLongGone() throws IOException, InterruptedException {
        Process stranger = new ProcessBuilder("sleep", "600").start();
        try {
            Files.writeString(folder.resolve("demo.processes"), "/no/logs\n" + stranger.pid() + " 12345\n");

            assertThat(KeptDemo.in(folder).end()).isZero();

            assertThat(stranger.isAlive()).isTrue();
            assertThat(KeptDemo.in(folder).exists()).isFalse();
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void endingNothingIsFine() throws InterruptedException {
        assertThat(KeptDemo.in(folder).end()).isZero();
    }

    @Test
    void unreadableNoteIsNamed() throws IOException {
        Files.writeString(folder.resolve("demo.processes"), "/no/logs\nwhat?\n");

        assertThatThrownBy(() -> KeptDemo.in(folder).end()).hasMessageContaining("demo.processes");
    }
}
