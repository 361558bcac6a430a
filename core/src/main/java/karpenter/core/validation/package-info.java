/**
 * What of a NodePool's labels, taints and requirements can't be accepted, and why, in words for a user. The CRD's schema refuses
 * most of it before; this is for what a schema can't say. Pure functions, any thread.
 */
@NullMarked
package karpenter.core.validation;

import org.jspecify.annotations.NullMarked;
