@NullMarked
package karpenter.controllers.nodeclaim.lifecycle;

import org.jspecify.annotations.NullMarked;
