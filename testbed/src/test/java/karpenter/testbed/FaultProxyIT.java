package karpenter.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.time.Duration;
import karpenter.testbed.ControlPlane.Options;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The proxy before a real API server. */
@Timeout(120)
class FaultProxyIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

    private static ControlPlane controlPlane;
    private static KubeApi direct;

    @BeforeAll
    static void start() {
        controlPlane = ControlPlane.start(Options.defaults());
        direct = KubeApi.of(controlPlane.kubeconfig());
    }

    @AfterAll
    static void stop() {
        direct.close();
        controlPlane.close();
    }

    private static String configMap(String name) {
        return """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: %s}
                """.formatted(name);
    }

    @Test
    void clientSeesAndChangesTheClusterThroughIt() {
        try (FaultProxy proxy = FaultProxy.start(controlPlane.kubeconfig());
                KubeApi api = KubeApi.of(proxy.kubeconfig(controlPlane.kubeconfig()));
                KubeApi karpenter = KubeApi.of(proxy.kubeconfig(controlPlane.karpenterKubeconfig()));
                KubeApi.Watch watch = api.watch(CONFIG_MAPS)) {
            assertThat(karpenter.get("/api/v1/nodes").status()).isEqualTo(403);
            api.create(CONFIG_MAPS, configMap("through")).orThrow();
            assertThat(watch.next(SOON, event -> event.contains("\"through\""))).contains("\"ADDED\"");
            api.apply(CONFIG_MAPS + "/through", configMap("through") + "data: {a: b}\n")
                    .orThrow();
            api.mergePatch(CONFIG_MAPS + "/through", "{\"data\":{\"a\":\"c\"}}").orThrow();
            assertThat(direct.get(CONFIG_MAPS + "/through").body()).contains("\"a\":\"c\"");
            assertThat(api.table(CONFIG_MAPS).body()).contains("\"kind\":\"Table\"", "\"through\"");
            api.delete(CONFIG_MAPS + "/through").orThrow();
            assertThat(watch.next(SOON, event -> event.contains("\"DELETED\""))).contains("\"through\"");
            assertThat(proxy.requests()).extracting(RecordedRequest::status).containsExactly(201, 200, 200, 200);
        }
    }

    @Test
    void lostAnswerLeavesItsEffectAndLostRequestNone() {
        try (FaultProxy proxy = FaultProxy.start(controlPlane.kubeconfig());
                KubeApi api = KubeApi.of(proxy.kubeconfig(controlPlane.kubeconfig()))) {
            proxy.onKill(() -> {}).inject(1, Fault.KILL_BEFORE).inject(2, Fault.KILL_AFTER);
            assertThatThrownBy(() -> api.create(CONFIG_MAPS, configMap("lost")))
                    .isInstanceOf(UncheckedIOException.class);
            assertThat(direct.get(CONFIG_MAPS + "/lost").status()).isEqualTo(404);
            assertThatThrownBy(() -> api.create(CONFIG_MAPS, configMap("lost")))
                    .isInstanceOf(UncheckedIOException.class);
            proxy.awaitFaults(SOON);
            assertThat(direct.get(CONFIG_MAPS + "/lost").status()).isEqualTo(200);
            assertThat(api.create(CONFIG_MAPS, configMap("lost")).status()).isEqualTo(409);
        }
    }

    @Test
    void watchIsCutAndTakenUpAgain() {
        try (FaultProxy proxy = FaultProxy.start(controlPlane.kubeconfig());
                KubeApi api = KubeApi.of(proxy.kubeconfig(controlPlane.kubeconfig()));
                KubeApi.Watch watch = api.watch(CONFIG_MAPS)) {
            proxy.cutConnections();
            watch.awaitEnd(SOON);
            try (KubeApi.Watch next = api.watch(CONFIG_MAPS)) {
                direct.create(CONFIG_MAPS, configMap("after-the-cut")).orThrow();
                assertThat(next.next(SOON, event -> event.contains("after-the-cut")))
                        .contains("\"ADDED\"");
            }
        }
    }
}
