/** Flags and environment variables, named and parsed as upstream's. Immutable once read. */
@NullMarked
package karpenter.app.options;

import org.jspecify.annotations.NullMarked;
