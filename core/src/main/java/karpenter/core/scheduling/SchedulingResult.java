package karpenter.core.scheduling;

import java.util.List;
import karpenter.api.v1.NodePool;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;

/**
 * The answer to a {@link SchedulingInput}: each of its pods is in exactly one placement, plan or rejection.
 *
 * @param placements pods on machines that exist or are booting, by machine name
 * @param plans nodes to buy
 * @param rejections pods that have no place, in the order of their keys
 * @param emptyPools pools of which no type is left once their own requirements are applied
 * @param bound what the plans must cost at least
 * @param partial whether the time was over before every pod had its turn; those pods are among the rejections
 */
public record SchedulingResult(
        List<Placement> placements,
        List<NodePlan> plans,
        List<PodRejection> rejections,
        List<EmptyPool> emptyPools,
        CostBound bound,
        boolean partial) {
    public SchedulingResult {
        placements = List.copyOf(placements);
        plans = List.copyOf(plans);
        rejections = List.copyOf(rejections);
        emptyPools = List.copyOf(emptyPools);
    }

    /** A complete answer of which no bound is known. */
    public SchedulingResult(
            List<Placement> placements,
            List<NodePlan> plans,
            List<PodRejection> rejections,
            List<EmptyPool> emptyPools) {
        this(placements, plans, rejections, emptyPools, CostBound.NONE, false);
    }

    /** Pods on a machine that needn't be bought. */
    public record Placement(NodeState machine, List<Pod> pods) {
        public Placement {
            pods = List.copyOf(pods);
        }
    }

    /** @param byMinValues whether types were left until minValues was applied */
    public record EmptyPool(NodePool pool, boolean byMinValues) {}

    /** What the plans cost together at the price of each one's cheapest offering. */
    public double pricePerHourUsd() {
        return plans.stream().mapToDouble(NodePlan::pricePerHourUsd).sum();
    }

    /** What the plans must cost at least, see {@link CostBound}; 0 when there are none. */
    public double lowerBoundPricePerHourUsd() {
        return bound.pricePerHourUsd();
    }

    /** How much more the plans cost than they must, as a share of the bound: 0.01 for 1 %; 0 when there is no bound. */
    public double gap() {
        return bound.pricePerHourUsd() > 0 ? Math.max(0, pricePerHourUsd() / bound.pricePerHourUsd() - 1) : 0;
    }
}
