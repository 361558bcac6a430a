/** Log lines as JSON with upstream's field names. */
@NullMarked
package karpenter.app.logging;

import org.jspecify.annotations.NullMarked;
