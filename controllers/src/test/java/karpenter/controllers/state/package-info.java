/** Tests of the shared image and what goes with it. */
@NullMarked
package karpenter.controllers.state;

import org.jspecify.annotations.NullMarked;
