package karpenter.app.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Makes a kubeconfig for the same cluster and another account. */
final class AccountKubeconfig {
    private static final JsonMapper JSON = new JsonMapper();

    private AccountKubeconfig() {}

    /**
     * The cluster of the current context, with a token for its only user.
     *
     * @throws IllegalArgumentException when the kubeconfig has no current context, or it names no cluster
     */
    static String of(Path kubeconfig, String token) {
        JsonNode config;
        try {
            config = new YAMLMapper().readTree(Files.readString(kubeconfig));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the kubeconfig " + kubeconfig, e);
        }
        String context = config.path("current-context").asString("");
        String cluster = named(config.path("contexts"), context, kubeconfig)
                .path("context")
                .path("cluster")
                .asString("");
        JsonNode found = named(config.path("clusters"), cluster, kubeconfig);

        ObjectNode made = JSON.createObjectNode();
        made.put("apiVersion", "v1").put("kind", "Config").put("current-context", "demo");
        ObjectNode madeCluster = made.putArray("clusters").addObject();
        madeCluster.put("name", "demo");
        ObjectNode fields = found.path("cluster").deepCopy().asObject();
        String authority = fields.path("certificate-authority").asString("");
        if (!authority.isEmpty()) {
            // Relative to the file that names it.
            fields.put(
                    "certificate-authority",
                    kubeconfig.toAbsolutePath().resolveSibling(authority).toString());
        }
        madeCluster.set("cluster", fields);
        ObjectNode user = made.putArray("users").addObject();
        user.put("name", "demo").putObject("user").put("token", token);
        ObjectNode madeContext = made.putArray("contexts").addObject();
        madeContext
                .put("name", "demo")
                .putObject("context")
                .put("cluster", "demo")
                .put("user", "demo");
        return JSON.writeValueAsString(made);
    }

    private static JsonNode named(JsonNode list, String name, Path kubeconfig) {
        for (JsonNode entry : list) {
            if (!name.isEmpty() && entry.path("name").asString("").equals(name)) {
                return entry;
            }
        }
        throw new IllegalArgumentException("the kubeconfig " + kubeconfig + " has no entry \"" + name
                + "\" that its current context needs. Maybe choose one with: kubectl config use-context");
    }
}
