/** Tests of the controller runtime, and the clock that other modules' tests share. */
@NullMarked
package karpenter.runtime;

import org.jspecify.annotations.NullMarked;
