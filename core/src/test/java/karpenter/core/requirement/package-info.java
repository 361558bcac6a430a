@NullMarked
package karpenter.core.requirement;

import org.jspecify.annotations.NullMarked;
