@NullMarked
package karpenter.kube.http;

import org.jspecify.annotations.NullMarked;
