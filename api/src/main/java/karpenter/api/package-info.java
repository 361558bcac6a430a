@NullMarked
package karpenter.api;

import org.jspecify.annotations.NullMarked;
