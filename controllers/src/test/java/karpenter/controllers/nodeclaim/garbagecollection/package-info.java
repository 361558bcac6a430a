@NullMarked
package karpenter.controllers.nodeclaim.garbagecollection;

import org.jspecify.annotations.NullMarked;
