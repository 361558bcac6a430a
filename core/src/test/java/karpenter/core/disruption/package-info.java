/** Tests of what may be disrupted and what should be. */
@NullMarked
package karpenter.core.disruption;

import org.jspecify.annotations.NullMarked;
