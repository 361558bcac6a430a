package karpenter.core.scheduling;

import java.util.List;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.Pod;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;

/**
 * One node to buy.
 *
 * @param requirements what its claim asks for: the pool's and its template labels', narrowed by the pods; with the instance
 *     types as {@code In} and the capacity types that have an available offering
 * @param instanceTypes those that hold all the pods, cheapest first
 * @param cheapest the cheapest available offering of the first type that the requirements allow
 * @param requests what the pods and the least DaemonSet overhead ask for together, {@code pods} included
 * @param pods planned onto it, never empty
 * @param minValuesRelaxed whether a minValues was lowered
 */
public record NodePlan(
        NodePool pool,
        String nodeClassLabelKey,
        Requirements requirements,
        List<InstanceType> instanceTypes,
        Offering cheapest,
        ResourceVector requests,
        List<Pod> pods,
        boolean minValuesRelaxed) {
    public NodePlan {
        instanceTypes = List.copyOf(instanceTypes);
        pods = List.copyOf(pods);
    }

    /** The same node for other pods. */
    NodePlan withPods(List<Pod> others) {
        return new NodePlan(
                pool, nodeClassLabelKey, requirements, instanceTypes, cheapest, requests, others, minValuesRelaxed);
    }

    /** Of the cheapest available offering. */
    public double pricePerHourUsd() {
        return cheapest.pricePerHourUsd();
    }
}
