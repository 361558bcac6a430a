@NullMarked
package karpenter.controllers.nodeclaim.hydration;

import org.jspecify.annotations.NullMarked;
