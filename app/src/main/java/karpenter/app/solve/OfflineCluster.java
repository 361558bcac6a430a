package karpenter.app.solve;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import karpenter.api.CustomResourceDefinitions;
import karpenter.api.Labels;
import karpenter.api.ObjectMeta;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.ClusterStore;
import karpenter.core.cluster.Namespace;
import karpenter.core.cluster.NodeClass;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.Workload;
import karpenter.core.overlay.OverlayJudgement;
import karpenter.core.overlay.OverlayVerdict;
import karpenter.core.overlay.Overlays;
import karpenter.core.scheduling.PoolCatalog;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.validation.LabelRules;
import karpenter.kube.decode.DecodeException;
import karpenter.kube.decode.Manifest;
import karpenter.kube.decode.ManifestDecoder;
import karpenter.provider.kwok.KwokInstanceTypes;
import karpenter.provider.kwok.KwokLabels;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * From manifests to a scheduling problem: objects that exist go into the image as a watch would deliver them, pods without a
 * node are to be placed, NodePools count as ready. One thread.
 */
final class OfflineCluster {
    /** More than Kubernetes supports in one cluster (150,000), with room for what-if questions; guards the heap. */
    private static final int MOST_PODS = 1_000_000;

    private final Problems problems;
    private final ManifestDecoder decoder = new ManifestDecoder();
    private final ClusterStore store = new ClusterStore();
    private final PendingPods pending = new PendingPods();
    private final Map<String, SourceManifest> seen = new HashMap<>();
    private final List<NodePool> pools = new ArrayList<>();
    private final Map<String, Integer> skipped = new TreeMap<>();
    private final Map<String, JsonNode> schemas = new HashMap<>();
    private final List<PersistentVolumeClaim> templatedClaims = new ArrayList<>();
    private final OfflineBuffers buffers;
    private int services;
    private boolean podsGiven;
    private long podsAskedFor;
    private int generated;

    OfflineCluster(Problems problems) {
        this.problems = problems;
        this.buffers = new OfflineBuffers(problems);
    }

    /** Takes one manifest; what is wrong with it goes to the problems. */
    void add(SourceManifest manifest) {
        ManifestKinds.Use use = ManifestKinds.of(manifest);
        if (use == ManifestKinds.Use.SKIPPED) {
            skipped.merge(manifest.kind(), 1, Integer::sum);
            return;
        }
        if (!isNamed(manifest) || isDuplicate(manifest) || !isValid(manifest)) {
            return;
        }
        switch (use) {
            case NODE_CLASS ->
                store.apply(new ClusterDelta.NodeClassChanged(
                        new NodeClass(manifest.group(), manifest.kind(), ObjectMeta.named(manifest.name()), null)));
            case USED -> decode(manifest);
            case SKIPPED -> throw new AssertionError(manifest);
        }
    }

    private boolean isNamed(SourceManifest manifest) {
        JsonNode metadata = manifest.tree().path("metadata");
        if (!manifest.name().isEmpty()) {
            return true;
        }
        if (metadata.path("generateName").isString() && metadata instanceof ObjectNode object) {
            object.put("name", metadata.path("generateName").asString() + generated++);
            return true;
        }
        JsonNode name = metadata.path("name");
        problems.error(manifest.problem(
                "metadata.name",
                name.isMissingNode() || name.isNull()
                        ? "missing; write a name"
                        : SourceManifest.shown(name)
                                + " is not a name; write text, in quotes if it looks like a number"));
        return false;
    }

    private boolean isDuplicate(SourceManifest manifest) {
        if (manifest.name().isEmpty()) {
            return false;
        }
        String namespace = manifest.namespace().isEmpty() ? "default" : manifest.namespace();
        SourceManifest first = seen.putIfAbsent(
                manifest.group() + "/" + manifest.kind() + "/" + namespace + "/" + manifest.name(), manifest);
        if (first == null) {
            return false;
        }
        problems.error(manifest.problem(
                "metadata.name",
                "\"" + manifest.name() + "\" is there already at " + first.place("metadata.name")
                        + "; rename one or leave it out"));
        return true;
    }

    /** What an API server would refuse in objects of ours. */
    private boolean isValid(SourceManifest manifest) {
        int before = problems.count();
        String read = ManifestKinds.apiVersion(manifest);
        if (!manifest.apiVersion().equals(read)) {
            problems.error(manifest.problem(
                    "apiVersion", "\"" + manifest.apiVersion() + "\" is not read; convert the object to " + read));
            return false;
        }
        for (CustomResourceDefinitions.Definition crd : CustomResourceDefinitions.core()) {
            if (crd.name().equals(manifest.kind().toLowerCase(Locale.ROOT) + "s." + manifest.group())) {
                new SchemaCheck(manifest, problems).check(schemas.computeIfAbsent(crd.name(), name -> tree(crd)));
            }
        }
        switch (manifest.kind()) {
            case "NodePool" -> RequirementRules.check(manifest, "spec.template.spec.requirements", problems);
            case "NodeClaim" -> RequirementRules.check(manifest, "spec.requirements", problems);
            case "Pod", "DaemonSet" -> PodSpecRules.check(manifest, problems);
            case "Deployment", "ReplicaSet", "StatefulSet", "ReplicationController", "Job" -> {
                checkReplicas(manifest, manifest.kind().equals("Job") ? "spec.parallelism" : "spec.replicas");
                PodSpecRules.check(manifest, problems);
            }
            default -> {
                // nothing that bears on where pods go
            }
        }
        return problems.count() == before;
    }

    /** Checked before a workload is expanded, so that a typo does not fill the heap. */
    private void checkReplicas(SourceManifest manifest, String path) {
        JsonNode replicas = manifest.at(path);
        if (replicas.isMissingNode() || replicas.isNull()) {
            podsAskedFor++;
        } else if (!replicas.isNumber() || !replicas.canConvertToExactIntegral()) {
            problems.error(manifest.problem(
                    path, SourceManifest.shown(replicas) + " is not a whole number; write for example 10"));
        } else if (replicas.decimalValue().signum() < 0) {
            problems.error(manifest.problem(path, replicas + " is negative; write 0 or more"));
        } else {
            podsAskedFor += replicas.canConvertToInt() ? replicas.intValue() : MOST_PODS + 1;
            if (podsAskedFor > MOST_PODS) {
                problems.error(manifest.problem(
                        path, replicas + " makes more than " + MOST_PODS + " pods with those before; write less"));
            }
        }
    }

    private static JsonNode tree(CustomResourceDefinitions.Definition crd) {
        if (YamlTree.parse(crd.yaml()) instanceof YamlTree.Parsed.Trees(List<@Nullable JsonNode> documents)) {
            JsonNode document = documents.getFirst();
            if (document != null) {
                return document;
            }
        }
        throw new IllegalStateException("the CRD " + crd.name() + " is not YAML");
    }

    private void decode(SourceManifest manifest) {
        try {
            for (Manifest decoded : decoder.decode(manifest.tree())) {
                take(manifest, decoded);
            }
        } catch (DecodeException e) {
            // "Pod default/web: spec.priority"; the place is said in this command's own way
            String path = e.path()
                    .substring(e.path().lastIndexOf(": ") < 0 ? 0 : e.path().lastIndexOf(": ") + 2);
            String message = String.valueOf(e.getMessage());
            String text = message.startsWith(e.path() + ": ")
                    ? message.substring(e.path().length() + 2)
                    : message;
            problems.error(manifest.problem(path, text));
        }
    }

    private void take(SourceManifest source, Manifest decoded) {
        switch (decoded) {
            case Manifest.OfPod(Pod pod) -> pod(source, pod);
            case Manifest.OfWorkload workload -> {
                podsGiven = true;
                if (isGated(source, "spec.template.spec.schedulingGates")) {
                    return;
                }
                pending.add(workload);
                buffers.add(workload);
                Workload selecting = workload.workload();
                if (selecting != null && selecting.selector() != null) {
                    store.apply(new ClusterDelta.WorkloadChanged(selecting));
                }
                templatedClaims.addAll(workload.claims());
            }
            case Manifest.OfNodePool(NodePool pool) -> pool(pool);
            case Manifest.OfNode(var node) -> store.apply(new ClusterDelta.NodeChanged(node));
            case Manifest.OfNodeClaim(var claim) -> store.apply(new ClusterDelta.NodeClaimChanged(claim));
            case Manifest.OfDaemonSet(var daemonSet) -> store.apply(new ClusterDelta.DaemonSetChanged(daemonSet));
            case Manifest.OfDisruptionBudget(var budget) ->
                store.apply(new ClusterDelta.DisruptionBudgetChanged(budget));
            case Manifest.OfNamespace(var namespace) -> store.apply(new ClusterDelta.NamespaceChanged(namespace));
            case Manifest.OfPersistentVolumeClaim(var claim) ->
                store.apply(new ClusterDelta.PersistentVolumeClaimChanged(claim));
            case Manifest.OfPersistentVolume(var volume) ->
                store.apply(new ClusterDelta.PersistentVolumeChanged(volume));
            case Manifest.OfStorageClass(var storageClass) ->
                store.apply(new ClusterDelta.StorageClassChanged(storageClass));
            case Manifest.OfCsiNode(var csiNode) -> store.apply(new ClusterDelta.CsiNodeChanged(csiNode));
            case Manifest.OfNodeOverlay(var overlay) -> store.apply(new ClusterDelta.NodeOverlayChanged(overlay));
            case Manifest.OfCapacityBuffer(var buffer) -> buffers.add(buffer);
            case Manifest.OfPodTemplate(var template) -> buffers.add(template);
            case Manifest.OfService(var service) -> {
                store.apply(new ClusterDelta.ServiceChanged(service));
                services++;
            }
            case Manifest.OfKwokNodeClass(var nodeClass) ->
                store.apply(new ClusterDelta.NodeClassChanged(
                        new NodeClass(KwokLabels.GROUP, source.kind(), nodeClass.metadata(), null)));
            case Manifest.Other other -> skipped.merge(other.kind(), 1, Integer::sum);
        }
    }

    private void pod(SourceManifest source, Pod pod) {
        podsGiven = true;
        if (pod.phase().terminal()) {
            problems.note("Pods that have ended are left out");
        } else if (pod.bound()) {
            store.apply(new ClusterDelta.PodChanged(pod));
            pending.addRunning(pod);
        } else if (pod.daemon() || pod.mirror() || pod.terminating()) {
            problems.note("Pods of DaemonSets, static Pods and Pods that are being deleted get no node made for them;"
                    + " left out");
        } else if (!isGated(source, "spec.schedulingGates")) {
            pending.add(pod);
        }
    }

    private boolean isGated(SourceManifest source, String path) {
        boolean gated = !source.at(path).isEmpty();
        if (gated) {
            problems.note(source.title() + " waits for a scheduling gate; left out");
        }
        return gated;
    }

    private void pool(NodePool pool) {
        store.apply(new ClusterDelta.NodePoolChanged(pool));
        if (pool.isStatic()) {
            problems.note("NodePool/" + pool.name()
                    + " is static: it keeps its replicas whatever the pods ask for; left out");
        } else if (pool.metadata().deleting()) {
            problems.note("NodePool/" + pool.name() + " is being deleted; left out");
        } else {
            pools.add(pool);
        }
    }

    /**
     * The problem that all manifests together pose, or null when something is missing.
     *
     * @param types what can be bought in every pool
     * @param builtIn whether those are the built-in ones rather than the user's
     */
    @Nullable
    SchedulingInput input(List<InstanceType> types, boolean builtIn, SchedulingArguments.Settings settings) {
        if (settings.defaultConstraints().isEmpty() && services > 0) {
            skipped.merge("Service", services, Integer::sum);
        }
        noteLeftOut();
        if (pools.isEmpty()) {
            problems.error("--nodepool: no NodePool that makes nodes for pods; give one with --nodepool FILE");
        }
        if (!podsGiven && buffers.isEmpty()) {
            problems.error(
                    "--pods: no Pod, Deployment, StatefulSet, ReplicaSet or Job in the input; give some with --pods FILE");
        }
        List<Pod> waiting = new ArrayList<>(pending.all());
        waiting.addAll(buffers.pods());
        if (problems.any()) {
            return null;
        }
        waiting.forEach(pod -> store.apply(new ClusterDelta.PodChanged(pod)));
        addNamespaces();
        addTemplatedClaims();
        store.apply(new ClusterDelta.Listed());
        ClusterSnapshot snapshot = store.snapshot();
        noteNodes(snapshot);
        Set<String> wellKnown = new TreeSet<>(Labels.WELL_KNOWN);
        wellKnown.addAll(KwokInstanceTypes.wellKnownLabels(types));
        Overlays overlays = overlays(snapshot, types, wellKnown);
        if (problems.any()) {
            return null;
        }
        List<PoolCatalog> catalogs = new ArrayList<>();
        for (NodePool pool : pools) {
            String kind = pool.spec().template().spec().nodeClassRef().kind();
            if (builtIn && !kind.equals("KWOKNodeClass")) {
                problems.note("NodePool/" + pool.name() + " uses " + kind
                        + "; built-in KWOK types stand in for it, name real ones with --instance-types FILE");
            }
            catalogs.add(new PoolCatalog(
                    pool, pool.spec().template().spec().nodeClassRef().labelKey(), overlays.apply(pool, types)));
        }
        return SchedulingInput.of(
                snapshot, waiting, catalogs, settings.with(wellKnown, KwokInstanceTypes.reservationLabels(types)));
    }

    /** The overlays in force; says which aren't, and why. */
    private Overlays overlays(ClusterSnapshot snapshot, List<InstanceType> types, Set<String> wellKnown) {
        List<OverlayJudgement.Sold> sold = pools.stream()
                .map(pool -> new OverlayJudgement.Sold(pool, types))
                .toList();
        OverlayJudgement judgement = OverlayJudgement.of(
                snapshot.nodeOverlays().values(), sold, LabelRules.with(wellKnown, Set.of(KwokLabels.GROUP)));
        new TreeMap<>(judgement.verdicts()).forEach((name, verdict) -> {
            switch (verdict) {
                case OverlayVerdict.InForce() -> {
                    // Its prices show in the answer.
                }
                case OverlayVerdict.Invalid(String message) -> problems.error("NodeOverlay/" + name + ": " + message);
                case OverlayVerdict.Conflict(String message) ->
                    problems.note("NodeOverlay/" + name + " is left out: " + message);
            }
        });
        return judgement.overlays();
    }

    /** Those that pods are in and nobody wrote down: an API server would know them, by name at least. */
    private void addNamespaces() {
        ClusterSnapshot given = store.snapshot();
        for (PodKey key : given.pods().keySet()) {
            String name = key.namespace();
            if (!given.namespaces().containsKey(name)) {
                store.apply(new ClusterDelta.NamespaceChanged(new Namespace(name, Map.of(Namespace.NAME_LABEL, name))));
            }
        }
    }

    /** Those that StatefulSets will make, where they are not given. */
    private void addTemplatedClaims() {
        Set<PodKey> given = store.snapshot().storage().claims().keySet();
        for (PersistentVolumeClaim claim : templatedClaims) {
            if (!given.contains(claim.key())) {
                store.apply(new ClusterDelta.PersistentVolumeClaimChanged(claim));
            }
        }
    }

    private void noteLeftOut() {
        if (!skipped.isEmpty()) {
            List<String> counts = new ArrayList<>();
            skipped.forEach((kind, count) -> counts.add(kind + (count == 1 ? "" : " (" + count + ")")));
            problems.note("skipped, as these kinds do not decide where pods go: " + String.join(", ", counts));
        }
    }

    private void noteNodes(ClusterSnapshot snapshot) {
        for (NodeState machine : snapshot.machines()) {
            if (machine.allocatable().isZero()) {
                problems.note("Node/" + machine.name() + " states no status.allocatable, so no pod fits it");
            }
        }
        long elsewhere = snapshot.pods().values().stream()
                .filter(pod -> pod.nodeName() != null && !snapshot.nodes().containsKey(pod.nodeName()))
                .count();
        if (elsewhere > 0) {
            problems.note(elsewhere + (elsewhere == 1 ? " Pod runs" : " Pods run")
                    + " on Nodes that are not given; they stay where they are");
        }
    }
}
