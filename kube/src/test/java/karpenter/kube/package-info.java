@NullMarked
package karpenter.kube;

import org.jspecify.annotations.NullMarked;
