package karpenter.core.cluster;

import org.jspecify.annotations.Nullable;

/**
 * A PersistentVolumeClaim, compact.
 *
 * @param volumeName the PersistentVolume it is bound to or about to be bound to, null for none
 * @param bindCompleted whether the volume controller has confirmed the binding ({@code pv.kubernetes.io/bind-completed})
 * @param storageClassName null for the default class, empty for no class at all
 * @param lost whether its volume is gone (phase Lost)
 * @param deleting whether it is being deleted
 * @param readWriteOncePod whether only one pod may use it at a time
 * @param controllerUid the pod that a generic ephemeral volume belongs to, null for a claim without a controller
 */
public record PersistentVolumeClaim(
        PodKey key,
        @Nullable String volumeName,
        boolean bindCompleted,
        @Nullable String storageClassName,
        boolean lost,
        boolean deleting,
        boolean readWriteOncePod,
        @Nullable String controllerUid) {}
