@NullMarked
package karpenter.provider.kwok;

import org.jspecify.annotations.NullMarked;
