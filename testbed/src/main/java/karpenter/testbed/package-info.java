@NullMarked
package karpenter.testbed;

import org.jspecify.annotations.NullMarked;
