package karpenter.testbed;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A kubeconfig as {@code cluster} writes it: one cluster, one user with a token. No more of the format is read.
 *
 * @param server the API server's address
 * @param authority certificate authority that the server's certificate is signed by, in base64; null for plain HTTP
 * @param token the user's bearer token; null for none
 */
record Kubeconfig(
        URI server, @Nullable String authority, @Nullable String token) {
    private static final Duration CONNECT_DEADLINE = Duration.ofSeconds(10);

    static Kubeconfig read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read the kubeconfig " + file, e);
        }
        String server = entry(text, "server");
        if (server == null) {
            throw new IllegalStateException("The kubeconfig " + file + " names no server");
        }
        return new Kubeconfig(URI.create(server), entry(text, "certificate-authority-data"), entry(text, "token"));
    }

    /** Returns the text of the same kubeconfig for a server that speaks plain HTTP. */
    static String redirected(String text, URI server) {
        return text.replaceAll("(?m)^(\\s*server:) .*$", "$1 " + server)
                .replaceAll("(?m)^\\s*certificate-authority-data:.*\\R", "");
    }

    private static @Nullable String entry(String text, String key) {
        Matcher line = Pattern.compile("(?m)^\\s*" + key + ":\\s*\"?([^\\s\"]+)\"?\\s*$")
                .matcher(text);
        return line.find() ? line.group(1) : null;
    }

    /**
     * Returns a client that trusts the authority. It speaks HTTP/1.1: over one HTTP/2 connection no more requests could
     * be under way than the server allows streams, and the JDK's client fails the next instead of waiting.
     */
    HttpClient client() {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_DEADLINE);
        if (authority != null) {
            builder.sslContext(trusting(authority));
        }
        return builder.build();
    }

    /** Opens a connection of one's own to the server. */
    Socket connect() throws IOException {
        boolean https = "https".equals(server.getScheme());
        int port = server.getPort() >= 0 ? server.getPort() : https ? 443 : 80;
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(server.getHost(), port), (int) CONNECT_DEADLINE.toMillis());
            socket.setTcpNoDelay(true);
            return https ? encrypted(socket, port) : socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private Socket encrypted(Socket socket, int port) throws IOException {
        SSLSocketFactory factory = authority == null
                ? (SSLSocketFactory) SSLSocketFactory.getDefault()
                : trusting(authority).getSocketFactory();
        SSLSocket encrypted = (SSLSocket) factory.createSocket(socket, server.getHost(), port, true);
        SSLParameters parameters = encrypted.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS"); // plain sockets don't check the host by themselves
        encrypted.setSSLParameters(parameters);
        return encrypted;
    }

    private static SSLContext trusting(String authority) {
        try {
            byte[] certificate = Base64.getDecoder().decode(authority);
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry(
                    "ca",
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(certificate)));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, trust.getTrustManagers(), null);
            return tls;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("The kubeconfig's certificate-authority-data is not a certificate", e);
        }
    }
}
