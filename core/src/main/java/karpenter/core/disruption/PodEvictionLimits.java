package karpenter.core.disruption;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.cluster.DisruptionBudget;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.Toleration;

/**
 * Which pods the eviction API would refuse to move, by their PodDisruptionBudgets.
 *
 * <p>Daemon pods count, as they are evicted too. Pods that nobody evicts don't: those that have ended or are going, static
 * ones, and those that tolerate the disrupted taint.
 */
public final class PodEvictionLimits {
    private static final Taint DISRUPTED = Taint.of(Labels.DISRUPTED_TAINT, "", Taint.NO_SCHEDULE);

    private final Map<String, List<DisruptionBudget>> byNamespace = new HashMap<>();

    public PodEvictionLimits(Collection<DisruptionBudget> budgets) {
        for (DisruptionBudget budget : budgets) {
            byNamespace
                    .computeIfAbsent(budget.metadata().namespace(), namespace -> new ArrayList<>())
                    .add(budget);
        }
        byNamespace
                .values()
                .forEach(list -> list.sort(
                        (a, b) -> a.metadata().name().compareTo(b.metadata().name())));
    }

    /** The budgets that forbid the pod's eviction now, by name; empty when it may go. Two that match are one too many. */
    public List<PodKey> blocking(Pod pod) {
        List<DisruptionBudget> budgets = byNamespace.get(pod.key().namespace());
        if (budgets == null || !isEvicted(pod)) {
            return List.of();
        }
        List<DisruptionBudget> matching = new ArrayList<>(2);
        for (DisruptionBudget budget : budgets) {
            if (budget.selects(pod)) {
                matching.add(budget);
            }
        }
        if (matching.size() > 1) {
            return keys(matching);
        }
        for (DisruptionBudget budget : matching) {
            boolean exempt = !pod.ready() && budget.alwaysAllowUnhealthy();
            if (budget.disruptionsAllowed() <= 0 && !exempt) {
                return keys(matching);
            }
        }
        return List.of();
    }

    /** Whether a budget that can never allow an eviction covers the pod, so that planning capacity for it is in vain. */
    public boolean blockedForGood(Pod pod) {
        List<DisruptionBudget> budgets = byNamespace.get(pod.key().namespace());
        if (budgets == null || !isEvicted(pod)) {
            return false;
        }
        for (DisruptionBudget budget : budgets) {
            if (budget.fullyBlocking() && budget.selects(pod) && (pod.ready() || !budget.alwaysAllowUnhealthy())) {
                return true;
            }
        }
        return false;
    }

    private static List<PodKey> keys(List<DisruptionBudget> budgets) {
        return budgets.stream()
                .map(budget -> new PodKey(
                        budget.metadata().namespace(), budget.metadata().name()))
                .toList();
    }

    private static boolean isEvicted(Pod pod) {
        return !pod.phase().terminal() && !pod.terminating() && !pod.mirror() && !toleratesDisruption(pod);
    }

    private static boolean toleratesDisruption(Pod pod) {
        for (Toleration toleration : pod.shape().tolerations()) {
            if (toleration.tolerates(DISRUPTED)) {
                return true;
            }
        }
        return false;
    }
}
