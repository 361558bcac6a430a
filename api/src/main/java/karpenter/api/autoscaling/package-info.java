/** CapacityBuffer, group autoscaling.x-k8s.io/v1beta1: records in the shape of the CRD's YAML, which is the source of truth. Immutable, any thread. */
@NullMarked
package karpenter.api.autoscaling;

import org.jspecify.annotations.NullMarked;
