package karpenter.kube.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiAccessTest {
    private static final String KUBECONFIG = """
            apiVersion: v1
            kind: Config
            current-context: c
            contexts: [{name: c, context: {cluster: k, user: u, namespace: ns}}]
            clusters: [{name: k, cluster: {server: "https://127.0.0.1:6443"}}]
            users: [{name: u, user: {token: secret}}]
            """;

    @TempDir
    Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void readsTheCurrentContextOfAKubeconfig() throws IOException {
        Config config = ApiAccess.fromKubeconfig(file("good", KUBECONFIG));
        assertThat(config.getMasterUrl()).startsWith("https://127.0.0.1:6443");
        assertThat(config.getNamespace()).isEqualTo("ns");
        assertThat(config.getOauthToken()).isEqualTo("secret");
    }

    @Test
    void pathsAreRelativeToTheKubeconfig() throws IOException {
        file("token-file", "from file");
        Config config = ApiAccess.fromKubeconfig(file(
                "relative",
                KUBECONFIG
                        .replace("token: secret", "tokenFile: token-file")
                        .replace("server:", "tls-server-name: api, certificate-authority: ca.crt, server:")));
        assertThat(Objects.requireNonNull(config.getOauthTokenProvider()).getToken())
                .isEqualTo("from file");
        assertThat(config.getCaCertFile()).isEqualTo(folder.resolve("ca.crt").toString());
        assertThat(config.getTlsServerName()).isEqualTo("api");
    }

    @Test
    void whatIsMoreThanATokenIsLeftToTheClientLibrary() throws IOException {
        Config config = ApiAccess.fromKubeconfig(
                file("basic", KUBECONFIG.replace("token: secret", "username: me, password: secret")));
        assertThat(config.getUsername()).isEqualTo("me");
        assertThat(config.getNamespace()).isEqualTo("ns");
        Config insecure = ApiAccess.fromKubeconfig(
                file("insecure", KUBECONFIG.replace("server:", "insecure-skip-tls-verify: true, server:")));
        assertThat(insecure.isTrustCerts()).isTrue();
        assertThat(insecure.getMasterUrl()).startsWith("https://127.0.0.1:6443");
    }

    private void refuses(String kubeconfig, String... messageParts) throws IOException {
        Path refused = file("refused", kubeconfig);
        assertThatThrownBy(() -> ApiAccess.fromKubeconfig(refused))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("kubeconfig " + refused)
                .hasMessageContainingAll(messageParts);
    }

    @Test
    void saysWhatIsWrongWithAKubeconfig() throws IOException {
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> ApiAccess.fromKubeconfig(missing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(missing.toString())
                .hasMessageContaining("cannot be read; give the path");
        refuses("{: what", "is not YAML");
        refuses("just text", "current-context \"\" names none");
        refuses(
                KUBECONFIG.replace("current-context: c", "current-context: d"),
                "current-context \"d\" names none of its contexts",
                "use-context");
        refuses(KUBECONFIG.replace("cluster: k,", "cluster: x,"), "names cluster \"x\"", "clusters[].cluster.server");
        refuses(KUBECONFIG.replace("user: u,", "user: x,"), "names user \"x\", which is not among its users");
        refuses(KUBECONFIG.replace("https://127.0.0.1:6443", "https://no where"), "write https://host:port");
    }

    @Test
    void findsThePodsAccount() throws IOException {
        file("token", "abc");
        file("namespace", "karpenter\n");
        file("ca.crt", "");
        Config config = ApiAccess.inCluster(
                Map.of("KUBERNETES_SERVICE_HOST", "fd00::1", "KUBERNETES_SERVICE_PORT", "443"), folder);
        assertThat(config.getMasterUrl()).isEqualTo("https://[fd00::1]:443/");
        assertThat(config.getNamespace()).isEqualTo("karpenter");
        assertThat(config.getCaCertFile()).isEqualTo(folder.resolve("ca.crt").toString());
        assertThat(Objects.requireNonNull(config.getOauthTokenProvider()).getToken())
                .isEqualTo("abc");
    }

    @Test
    void saysWhatAPodsAccountLacks() throws IOException {
        assertThatThrownBy(() -> ApiAccess.inCluster(Map.of(), folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("KUBERNETES_SERVICE_HOST \"\"")
                .hasMessageContaining("token cannot be read")
                .hasMessageContaining("give a kubeconfig");
    }
}
