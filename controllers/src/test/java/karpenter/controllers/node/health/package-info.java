@NullMarked
package karpenter.controllers.node.health;

import org.jspecify.annotations.NullMarked;
