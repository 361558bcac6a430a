package karpenter.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import karpenter.core.cluster.PodKey;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.ScriptedServer;
import karpenter.runtime.LeaderGate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the server's answers to nominations lead to. */
@Timeout(60)
class KubePodNominatorTest {
    private static final PodKey POD = new PodKey("default", "p");

    private static boolean nominate(KubePodNominator nominator, ScriptedServer server, int status) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> done.complete(nominator.nominate(POD, "u", "n")));
        ScriptedServer.Request request = server.take();
        assertThat(request.line()).isEqualTo("PATCH /api/v1/namespaces/default/pods/p/status");
        request.answer(status, "{\"message\":\"because\"}");
        return done.join();
    }

    @Test
    void asksNoMoreOnceItIsForbidden() {
        try (ScriptedServer server = new ScriptedServer();
                ApiClient api = server.client()) {
            KubePodNominator nominator = new KubePodNominator(api, LeaderGate.open());

            assertThat(nominate(nominator, server, 403)).isFalse();
            assertThat(nominator.nominate(POD, "u", "n")).isFalse();
            assertThat(server.waiting()).isZero();
        }
    }

    @Test
    void asksAgainAfterOtherRefusals() {
        try (ScriptedServer server = new ScriptedServer();
                ApiClient api = server.client()) {
            KubePodNominator nominator = new KubePodNominator(api, LeaderGate.open());

            assertThat(nominate(nominator, server, 409)).isFalse();
            assertThat(nominate(nominator, server, 429)).isFalse();
            assertThat(nominate(nominator, server, 200)).isTrue();
        }
    }
}
