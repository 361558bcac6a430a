@NullMarked
package karpenter.controllers.nodeoverlay;

import org.jspecify.annotations.NullMarked;
