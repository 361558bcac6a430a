/**
 * The objects users write and the controller answers in: labels, metadata, conditions, quantities and durations shared by
 * all kinds. First station of the line: everything else speaks in these terms. Records are immutable; lists and maps are
 * unmodifiable copies. No thread, no I/O.
 */
@NullMarked
package karpenter.api;

import org.jspecify.annotations.NullMarked;
