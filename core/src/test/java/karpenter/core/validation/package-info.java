/** Tests of what manifests may say. */
@NullMarked
package karpenter.core.validation;

import org.jspecify.annotations.NullMarked;
