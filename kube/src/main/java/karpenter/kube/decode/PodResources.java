package karpenter.kube.decode;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import karpenter.core.resource.ResourceVector;

/**
 * What a pod requests of its node, as kube-scheduler counts it.
 *
 * <p>Method: the containers' sum, sidecars (init containers that restart Always) included; at least what the init phase
 * needs at its height, where each init container runs beside the sidecars started before it; resources set for the pod as a
 * whole take the place of that sum; the RuntimeClass's overhead on top; one pod. While a resize in place is under way the
 * largest of wanted, allocated and actual counts, without the wanted one when the kubelet called it infeasible.
 *
 * <p>Sources: KEP-753 (sidecars), KEP-1287 (resize in place), KEP-2837 (pod-level resources); the defaults are those of the
 * API server.
 */
final class PodResources {
    private static final Set<String> POD_LEVEL = Set.of(ResourceVector.CPU, ResourceVector.MEMORY);

    private final Tree spec;
    private final Tree status;
    private final boolean asWritten;
    private final boolean resizeInfeasible;
    private final Map<String, Tree> containerStatuses = new HashMap<>();

    /**
     * @param status may be absent
     * @param asWritten whether the API server's defaults are still to be applied: absent requests equal the limits
     */
    PodResources(Tree spec, Tree status, boolean asWritten) {
        this.spec = spec;
        this.status = status;
        this.asWritten = asWritten;
        for (String list : new String[] {"containerStatuses", "initContainerStatuses"}) {
            for (Tree container : status.get(list).items()) {
                if (container.has("resources")) {
                    containerStatuses.put(container.get("name").text(""), container);
                }
            }
        }
        this.resizeInfeasible = resizeInfeasible(status);
    }

    private static boolean resizeInfeasible(Tree status) {
        for (Tree condition : status.get("conditions").items()) {
            if (condition.get("type").text("").equals("PodResizePending")) {
                return condition.get("reason").text("").equals("Infeasible");
            }
        }
        return false;
    }

    ResourceVector requests() {
        Amounts total = containers(true);
        overrideWithPodLevel(total, true);
        total.add(Amounts.of(spec.get("overhead")));
        total.set(ResourceVector.PODS, BigDecimal.ONE);
        return total.vector();
    }

    ResourceVector limits() {
        Amounts total = containers(false);
        overrideWithPodLevel(total, false);
        Amounts overhead = Amounts.of(spec.get("overhead"));
        for (String resource : overhead.names()) {
            BigDecimal limit = total.get(resource);
            BigDecimal more = overhead.get(resource);
            if (limit != null && more != null && limit.signum() != 0) {
                total.set(resource, limit.add(more));
            }
        }
        return total.vector();
    }

    private Amounts containers(boolean requests) {
        Amounts running = new Amounts();
        for (Tree container : spec.get("containers").items()) {
            running.add(effective(container, requests, true));
        }
        Amounts sidecars = new Amounts();
        Amounts initPeak = new Amounts();
        for (Tree container : spec.get("initContainers").items()) {
            boolean sidecar = container.get("restartPolicy").text("").equals("Always");
            Amounts own = effective(container, requests, sidecar);
            if (sidecar) {
                running.add(own);
                sidecars.add(own);
                initPeak.raiseTo(sidecars);
            } else {
                initPeak.raiseTo(own.add(sidecars));
            }
        }
        return running.raiseTo(initPeak);
    }

    private Amounts effective(Tree container, boolean requests, boolean resizable) {
        Tree resources = container.get("resources");
        Amounts wanted = Amounts.of(resources.get(requests ? "requests" : "limits"));
        if (requests && asWritten) {
            wanted.completeWith(Amounts.of(resources.get("limits")));
        }
        Tree actual = resizable ? containerStatuses.get(container.get("name").text("")) : null;
        return actual == null ? wanted : resized(wanted, actual, requests);
    }

    /** @param actual a container's status or the pod's: {@code resources} and {@code allocatedResources} */
    private Amounts resized(Amounts wanted, Tree actual, boolean requests) {
        Amounts effective = resizeInfeasible ? new Amounts() : wanted;
        effective.raiseTo(Amounts.of(actual.get("resources").get(requests ? "requests" : "limits")));
        if (requests) {
            effective.raiseTo(Amounts.of(actual.get("allocatedResources")));
        }
        return effective;
    }

    private void overrideWithPodLevel(Amounts total, boolean requests) {
        Tree resources = spec.get("resources");
        if (!resources.present()) {
            return;
        }
        Amounts wanted = Amounts.of(resources.get(requests ? "requests" : "limits"));
        if (requests && asWritten) {
            defaultPodLevelRequests(wanted, total, Amounts.of(resources.get("limits")));
        }
        Amounts effective = status.has("resources") ? resized(wanted.copy(), status, requests) : wanted;
        for (String resource : wanted.names()) {
            if (isPodLevel(resource)) {
                BigDecimal amount = effective.get(resource);
                total.set(resource, amount == null ? BigDecimal.ZERO : amount);
            }
        }
    }

    /** With limits for the pod, its absent requests are what the containers request, or else the limits. */
    private static void defaultPodLevelRequests(Amounts wanted, Amounts containers, Amounts limits) {
        for (String resource : limits.names()) {
            BigDecimal limit = limits.get(resource);
            if (limit != null && containers.get(resource) == null && wanted.get(resource) == null) {
                wanted.set(resource, limit);
            }
        }
    }

    private static boolean isPodLevel(String resource) {
        return POD_LEVEL.contains(resource) || resource.startsWith(ResourceVector.HUGE_PAGES_PREFIX);
    }
}
