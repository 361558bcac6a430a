/** Tests of voluntary disruption in a world in memory. */
@NullMarked
package karpenter.controllers.disruption;

import org.jspecify.annotations.NullMarked;
