package karpenter.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AccountKubeconfigTest {
    @TempDir
    private Path folder = Path.of("");

    private Path kubeconfig(String current) throws IOException {
        return Files.writeString(folder.resolve("config"), """
                apiVersion: v1
                kind: Config
                current-context: %s
                clusters:
                - {name: other, cluster: {server: "https://other"}}
                - {name: mine, cluster: {server: "https://mine:6443", certificate-authority: pki/ca.crt}}
                users:
                - {name: admin, user: {token: secret-of-the-admin}}
                contexts:
                - {name: here, context: {cluster: mine, user: admin}}
                """.formatted(current));
    }

    @Test
    void keepsTheClusterAndHasNoUserButTheAccount() throws IOException {
        String text = AccountKubeconfig.of(kubeconfig("here"), "token-of-the-account");

        JsonNode made = new JsonMapper().readTree(text);
        assertThat(made.at("/clusters/0/cluster/server").asString()).isEqualTo("https://mine:6443");
        assertThat(made.at("/clusters/0/cluster/certificate-authority").asString())
                .isEqualTo(folder.toAbsolutePath().resolve("pki/ca.crt").toString());
        assertThat(made.at("/users/0/user/token").asString()).isEqualTo("token-of-the-account");
        assertThat(made.at("/contexts/0/context/cluster")).isEqualTo(made.at("/clusters/0/name"));
        assertThat(made.path("current-context")).isEqualTo(made.at("/contexts/0/name"));
        assertThat(text).doesNotContain("secret-of-the-admin", "https://other");
    }

    @Test
    void missingContextIsNamed() throws IOException {
        Path file = kubeconfig("nowhere");

        assertThatThrownBy(() -> AccountKubeconfig.of(file, "token"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"nowhere\"")
                .hasMessageContaining(file.toString());
    }
}
