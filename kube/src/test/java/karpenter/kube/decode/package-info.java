@NullMarked
package karpenter.kube.decode;

import org.jspecify.annotations.NullMarked;
