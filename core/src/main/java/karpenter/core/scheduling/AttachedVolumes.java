package karpenter.core.scheduling;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import karpenter.core.cluster.PodKey;

/**
 * The volumes of a machine, counted as the scheduler's NodeVolumeLimits filter does: by driver against the limit that the
 * CSINode states, a claim once however many pods use it. A driver without a limit isn't counted.
 */
final class AttachedVolumes {
    /** By driver; negative when more is attached than should be. */
    private final Map<String, Integer> left;

    private final Map<PodKey, Integer> users = new HashMap<>();

    /** @param limits by driver */
    AttachedVolumes(Map<String, Integer> limits) {
        this.left = new HashMap<>(limits);
    }

    /** Takes in a claim that a pod uses which runs there. */
    void use(String driver, PodKey claim) {
        use(driver, claim, 1);
    }

    /** How many pods with these needs can be attached their volumes, at most {@code most}. */
    int room(VolumeNeeds needs, int most) {
        if (left.isEmpty()) {
            return most;
        }
        int room = most;
        for (Map.Entry<String, Integer> limit : left.entrySet()) {
            int own = needs.own().getOrDefault(limit.getKey(), 0);
            int shared = 0;
            for (PodKey claim : needs.shared().getOrDefault(limit.getKey(), Set.of())) {
                shared += users.containsKey(claim) ? 0 : 1;
            }
            int free = limit.getValue() - shared;
            if (own + shared > 0 && free < own) {
                return 0;
            }
            if (own > 0) {
                room = Math.min(room, free / own);
            }
        }
        return room;
    }

    /** Takes in the volumes of so many pods, or lets them go when negative. */
    void add(VolumeNeeds needs, int count) {
        if (left.isEmpty()) {
            return;
        }
        needs.own().forEach((driver, own) -> left.computeIfPresent(driver, (each, free) -> free - own * count));
        needs.shared().forEach((driver, claims) -> claims.forEach(claim -> use(driver, claim, count)));
    }

    private void use(String driver, PodKey claim, int count) {
        int before = users.getOrDefault(claim, 0);
        int after = before + count;
        int attached = (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
        left.computeIfPresent(driver, (each, free) -> free - attached);
        if (after > 0) {
            users.put(claim, after);
        } else {
            users.remove(claim);
        }
    }
}
