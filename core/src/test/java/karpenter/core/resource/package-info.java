@NullMarked
package karpenter.core.resource;

import org.jspecify.annotations.NullMarked;
