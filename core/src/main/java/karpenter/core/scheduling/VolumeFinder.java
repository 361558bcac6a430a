package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.cluster.CsiMigration;
import karpenter.core.cluster.PersistentVolume;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.PodShape.VolumeReference;
import karpenter.core.cluster.Storage;
import karpenter.core.cluster.StorageClass;
import karpenter.core.requirement.Requirements;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what is behind a pod's volume: where it can be reached, and which driver attaches it; or why it can't be had.
 *
 * <p><b>Method.</b> A bound claim is where its PersistentVolume says. An unbound one will be where its StorageClass allows, if
 * that waits for the pod; the class is the claim's or the default one. A generic ephemeral volume has a claim under the pod's
 * name; while that isn't made yet, and for a pod that moves, whose successor gets a fresh one, the volume's template says the
 * class.
 *
 * <p>A volume that is a directory or disk of one node binds its pod to that node while the node stays; once it leaves, the pod is
 * free to go anywhere, since its volume is lost to it either way.
 *
 * <p><b>Differs from upstream.</b> Upstream forgets the node of a local volume at once, and buys nodes for pods that can only
 * run on one which exists. Upstream places the successor of a moving pod where the predecessor's ephemeral volume is.
 */
final class VolumeFinder {
    private final Storage storage;
    private final @Nullable StorageClass defaultClass;
    private final UnsupportedVolumes unsupported;
    private final Set<String> hostnames;
    /** Volumes of one place share their terms. */
    private final IdentityHashMap<List<NodeSelectorTerm>, List<Requirements>> places = new IdentityHashMap<>();

    /** @param hostnames of the machines that stay */
    VolumeFinder(Storage storage, UnsupportedVolumes unsupported, Set<String> hostnames) {
        this.storage = storage;
        this.defaultClass = storage.defaultClass();
        this.unsupported = unsupported;
        this.hostnames = hostnames;
    }

    sealed interface Result {
        /**
         * @param claim whether it exists or not
         * @param driver empty when nothing is attached
         * @param places one must hold; at least one
         * @param exclusive whether only one pod may use it
         */
        record Found(PodKey claim, String driver, List<Requirements> places, boolean exclusive) implements Result {}

        record Trouble(PodKey claim, VolumeTrouble trouble) implements Result {}
    }

    Result find(Pod pod, VolumeReference reference) {
        PodKey key = reference.claimOf(pod.key());
        if (reference.ephemeral() && pod.bound()) {
            return ofClass(key, reference.storageClassName(), true, false);
        }
        PersistentVolumeClaim claim = storage.claims().get(key);
        if (claim == null) {
            return reference.ephemeral()
                    ? ofClass(key, reference.storageClassName(), false, false)
                    : new Result.Trouble(key, new VolumeTrouble.ClaimMissing());
        }
        VolumeTrouble trouble = trouble(claim, reference.ephemeral() ? pod.uid() : null);
        if (trouble != null) {
            return new Result.Trouble(key, trouble);
        }
        return claim.volumeName() == null
                ? ofClass(key, claim.storageClassName(), false, claim.readWriteOncePod())
                : ofVolume(claim, claim.volumeName());
    }

    private static @Nullable VolumeTrouble trouble(PersistentVolumeClaim claim, @Nullable String wantedOwnerUid) {
        String owner = claim.controllerUid();
        if (wantedOwnerUid != null && owner != null && !owner.equals(wantedOwnerUid)) {
            return new VolumeTrouble.ClaimOfAnother(owner);
        }
        if (claim.deleting()) {
            return new VolumeTrouble.ClaimDeleting();
        }
        if (claim.lost()) {
            return new VolumeTrouble.ClaimLost();
        }
        return claim.volumeName() == null || claim.bindCompleted()
                ? null
                : new VolumeTrouble.BindingInProgress(claim.volumeName());
    }

    private Result ofVolume(PersistentVolumeClaim claim, String name) {
        PersistentVolume volume = storage.volumes().get(name);
        if (volume == null) {
            return new Result.Trouble(claim.key(), new VolumeTrouble.VolumeMissing(name));
        }
        if (volume.deleting()) {
            return new Result.Trouble(claim.key(), new VolumeTrouble.VolumeDeleting(name));
        }
        if (unsupported.drivers().contains(volume.driver())) {
            return new Result.Trouble(claim.key(), new VolumeTrouble.UnsupportedDriver(volume.driver()));
        }
        List<Requirements> reachable = volume.local()
                ? places(withoutLostNodes(volume.nodeAffinity()))
                : places.computeIfAbsent(volume.nodeAffinity(), VolumeFinder::places);
        return reachable.isEmpty()
                ? new Result.Trouble(claim.key(), new VolumeTrouble.VolumeUnreachable(name))
                : new Result.Found(claim.key(), volume.driver(), reachable, claim.readWriteOncePod());
    }

    /** @param atOnce whether a class that doesn't wait for the pod will do */
    private Result ofClass(PodKey claim, @Nullable String className, boolean atOnce, boolean exclusive) {
        StorageClass storageClass =
                className == null ? defaultClass : storage.classes().get(className);
        if (storageClass == null) {
            return new Result.Trouble(
                    claim,
                    className == null || className.isEmpty()
                            ? new VolumeTrouble.NoStorageClass()
                            : new VolumeTrouble.StorageClassMissing(className));
        }
        String driver = CsiMigration.driver(storageClass.provisioner());
        VolumeTrouble trouble = trouble(storageClass, driver, atOnce);
        return trouble == null
                ? new Result.Found(
                        claim,
                        driver,
                        places.computeIfAbsent(storageClass.allowedTopologies(), VolumeFinder::topologies),
                        exclusive)
                : new Result.Trouble(claim, trouble);
    }

    private @Nullable VolumeTrouble trouble(StorageClass storageClass, String driver, boolean atOnce) {
        if (!storageClass.waitsForConsumer() && !atOnce) {
            return new VolumeTrouble.BindsAtOnce(storageClass.name());
        }
        if (unsupported.drivers().contains(driver) || unsupported.drivers().contains(storageClass.provisioner())) {
            return new VolumeTrouble.UnsupportedDriver(storageClass.provisioner());
        }
        for (NodeSelectorTerm term : storageClass.allowedTopologies()) {
            for (NodeSelectorRequirement expression : term.matchExpressions()) {
                if (unsupported.topologyKeys().contains(expression.key())) {
                    return new VolumeTrouble.UnsupportedTopology(storageClass.name(), expression.key());
                }
            }
        }
        return null;
    }

    /** The driver that attaches a claim's volume, empty when none does or it can't be told. */
    String driver(PodKey key) {
        PersistentVolumeClaim claim = storage.claims().get(key);
        if (claim == null) {
            return "";
        }
        String name = claim.volumeName();
        PersistentVolume volume = name == null ? null : storage.volumes().get(name);
        if (volume != null) {
            return volume.driver();
        }
        String className = claim.storageClassName();
        StorageClass storageClass =
                className == null ? defaultClass : storage.classes().get(className);
        return storageClass == null ? "" : CsiMigration.driver(storageClass.provisioner());
    }

    /** Terms of a local volume without the host names of nodes that don't stay. */
    private List<NodeSelectorTerm> withoutLostNodes(List<NodeSelectorTerm> terms) {
        List<NodeSelectorTerm> kept = new ArrayList<>();
        for (NodeSelectorTerm term : terms) {
            List<NodeSelectorRequirement> expressions = term.matchExpressions().stream()
                    .filter(expression -> !expression.key().equals(Labels.HOSTNAME)
                            || expression.values().stream().anyMatch(hostnames::contains))
                    .toList();
            if (!term.matchFields() && !term.matchExpressions().isEmpty() && expressions.isEmpty()) {
                return List.of();
            }
            kept.add(new NodeSelectorTerm(expressions, term.matchFields()));
        }
        return List.copyOf(kept);
    }

    /** What the terms ask, as alternatives; a single empty one when there are no terms, none when no labels can meet any. */
    private static List<Requirements> places(List<NodeSelectorTerm> terms) {
        if (terms.isEmpty()) {
            return List.of(Requirements.NONE);
        }
        List<Requirements> places = new ArrayList<>();
        for (NodeSelectorTerm term : terms) {
            if (!term.matchFields() && !term.matchExpressions().isEmpty()) {
                places.add(Requirements.of(term.matchExpressions(), Labels.NORMALIZED));
            }
        }
        return VolumeNeeds.united(places);
    }

    /** As {@link #places}; but a topology that says nothing is every topology. */
    private static List<Requirements> topologies(List<NodeSelectorTerm> terms) {
        boolean everywhere =
                terms.stream().anyMatch(term -> term.matchExpressions().isEmpty());
        return everywhere ? List.of(Requirements.NONE) : places(terms);
    }
}
