/** Tests of {@link karpenter.controllers.nomination}. */
@NullMarked
package karpenter.controllers.nomination;

import org.jspecify.annotations.NullMarked;
