package karpenter.app.demo;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import karpenter.api.CustomResourceDefinitions;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the demo puts into a cluster; takes out again exactly what it made. */
final class Installation implements AutoCloseable {
    /** The NodePool of the shipped manifest. */
    static final String NODE_POOL = "default";

    static final String CONTROLLER_NAMESPACE = "kube-system";
    static final String CONTROLLER_ACCOUNT = "karpenter";

    /** The controller makes it; whoever removes the controller removes it. */
    private static final String LEASE =
            "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {namespace: kube-system, name: karpenter-leader-election}}";

    private static final String ACCOUNT =
            "{apiVersion: v1, kind: ServiceAccount, metadata: {namespace: kube-system, name: karpenter}}";

    private final DemoCluster cluster;
    private final boolean mustBeNew;
    private final Deque<Document> made = new ArrayDeque<>();

    /** @param mustBeNew whether an object that exists already is a reason to stop, because somebody else needs it */
    Installation(DemoCluster cluster, boolean mustBeNew) {
        this.cluster = cluster;
        this.mustBeNew = mustBeNew;
    }

    /**
     * CRDs, the controller's account and rights, the NodePool of good practice and its NodeClass.
     *
     * @param isolated whether other pods are to be kept off the pool's nodes
     * @param hasty whether empty nodes go at once, so that a training run is short
     */
    static List<Document> manifests(boolean isolated, boolean hasty) {
        List<Document> manifests = new ArrayList<>();
        for (CustomResourceDefinitions.Definition definition : CustomResourceDefinitions.kwok()) {
            manifests.addAll(Document.parse(definition.yaml()));
        }
        manifests.addAll(Document.parse(ACCOUNT));
        manifests.addAll(Document.shipped(ShippedManifests.RIGHTS));
        manifests.addAll(Document.shipped(ShippedManifests.NOMINATION_RIGHTS));
        for (Document manifest : Document.shipped("demo.yaml")) {
            manifests.add(manifest.kind().equals("NodePool") ? adapted(manifest, isolated, hasty) : manifest);
        }
        return manifests;
    }

    private static Document adapted(Document pool, boolean isolated, boolean hasty) {
        ObjectNode tree = pool.tree();
        ObjectNode spec = (ObjectNode) tree.path("spec");
        if (isolated) {
            ArrayNode taints = ((ObjectNode) spec.path("template").path("spec")).putArray("taints");
            taints.addObject().put("key", Workload.TAINT).put("effect", "NoSchedule");
        }
        if (hasty) {
            ((ObjectNode) spec.path("disruption")).put("consolidateAfter", "0s");
        }
        return Document.of(tree);
    }

    /**
     * Looks whether that can be added, before anything is: a definition that comes and goes takes its time.
     *
     * @throws IllegalStateException naming the object that exists already, when that matters
     */
    void check(Document document) {
        if (mustBeNew && cluster.exists(document)) {
            throw exists(document);
        }
    }

    /** @throws IllegalStateException naming the object that exists already, when that matters */
    void add(Document document) {
        if (cluster.create(document)) {
            made.push(document);
        } else if (mustBeNew) {
            throw exists(document);
        }
    }

    private static IllegalStateException exists(Document document) {
        return new IllegalStateException(document + " exists already. The demo changes nothing that it did not make: "
                + "it needs a cluster without Karpenter and without a Deployment "
                + Workload.NAMESPACE + "/" + Workload.NAME);
    }

    /** Asks for the deletion of one object now, if it was made here. */
    void remove(Document document) {
        if (made.contains(document)) {
            cluster.delete(document);
            made.remove(document);
        }
    }

    /** Deletes what was made, last first. */
    @Override
    public void close() {
        boolean any = !made.isEmpty();
        while (!made.isEmpty()) {
            cluster.delete(made.pop());
        }
        if (any) {
            Document.parse(LEASE).forEach(cluster::delete);
        }
    }
}
