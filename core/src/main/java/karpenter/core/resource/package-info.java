/**
 * Amounts of resources: what pods ask for, what nodes have, what limits leave. Between the written quantities of the API and
 * the sums of the scheduler. Pure values, any thread; nothing overflows silently, nothing is a floating-point number.
 */
@NullMarked
package karpenter.core.resource;

import org.jspecify.annotations.NullMarked;
