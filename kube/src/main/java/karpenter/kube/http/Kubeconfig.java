package karpenter.kube.http;

import io.fabric8.kubernetes.client.Config;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The current context of a kubeconfig file.
 *
 * <p>A context whose user has a bearer token and nothing else is read here. All others (certificates, plug-ins, OIDC, proxies,
 * impersonation) are left to fabric8, whose own reading of the file costs half a second of a cold start.
 */
final class Kubeconfig {
    private static final Set<String> PLAIN_CLUSTER =
            Set.of("server", "certificate-authority", "certificate-authority-data", "tls-server-name", "extensions");
    private static final Set<String> PLAIN_USER = Set.of("token", "tokenFile", "extensions");

    private final Path file;
    private final JsonNode cluster;
    private final JsonNode user;
    private final String namespace;

    private Kubeconfig(Path file, JsonNode cluster, JsonNode user, String namespace) {
        this.file = file;
        this.cluster = cluster;
        this.user = user;
        this.namespace = namespace;
    }

    /** @throws IllegalArgumentException naming the file, the field and the cure */
    static Kubeconfig read(Path file) {
        JsonNode root;
        try {
            root = YAMLMapper.builder().build().readTree(file.toFile());
        } catch (JacksonException e) {
            throw mistake(file, "is not YAML: " + e.getOriginalMessage(), e);
        }
        String current = root.path("current-context").asString("");
        JsonNode context = named(root.path("contexts"), "context", current);
        if (context == null) {
            throw mistake(
                    file,
                    "current-context \"" + current
                            + "\" names none of its contexts; set it with kubectl config use-context",
                    null);
        }
        String clusterName = context.path("cluster").asString("");
        JsonNode cluster = named(root.path("clusters"), "cluster", clusterName);
        if (cluster == null || cluster.path("server").asString("").isEmpty()) {
            throw mistake(
                    file,
                    "context \"" + current + "\" names cluster \"" + clusterName
                            + "\", which is missing or has no server; write clusters[].cluster.server",
                    null);
        }
        String userName = context.path("user").asString("");
        JsonNode user = named(root.path("users"), "user", userName);
        if (user == null && !userName.isEmpty()) {
            throw mistake(
                    file,
                    "context \"" + current + "\" names user \"" + userName + "\", which is not among its users",
                    null);
        }
        return new Kubeconfig(
                file,
                cluster,
                user == null ? JsonNodeFactory.instance.objectNode() : user,
                context.path("namespace").asString(""));
    }

    private static @Nullable JsonNode named(JsonNode list, String content, String name) {
        for (JsonNode entry : list) {
            if (entry.path("name").asString("").equals(name)) {
                return entry.path(content);
            }
        }
        return null;
    }

    private static IllegalArgumentException mistake(Path file, String problem, @Nullable Throwable cause) {
        return new IllegalArgumentException("kubeconfig " + file + ": " + problem, cause);
    }

    Config config() {
        boolean plain = PLAIN_CLUSTER.containsAll(cluster.propertyNames())
                && PLAIN_USER.containsAll(user.propertyNames())
                && cluster.path("server").asString("").startsWith("https://");
        return plain ? tokenConfig() : fullConfig();
    }

    private Config tokenConfig() {
        Config config = Config.empty();
        config.setMasterUrl(cluster.path("server").asString(""));
        config.setNamespace(namespace);
        String authorityData = cluster.path("certificate-authority-data").asString("");
        String authority = cluster.path("certificate-authority").asString("");
        if (!authorityData.isEmpty()) {
            config.setCaCertData(authorityData);
        } else if (!authority.isEmpty()) {
            config.setCaCertFile(resolved(authority).toString());
        }
        String serverName = cluster.path("tls-server-name").asString("");
        if (!serverName.isEmpty()) {
            config.setTlsServerName(serverName);
        }
        String tokenFile = user.path("tokenFile").asString("");
        if (!tokenFile.isEmpty()) {
            config.setOauthTokenProvider(new TokenFile(resolved(tokenFile)));
        } else if (user.has("token")) {
            config.setOauthToken(user.path("token").asString(""));
        }
        return config;
    }

    private Config fullConfig() {
        try {
            return Config.fromKubeconfig(file.toFile());
        } catch (RuntimeException e) {
            throw mistake(file, "cannot be used: " + e.getMessage(), e);
        }
    }

    /** Paths in a kubeconfig are relative to it. */
    private Path resolved(String path) {
        return file.resolveSibling(path);
    }
}
