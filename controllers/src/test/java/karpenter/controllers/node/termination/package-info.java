@NullMarked
package karpenter.controllers.node.termination;

import org.jspecify.annotations.NullMarked;
