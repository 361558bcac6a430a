/** Tests of the scheduler: one by one for each rule, and against an independent checker on random problems. */
@NullMarked
package karpenter.core.scheduling;

import org.jspecify.annotations.NullMarked;
