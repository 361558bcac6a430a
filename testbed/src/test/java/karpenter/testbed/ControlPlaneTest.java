package karpenter.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import karpenter.testbed.ControlPlane.Options;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher against shell scripts that behave like {@code cluster}, or don't. */
class ControlPlaneTest {
    private static final String READY = "echo '{\"kubeconfig\":\"/d/admin.kubeconfig\","
            + "\"karpenterKubeconfig\":\"/d/karpenter.kubeconfig\",\"server\":\"https://127.0.0.1:1\","
            + "\"dataDir\":\"/d\",\"pids\":{\"etcd\":1},\"startSeconds\":3.25}'\n";

    @TempDir
    Path folder;

    @Test
    void saysWhereTheClusterIs() throws IOException {
        try (ControlPlane controlPlane = ControlPlane.start(script(READY + "cat"), Options.defaults())) {
            assertThat(controlPlane.kubeconfig()).isEqualTo(Path.of("/d/admin.kubeconfig"));
            assertThat(controlPlane.karpenterKubeconfig()).isEqualTo(Path.of("/d/karpenter.kubeconfig"));
            assertThat(controlPlane.server()).isEqualTo(URI.create("https://127.0.0.1:1"));
            assertThat(controlPlane.dataDir()).isEqualTo(Path.of("/d"));
            assertThat(controlPlane.startDuration()).isEqualTo(Duration.ofMillis(3250));
            assertThat(controlPlane.isAlive()).isTrue();
        }
    }

    @Test
    void passesOptionsOn() throws IOException {
        Path arguments = folder.resolve("arguments");
        Path data = folder.resolve("data");
        Options options = Options.defaults()
                .withKwok(false)
                .withSchedulerQps(50)
                .withDataDir(data)
                .withKeepData(true);
        ControlPlane.start(script("echo \"$*\" >" + arguments + "\n" + READY + "cat"), options)
                .close();

        assertThat(arguments)
                .hasContent("start --parent-pid " + ProcessHandle.current().pid()
                        + " --kwok=false --scheduler-qps=50 --keep-data=true --data " + data);
    }

    @Test
    void detachedWatchesNeitherParentNorInputAndIsClosedBySignal() throws IOException {
        Path received = folder.resolve("received");
        Path program = script("echo \"$*\" >" + received + "\ntrap 'echo TERM >>" + received + "; kill $!; exit' TERM\n"
                + READY + "sleep 600 & wait");
        ControlPlane controlPlane =
                ControlPlane.start(program, Options.defaults().withDetached(true));

        assertThat(ProcessHandle.of(controlPlane.pid())).isPresent();
        controlPlane.close();

        assertThat(controlPlane.isAlive()).isFalse();
        assertThat(received)
                .hasContent("start --detach-stdin --kwok=true --scheduler-qps=1000 --keep-data=false\nTERM");
    }

    @Test
    void failedStartTellsWhatTheProgramSaid() throws IOException {
        Path program = script("echo 'cluster: kube-apiserver exited, its log ends with: no etcd' >&2; exit 1");

        assertThatThrownBy(() -> ControlPlane.start(program, Options.defaults()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("kube-apiserver exited, its log ends with: no etcd");
    }

    @Test
    void startThatTakesTooLongLeavesNoProcess() throws IOException {
        Path pid = folder.resolve("pid");
        Path program = script("echo $$ >" + pid + ".new; mv " + pid + ".new " + pid + "; cat");
        Options options = Options.defaults().withStartDeadline(Duration.ofSeconds(2));

        assertThatThrownBy(() -> ControlPlane.start(program, options))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not done within 2 s");
        assertThat(ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())))
                .isNotPresent();
    }

    @Test
    void takesTheApiServerAwayAndBringsItBack() throws IOException {
        Path received = folder.resolve("received");
        String program = READY + "while read verb name; do echo \"$verb $name\" >>" + received
                + "; echo \"{\\\"$verb\\\":\\\"$name\\\",\\\"seconds\\\":0.1}\"; done";
        try (ControlPlane controlPlane = ControlPlane.start(script(program), Options.defaults())) {
            controlPlane.stopApiServer();
            assertThat(received).hasContent("stop kube-apiserver");
            controlPlane.startApiServer();
            assertThat(received).hasContent("stop kube-apiserver\nstart kube-apiserver");
        }
    }

    @Test
    void refusedCommandTellsWhy() throws IOException {
        Path program = script(READY + "while read line; do echo '{\"error\":\"it is stopped already\"}'; done");
        try (ControlPlane controlPlane = ControlPlane.start(program, Options.defaults())) {
            assertThatThrownBy(controlPlane::stopApiServer)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("it is stopped already");
        }
    }

    @Test
    void endOfTheProgramIsNoticed() throws IOException {
        Path program = script(READY + "read line; echo 'cluster: etcd ended unexpectedly' >&2; exit 1");
        try (ControlPlane controlPlane = ControlPlane.start(program, Options.defaults())) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(controlPlane::stopApiServer)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("etcd ended unexpectedly");
            }
        }
    }

    @Test
    void closesTwice() throws IOException {
        ControlPlane controlPlane = ControlPlane.start(script(READY + "cat"), Options.defaults());
        controlPlane.close();
        controlPlane.close();
        assertThat(controlPlane.isAlive()).isFalse();
    }

    private Path script(String text) throws IOException {
        Path script = folder.resolve("cluster");
        Files.writeString(script, "#!/bin/sh\n" + text + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script;
    }
}
