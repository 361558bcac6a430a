/**
 * Which pods go where: onto machines that exist, onto machines that are still booting, and onto machines to be bought. From a
 * frozen snapshot and a catalogue to a {@link karpenter.core.scheduling.SchedulingResult}: plans, rejections with their
 * reasons, and the price. Pure functions, any thread; equal input gives equal output.
 */
@NullMarked
package karpenter.core.scheduling;

import org.jspecify.annotations.NullMarked;
