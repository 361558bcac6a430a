@NullMarked
package karpenter.runtime;

import org.jspecify.annotations.NullMarked;
