package karpenter.app.demo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.port.ClusterSource;

/** A cluster that remembers objects by name and plays a script when the Deployment comes and goes. */
final class FakeDemoCluster implements DemoCluster {
    final Map<String, Document> objects = new LinkedHashMap<>();
    final List<String> deleted = new ArrayList<>();
    final Map<String, List<String>> nominations = new LinkedHashMap<>();
    List<Present> nodes = List.of();
    Runnable onDeploymentCreated = () -> {};
    Runnable onDeploymentDeleted = () -> {};

    @Override
    public boolean exists(Document document) {
        return objects.containsKey(document.toString());
    }

    @Override
    public boolean create(Document document) {
        if (objects.putIfAbsent(document.toString(), document) != null) {
            return false;
        }
        if (document.kind().equals("Deployment")) {
            onDeploymentCreated.run();
        }
        return true;
    }

    @Override
    public void delete(Document document) {
        deleted.add(document.toString());
        if (objects.remove(document.toString()) != null && document.kind().equals("Deployment")) {
            onDeploymentDeleted.run();
        }
    }

    @Override
    public ClusterSource watch() {
        return new ClusterSource() {
            @Override
            public void start(Consumer<ClusterDelta> sink) {
                sink.accept(new ClusterDelta.Listed());
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public List<Present> nodes() {
        return nodes;
    }

    @Override
    public void wipe(Node node) {
        deleted.add("Node " + node.name());
    }

    @Override
    public void wipe(NodeClaim claim) {
        deleted.add("NodeClaim " + claim.name());
    }

    @Override
    public Map<String, List<String>> nominations() {
        return nominations;
    }

    @Override
    public String tokenOf(String namespace, String serviceAccount) {
        return "token-of-" + serviceAccount;
    }

    @Override
    public void close() {}
}
