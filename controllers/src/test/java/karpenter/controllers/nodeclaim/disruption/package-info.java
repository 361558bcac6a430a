@NullMarked
package karpenter.controllers.nodeclaim.disruption;

import org.jspecify.annotations.NullMarked;
