package karpenter.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import karpenter.testbed.KubeApi.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class KubeApiTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private Path folder;

    private FakeApiServer server;
    private KubeApi api;

    @BeforeEach
    void start() throws IOException {
        server = new FakeApiServer();
        api = KubeApi.of(server.kubeconfig(folder));
    }

    @AfterEach
    void stop() {
        api.close();
        server.close();
    }

    @Test
    void sendsEachRequestWithItsContentType() {
        api.get("/a");
        api.table("/a?limit=1");
        api.create("/a", "name: x");
        api.replace("/a/x", "name: x");
        api.apply("/a/x", "name: x");
        api.mergePatch("/a/x", "{}");
        api.jsonPatch("/a/x", "[]");
        api.strategicPatch("/a/x", "{}");
        api.delete("/a/x");
        assertThat(server.requests())
                .containsExactly(
                        "GET /a",
                        "GET /a?limit=1&includeObject=Object",
                        "POST /a name: x",
                        "PUT /a/x name: x",
                        "PATCH /a/x?fieldManager=testbed&force=true name: x",
                        "PATCH /a/x {}",
                        "PATCH /a/x []",
                        "PATCH /a/x {}",
                        "DELETE /a/x");
        assertThat(server.got())
                .extracting(got -> got.headers().get("Content-type"))
                .containsExactly(
                        null,
                        null,
                        List.of("application/yaml"),
                        List.of("application/yaml"),
                        List.of("application/apply-patch+yaml"),
                        List.of("application/merge-patch+json"),
                        List.of("application/json-patch+json"),
                        List.of("application/strategic-merge-patch+json"),
                        null);
        assertThat(server.got())
                .allSatisfy(got -> assertThat(got.headers()).containsEntry("Authorization", List.of("Bearer secret")));
    }

    @Test
    void refusalIsAnAnswerUntilSuccessIsAskedFor() {
        Answer refusal = new Answer(422, "no");
        assertThat(refusal.isSuccess()).isFalse();
        assertThatThrownBy(refusal::orThrow).hasMessageContaining("422").hasMessageContaining("no");
        assertThat(api.get("/a").orThrow().status()).isEqualTo(201);
    }

    @Test
    void waitsForAConditionAndSaysWhatItSawInstead() {
        assertThat(api.await("/a", SOON, answer -> server.requests().size() == 3)
                        .status())
                .isEqualTo(201);
        assertThatThrownBy(() -> api.await("/a", Duration.ZERO, answer -> false))
                .hasMessageContaining("answer to");
    }

    @Test
    void watchDropsEventsUntilTheOneWaitedForAndEnds() {
        KubeApi.Watch watch = api.watch("/a?resourceVersion=3");
        server.events.addAll(List.of("one", "two", "three"));
        assertThat(watch.next(SOON, "two"::equals)).isEqualTo("two");
        assertThat(watch.next(SOON)).isEqualTo("three");
        assertThatThrownBy(() -> watch.awaitEnd(Duration.ZERO)).hasMessageContaining("not ended");
        server.close();
        watch.awaitEnd(SOON);
        assertThatThrownBy(() -> watch.next(SOON)).hasMessageContaining("ended");
        assertThat(server.requests()).containsExactly("GET /a?resourceVersion=3&watch=true");
    }

    @Test
    void refusedWatchIsAnError() {
        assertThatThrownBy(() -> api.watch("/nothing?x=")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anUnreachableServerIsAnError() {
        server.close();
        assertThatThrownBy(() -> api.get("/a")).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void aFileWithoutServerIsNoKubeconfig() throws IOException {
        Path file = Files.writeString(folder.resolve("empty"), "kind: Config\n");
        assertThatThrownBy(() -> KubeApi.of(file)).hasMessageContaining("names no server");
    }
}
