package karpenter.kube.http;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Finds out which API server to use and as whom. The environment's KUBECONFIG and the home folder are never looked at. */
public final class ApiAccess {
    /** Where the kubelet mounts a pod's account. */
    public static final Path SERVICE_ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    private ApiAccess() {}

    /** @throws IllegalArgumentException naming the file, what is wrong and the cure */
    public static Config fromKubeconfig(Path file) {
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException("kubeconfig " + file
                    + " cannot be read; give the path of a kubeconfig file, or none to use the pod's own account");
        }
        Config config = Kubeconfig.read(file).config();
        String server = config.getMasterUrl();
        if (server == null || !isHttp(server)) {
            throw new IllegalArgumentException("kubeconfig " + file + ": cluster.server \"" + server
                    + "\" is not an address; write https://host:port");
        }
        return config;
    }

    private static boolean isHttp(String server) {
        try {
            URI uri = URI.create(server);
            return uri.getHost() != null && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * The account of the pod this runs in.
     *
     * @param environment where the kubelet says the API server is
     * @param account the mounted folder with token, ca.crt and namespace
     * @throws IllegalArgumentException naming what is missing and the cure
     */
    public static Config inCluster(Map<String, String> environment, Path account) {
        String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
        String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "");
        Path token = account.resolve("token");
        if (host.isEmpty() || port.isEmpty() || !Files.isReadable(token)) {
            throw new IllegalArgumentException("No kubeconfig is given and this is no pod with an account"
                    + " (KUBERNETES_SERVICE_HOST \"" + host + "\", KUBERNETES_SERVICE_PORT \"" + port + "\", "
                    + token + (Files.isReadable(token) ? "" : " cannot be read")
                    + "); give a kubeconfig, or run in a pod with automountServiceAccountToken");
        }
        Config config = Config.empty();
        config.setMasterUrl("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/");
        config.setCaCertFile(account.resolve("ca.crt").toString());
        // Asked before each request: the kubelet replaces the file about every 50 minutes.
        config.setOauthTokenProvider(new TokenFile(token));
        config.setNamespace(namespace(account.resolve("namespace")));
        return config;
    }

    private static String namespace(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** What is the same for every account: one protocol, our deadlines, nothing retried behind our back. */
    static void harden(Config config, String userAgent) {
        // A dead HTTP/2 connection would take all requests and watches with it until TCP gives up, many minutes later,
        // because the JDK's client sends no pings. With HTTP/1.1 each request that times out drops its own connection.
        config.setHttp2Disable(true);
        config.setConnectionTimeout(5_000);
        config.setRequestRetryBackoffLimit(0);
        config.setUserAgent(userAgent);
    }

    /** Wraps what fabric8 throws for certificates it can't use. */
    static IllegalArgumentException unusable(KubernetesClientException e) {
        return new IllegalArgumentException(
                "The certificates or keys of the kubeconfig or account cannot be used: " + e.getMessage(), e);
    }
}
