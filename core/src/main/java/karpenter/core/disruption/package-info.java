/**
 * Which nodes may be disrupted, and which should be: budgets and their schedules, candidates and what blocks them, emptiness,
 * and the check of a decided command against a newer image. From a frozen snapshot to a {@link
 * karpenter.core.disruption.DisruptionCommand}, or to the reasons why there is none. Pure functions, any thread; the time is
 * an argument, and equal input gives equal output.
 */
@NullMarked
package karpenter.core.disruption;

import org.jspecify.annotations.NullMarked;
