/**
 * What happens to a NodeClaim and its Node from launch to end, as transitions: from the objects as they are stored to the
 * objects as they shall be, with the reason when nothing is to be done yet. From the watch to the write; who calls and writes
 * are the controllers. Pure: the time is an argument, and the same arguments give the same answer. Threads: any.
 */
@NullMarked
package karpenter.core.lifecycle;

import org.jspecify.annotations.NullMarked;
