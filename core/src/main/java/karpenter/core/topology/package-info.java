/**
 * What pods demand of each other: how evenly they spread, whose company they need and whose they can't stand. From the pods that
 * wait and those that run to counts per domain, and to the domain in which each pod that waits may be put. Knows labels and
 * domains, but neither machines nor prices; any thread, except that {@link karpenter.core.topology.DomainCounts} and
 * {@link karpenter.core.topology.Mates} belong to one pass.
 */
@NullMarked
package karpenter.core.topology;

import org.jspecify.annotations.NullMarked;
