/** Tests of what pods demand of each other. */
@NullMarked
package karpenter.core.topology;

import org.jspecify.annotations.NullMarked;
