@NullMarked
package karpenter.core.lifecycle;

import org.jspecify.annotations.NullMarked;
