@NullMarked
package karpenter.controllers.nodeclaim.consistency;

import org.jspecify.annotations.NullMarked;
