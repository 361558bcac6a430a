package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.core.cluster.CsiNode;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape.VolumeReference;
import karpenter.core.cluster.Storage;
import karpenter.core.requirement.Incompatibility;
import karpenter.core.requirement.Requirements;
import org.jspecify.annotations.Nullable;

/**
 * The volumes of a problem: what each pod's ask of its node, and what machines have attached.
 *
 * <p><b>Method.</b> A pod's places are those of all its volumes together: each of the first with each of the second and so on,
 * contradictions left out. Volumes bear on a node's labels and never on the pod's own affinity, so that spreading isn't counted
 * by them. Attachments are counted only for drivers that a machine limits; a claim that nobody else uses loses its name, so that
 * a StatefulSet's pods fall into a class for each place of their volumes.
 *
 * <p><b>Complexity.</b> A few look-ups per volume; one look at each pod of the cluster when pods with volumes are to be placed.
 *
 * <p><b>Differs from upstream.</b> Pods that the ReadWriteOncePod filter of kube-scheduler would refuse are told so, rather than
 * given a node to wait beside. New nodes have no CSINode and thus no limit, as upstream.
 */
final class PodVolumes {
    private static final Comparator<Pod> AGE =
            Comparator.comparing(Pod::creationTimestamp).thenComparing(Pod::uid).thenComparing(Pod::key);

    private final Storage storage;
    private final VolumeFinder finder;
    private final Set<String> limitedDrivers = new HashSet<>();
    private final Map<PodKey, Users> usersByClaim = new HashMap<>();
    private final Map<VolumeNeeds, VolumeNeeds> interned = new HashMap<>();

    /**
     * @param first who has a right to it before others: whoever runs, else the oldest
     * @param several whether there are others
     */
    private record Users(Pod first, boolean several) {}

    PodVolumes(SchedulingInput input) {
        this.storage = input.snapshot().storage();
        Set<String> hostnames = new HashSet<>();
        for (NodeState machine : input.machines()) {
            hostnames.add(machine.labels().getOrDefault(Labels.HOSTNAME, machine.name()));
            limitedDrivers.addAll(limits(machine).keySet());
        }
        this.finder = new VolumeFinder(storage, input.options().unsupportedVolumes(), hostnames);
        input.pods().forEach(pod -> addUser(pod, true));
        if (!usersByClaim.isEmpty()) {
            input.snapshot().pods().values().forEach(pod -> addUser(pod, false));
        }
    }

    private Map<String, Integer> limits(NodeState machine) {
        Node node = machine.node();
        CsiNode csiNode = node == null ? null : storage.csiNodes().get(node.name());
        return csiNode == null ? Map.of() : csiNode.volumeLimits();
    }

    /** @param asks whether the claim matters because the pod is to be placed, or only if another pod's does */
    private void addUser(Pod pod, boolean asks) {
        if (pod.phase().terminal()) {
            return;
        }
        for (VolumeReference volume : pod.shape().volumes()) {
            PodKey claim = volume.claimOf(pod.key());
            Users known = usersByClaim.get(claim);
            if (known != null) {
                usersByClaim.put(claim, joined(known, pod));
            } else if (asks) {
                usersByClaim.put(claim, new Users(pod, false));
            }
        }
    }

    private static Users joined(Users known, Pod pod) {
        if (known.first.key().equals(pod.key())) {
            return known;
        }
        return new Users(precedes(pod, known.first) ? pod : known.first, true);
    }

    private static boolean precedes(Pod pod, Pod other) {
        return pod.bound() == other.bound() ? AGE.compare(pod, other) < 0 : pod.bound();
    }

    sealed interface Result {
        record Needs(VolumeNeeds needs) implements Result {}

        record Refused(RejectionReason reason) implements Result {}
    }

    /** What the volumes of a pod that is well formed ask of its node, or why they can't be had. */
    Result of(Pod pod) {
        if (pod.shape().volumes().isEmpty()) {
            return new Result.Needs(VolumeNeeds.NONE);
        }
        List<VolumeFinder.Result.Found> volumes = new ArrayList<>();
        for (VolumeReference reference : pod.shape().volumes()) {
            switch (finder.find(pod, reference)) {
                case VolumeFinder.Result.Trouble(PodKey claim, VolumeTrouble trouble) -> {
                    return new Result.Refused(
                            new RejectionReason.VolumeUnusable(reference.volumeName(), claim, trouble));
                }
                case VolumeFinder.Result.Found found -> {
                    Pod user = found.exclusive() ? earlierUser(pod, found.claim()) : null;
                    if (user != null) {
                        return new Result.Refused(new RejectionReason.VolumeUnusable(
                                reference.volumeName(), found.claim(), new VolumeTrouble.InUse(user.key())));
                    }
                    volumes.add(found);
                }
            }
        }
        return together(pod, volumes);
    }

    private @Nullable Pod earlierUser(Pod pod, PodKey claim) {
        Users users = usersByClaim.get(claim);
        return users == null || users.first.key().equals(pod.key()) ? null : users.first;
    }

    private Result together(Pod pod, List<VolumeFinder.Result.Found> volumes) {
        List<Requirements> places = List.of(Requirements.NONE);
        for (VolumeFinder.Result.Found volume : volumes) {
            places = VolumeNeeds.united(both(places, volume.places()));
        }
        if (places.isEmpty()) {
            return new Result.Refused(new RejectionReason.VolumesApart(volumes.stream()
                    .map(volume -> new RejectionReason.VolumesApart.Place(volume.claim(), volume.places()))
                    .toList()));
        }
        VolumeNeeds needs = withAttachments(places, volumes);
        List<Requirements> asked = PodRequirements.alternatives(pod.shape(), false);
        if (needs.within(asked).isEmpty()) {
            Incompatibility cause = places.getFirst().intersects(asked.getFirst());
            return new Result.Refused(new RejectionReason.VolumesElsewhere(Objects.requireNonNull(cause)));
        }
        return new Result.Needs(interned.computeIfAbsent(needs, fresh -> fresh));
    }

    /** Each with each, contradictions left out. */
    private static Set<Requirements> both(List<Requirements> left, List<Requirements> right) {
        Set<Requirements> both = new LinkedHashSet<>();
        for (Requirements one : left) {
            for (Requirements other : right) {
                if (one.intersects(other) == null) {
                    both.add(one.and(other));
                }
            }
        }
        return both;
    }

    private VolumeNeeds withAttachments(List<Requirements> places, List<VolumeFinder.Result.Found> volumes) {
        Map<String, Set<PodKey>> own = new TreeMap<>();
        Map<String, Set<PodKey>> shared = new TreeMap<>();
        for (VolumeFinder.Result.Found volume : volumes) {
            if (limitedDrivers.contains(volume.driver())) {
                Users users = usersByClaim.get(volume.claim());
                Map<String, Set<PodKey>> claims = users != null && users.several ? shared : own;
                claims.computeIfAbsent(volume.driver(), driver -> new TreeSet<>())
                        .add(volume.claim());
            }
        }
        Map<String, Integer> counts = new TreeMap<>();
        own.forEach((driver, claims) -> counts.put(driver, claims.size()));
        return new VolumeNeeds(places, counts, shared);
    }

    /** What the machine's pods have attached. */
    AttachedVolumes attachedTo(NodeState machine) {
        AttachedVolumes attached = new AttachedVolumes(limits(machine));
        if (!limitedDrivers.isEmpty()) {
            for (Pod pod : machine.pods()) {
                for (VolumeReference volume : pod.shape().volumes()) {
                    PodKey claim = volume.claimOf(pod.key());
                    attached.use(finder.driver(claim), claim);
                }
            }
        }
        return attached;
    }
}
