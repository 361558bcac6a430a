/** KWOKNodeClass, group karpenter.kwok.sh/v1alpha1: records in the shape of the CRD's YAML, which is the source of truth. Immutable, any thread. */
@NullMarked
package karpenter.api.kwok;

import org.jspecify.annotations.NullMarked;
