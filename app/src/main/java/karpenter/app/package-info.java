@NullMarked
package karpenter.app;

import org.jspecify.annotations.NullMarked;
