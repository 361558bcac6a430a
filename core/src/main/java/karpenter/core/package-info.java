@NullMarked
package karpenter.core;

import org.jspecify.annotations.NullMarked;
