package karpenter.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import karpenter.testbed.ControlPlane.Options;
import org.junit.jupiter.api.Test;

/** A real control plane, as other modules' tests use it. */
class ControlPlaneIT {
    @Test
    void startsLosesItsApiServerAndEndsWithoutATrace() throws Exception {
        Path dataDir;
        try (ControlPlane controlPlane = ControlPlane.start(Options.defaults())) {
            dataDir = controlPlane.dataDir();
            URI nodes = controlPlane.server().resolve("/api/v1/nodes");
            assertThat(status(controlPlane.kubeconfig(), nodes)).isEqualTo(200);
            assertThat(status(controlPlane.karpenterKubeconfig(), nodes)).isEqualTo(403);

            controlPlane.stopApiServer();
            assertThatThrownBy(() -> status(controlPlane.kubeconfig(), nodes)).isInstanceOf(ConnectException.class);
            controlPlane.startApiServer();
            assertThat(status(controlPlane.kubeconfig(), nodes)).isEqualTo(200);
        }
        assertThat(dataDir).doesNotExist();
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    /** Asks with the certificate authority and the token of the kubeconfig. */
    private static int status(Path kubeconfig, URI uri)
            throws IOException, InterruptedException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        byte[] authority = Base64.getDecoder().decode(entry(kubeconfig, "certificate-authority-data"));
        trusted.setCertificateEntry(
                "ca", CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(authority)));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .header("Authorization", "Bearer " + entry(kubeconfig, "token"))
                    .build();
            return client.send(request, BodyHandlers.discarding()).statusCode();
        }
    }

    private static String entry(Path kubeconfig, String key) throws IOException {
        Matcher line = Pattern.compile(key + ": (\\S+)").matcher(Files.readString(kubeconfig));
        assertThat(line.find()).as(key).isTrue();
        return line.group(1);
    }
}
