/** Judges NodeOverlays and puts those in force to use. */
@NullMarked
package karpenter.controllers.nodeoverlay;

import org.jspecify.annotations.NullMarked;
