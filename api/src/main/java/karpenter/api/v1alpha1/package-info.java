/** NodeOverlay, group karpenter.sh/v1alpha1: records in the shape of the CRD's YAML, which is the source of truth. Immutable, any thread. */
@NullMarked
package karpenter.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
