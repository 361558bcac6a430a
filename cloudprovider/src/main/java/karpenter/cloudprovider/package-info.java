@NullMarked
package karpenter.cloudprovider;

import org.jspecify.annotations.NullMarked;
