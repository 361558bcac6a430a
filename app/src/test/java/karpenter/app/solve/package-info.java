/** Tests of {@code karpenter solve}. */
@NullMarked
package karpenter.app.solve;

import org.jspecify.annotations.NullMarked;
