/** What can be bought: instance types, their offerings and prices. Immutable, any thread. */
@NullMarked
package karpenter.core.catalog;

import org.jspecify.annotations.NullMarked;
