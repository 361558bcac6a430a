@NullMarked
package karpenter.controllers.node.hydration;

import org.jspecify.annotations.NullMarked;
