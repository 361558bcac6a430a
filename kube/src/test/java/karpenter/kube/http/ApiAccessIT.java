package karpenter.kube.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import karpenter.kube.TestCluster;
import karpenter.runtime.RateLimiter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A pod's account against a real API server: its token, and TLS by its CA alone. */
@ExtendWith(TestCluster.Extension.class)
class ApiAccessIT {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    @TempDir
    Path account;

    private final TestCluster cluster;

    ApiAccessIT(TestCluster cluster) {
        this.cluster = cluster;
    }

    private String entry(String key) throws IOException {
        Matcher line = Pattern.compile(key + ": (\\S+)")
                .matcher(Files.readString(cluster.controlPlane().karpenterKubeconfig()));
        assertThat(line.find()).as(key).isTrue();
        return line.group(1);
    }

    private ApiClient client() {
        URI server = cluster.controlPlane().server();
        Config config = ApiAccess.inCluster(
                Map.of(
                        "KUBERNETES_SERVICE_HOST",
                        server.getHost(),
                        "KUBERNETES_SERVICE_PORT",
                        Integer.toString(server.getPort())),
                account);
        return ApiClient.of(config, "karpenter/test", RateLimiter.unlimited(), new ApiMetrics(null));
    }

    @Test
    void theAccountsTokenAndAuthorityAreUsed() throws IOException {
        Files.writeString(account.resolve("token"), entry("token"));
        Files.write(account.resolve("ca.crt"), Base64.getDecoder().decode(entry("certificate-authority-data")));
        try (ApiClient api = client()) {
            Reply reply = api.call(Call.get("/apis/karpenter.sh/v1/nodepools"), DEADLINE);
            assertThat(((Reply.Answered) reply).status()).isEqualTo(200);
        }
        Files.writeString(account.resolve("token"), "forged");
        try (ApiClient api = client()) {
            Reply reply = api.call(Call.get("/apis/karpenter.sh/v1/nodepools"), DEADLINE);
            assertThat(((Reply.Answered) reply).status()).isEqualTo(401);
        }
    }

    @Test
    void aServerOfAnotherAuthorityIsNotTrusted() throws IOException {
        Files.writeString(account.resolve("token"), entry("token"));
        Files.writeString(account.resolve("ca.crt"), OTHER_AUTHORITY);
        try (ApiClient api = client()) {
            assertThat(((Reply.Failed) api.call(Call.get("/version"), DEADLINE)).message())
                    .contains("SSLHandshakeException");
        }
    }

    /** Self-signed, key thrown away. */
    private static final String OTHER_AUTHORITY = """
            -----BEGIN CERTIFICATE-----
            MIIBdjCCAR2gAwIBAgIUNKLWjlNxFDWwNeGfRcdITEXriJYwCgYIKoZIzj0EAwIw
            EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTI0MTU1NjU3WhgPMjEyNjEwMzExNTU2
            NTdaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
            T02/mgiEIoX9mJ+kpRYvlo7gHPrFZ74mLmFsqoLvsONJatp4DtTVPPZZ63qrODPI
            T3wxywow0ZAC/37k4Cs9yqNTMFEwHQYDVR0OBBYEFKVMMUJt6QV/pC7Tq/0JuA/w
            HeJfMB8GA1UdIwQYMBaAFKVMMUJt6QV/pC7Tq/0JuA/wHeJfMA8GA1UdEwEB/wQF
            MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgHNCqWNucLIW5OIv46nSW6ff0UDKgdl4T
            LbebZ9NnH8gCIGpziBpw4fqw1scOdIpE8vzxHMAM7k1Tq+/3+cbRL69S
            -----END CERTIFICATE-----
            """;
}
