package karpenter.app.demo;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import karpenter.api.KubernetesObject;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.Node;
import karpenter.core.port.ClusterSource;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.WriteResult;
import karpenter.kube.KubeConnection;
import karpenter.kube.Manifests;
import karpenter.kube.Manifests.ManifestException;
import karpenter.runtime.LeaderGate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A cluster behind the program's own client. */
final class KubeDemoCluster implements DemoCluster {
    private static final Duration SERVED_DEADLINE = Duration.ofSeconds(30);
    private static final Duration TOKEN_DEADLINE = Duration.ofSeconds(15);
    private static final Duration TOKEN_POLL = Duration.ofMillis(200);

    /** As upstream words it: {@code Pod should schedule on: nodeclaim/default-x, node/y}. */
    private static final Pattern NOMINATED = Pattern.compile("\\b(?:nodeclaim|node)/([A-Za-z0-9.-]+)");

    private static final JsonMapper JSON = new JsonMapper();

    private final KubeConnection connection;
    private final Manifests manifests;
    private final ObjectWriter<Node> nodeWriter;
    private final ObjectWriter<NodeClaim> claimWriter;
    private final List<String> notYetServed = new ArrayList<>();

    private KubeDemoCluster(KubeConnection connection) {
        this.connection = connection;
        this.manifests = connection.manifests();
        this.nodeWriter = connection.writer(Node.KIND, LeaderGate.open());
        this.claimWriter = connection.writer(NodeClaim.KIND, LeaderGate.open());
    }

    static KubeDemoCluster open(Path kubeconfig) {
        return new KubeDemoCluster(
                KubeConnection.open(new KubeConnection.Settings(kubeconfig.toString(), "karpenter-demo", 200, 300)));
    }

    @Override
    public boolean exists(Document document) {
        return manifests.exists(document.json());
    }

    @Override
    public boolean create(Document document) {
        boolean definition = document.kind().equals("CustomResourceDefinition");
        if (!definition && !notYetServed.isEmpty()) {
            // All together: the server takes its time for each.
            manifests.awaitEstablished(List.copyOf(notYetServed), SERVED_DEADLINE);
            notYetServed.clear();
        }
        try {
            manifests.create(document.json());
        } catch (ManifestException refused) {
            if (alreadyExists(refused)) {
                return false;
            }
            throw refused;
        }
        if (definition) {
            notYetServed.add(document.name());
        }
        return true;
    }

    private static boolean alreadyExists(ManifestException refused) {
        String message = refused.getMessage();
        return message != null && message.contains("already exists");
    }

    @Override
    public void delete(Document document) {
        manifests.delete(document.json());
    }

    @Override
    public ClusterSource watch() {
        return connection.clusterSource(List.of());
    }

    @Override
    public List<Present> nodes() {
        List<Present> nodes = new ArrayList<>();
        for (JsonNode node : manifests.get("/api/v1/nodes").path("items")) {
            JsonNode metadata = node.path("metadata");
            nodes.add(new Present(
                    metadata.path("name").asString(""),
                    metadata.path("annotations")
                            .path(KwokProcess.FAKE_ANNOTATION)
                            .asString("")
                            .equals("fake"),
                    metadata.path("labels").path(Labels.NODE_POOL).asString("")));
        }
        return nodes;
    }

    @Override
    public void wipe(Node node) {
        wipe(nodeWriter, node, node.withMetadata(node.metadata().withFinalizers(List.of())));
    }

    @Override
    public void wipe(NodeClaim claim) {
        wipe(claimWriter, claim, claim.withMetadata(claim.metadata().withFinalizers(List.of())));
    }

    private static <T extends KubernetesObject> void wipe(ObjectWriter<T> writer, T object, T bare) {
        WriteResult<T> patched = writer.patch(object, bare, ObjectWriter.Lock.NONE);
        if (!(patched instanceof WriteResult.NotFound<T>)) {
            writer.delete(bare);
        }
    }

    @Override
    public Map<String, List<String>> nominations() {
        Map<String, List<String>> byUid = new HashMap<>();
        for (JsonNode event : manifests
                .get("/api/v1/namespaces/" + Workload.NAMESPACE + "/events")
                .path("items")) {
            if (!event.path("reason").asString("").equals("Nominated")) {
                continue;
            }
            List<String> targets = byUid.computeIfAbsent(
                    event.path("involvedObject").path("uid").asString(""), uid -> new ArrayList<>());
            Matcher matcher = NOMINATED.matcher(event.path("message").asString(""));
            while (matcher.find()) {
                targets.add(matcher.group(1));
            }
        }
        return byUid;
    }

    @Override
    public String tokenOf(String namespace, String serviceAccount) {
        String name = serviceAccount + "-demo-token";
        ObjectNode secret = JSON.createObjectNode();
        secret.put("apiVersion", "v1").put("kind", "Secret").put("type", "kubernetes.io/service-account-token");
        ObjectNode metadata = secret.putObject("metadata");
        metadata.put("namespace", namespace).put("name", name);
        metadata.putObject("annotations").put("kubernetes.io/service-account.name", serviceAccount);
        create(Document.of(secret));
        String path = "/api/v1/namespaces/" + namespace + "/secrets/" + name;
        long startNanos = System.nanoTime();
        while (System.nanoTime() - startNanos < TOKEN_DEADLINE.toNanos()) {
            String token = manifests.get(path).path("data").path("token").asString("");
            if (!token.isEmpty()) {
                return new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8);
            }
            try {
                Thread.sleep(TOKEN_POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        throw new IllegalStateException(
                "no token for the service account " + namespace + "/" + serviceAccount + " within "
                        + TOKEN_DEADLINE.toSeconds() + " s. Maybe the cluster's controller-manager is not running");
    }

    @Override
    public void close() {
        connection.close();
    }
}
