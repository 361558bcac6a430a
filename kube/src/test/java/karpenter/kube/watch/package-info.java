@NullMarked
package karpenter.kube.watch;

import org.jspecify.annotations.NullMarked;
