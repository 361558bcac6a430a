package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.List;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;

/** The cheapest plan for a handful of pods that ask for amounts only: all ways to divide them into nodes are tried. */
final class TinyOptimum {
    private final List<InstanceType> types;
    private final List<Pod> pods;
    private double best = Double.POSITIVE_INFINITY;

    TinyOptimum(List<InstanceType> types, List<Pod> pods) {
        this.types = types;
        this.pods = pods;
    }

    double pricePerHourUsd() {
        divide(0, new ArrayList<>());
        return best;
    }

    private void divide(int next, List<ResourceVector> nodes) {
        if (next == pods.size()) {
            best = Math.min(best, nodes.stream().mapToDouble(this::cheapest).sum());
            return;
        }
        ResourceVector requests = pods.get(next).shape().requests();
        for (int i = 0; i <= nodes.size(); i++) {
            if (i == nodes.size()) {
                nodes.add(requests);
                divide(next + 1, nodes);
                nodes.removeLast();
            } else {
                ResourceVector before = nodes.get(i);
                nodes.set(i, before.plus(requests));
                divide(next + 1, nodes);
                nodes.set(i, before);
            }
        }
    }

    private double cheapest(ResourceVector requests) {
        return types.stream()
                .filter(type -> requests.fitsIn(type.allocatable()))
                .flatMap(type -> type.offerings().stream())
                .mapToDouble(Offering::pricePerHourUsd)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }
}
