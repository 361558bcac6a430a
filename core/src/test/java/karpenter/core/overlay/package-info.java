@NullMarked
package karpenter.core.overlay;

import org.jspecify.annotations.NullMarked;
