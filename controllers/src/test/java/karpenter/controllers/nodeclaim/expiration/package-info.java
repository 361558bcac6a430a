@NullMarked
package karpenter.controllers.nodeclaim.expiration;

import org.jspecify.annotations.NullMarked;
