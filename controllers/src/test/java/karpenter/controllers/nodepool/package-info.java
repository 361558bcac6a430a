/** Tests of what NodePools say about themselves. */
@NullMarked
package karpenter.controllers.nodepool;

import org.jspecify.annotations.NullMarked;
