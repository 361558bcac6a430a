/** Tests of the ways NodeClaims come and go. */
@NullMarked
package karpenter.controllers.launch;

import org.jspecify.annotations.NullMarked;
