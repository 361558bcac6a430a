package karpenter.core.port;

import org.jspecify.annotations.Nullable;

/** Tells which PersistentVolume a PersistentVolumeClaim is bound to. */
@FunctionalInterface
public interface PersistentVolumeLookup {
    /** The volume's name, or null when the claim is unknown or not bound. */
    @Nullable
    String volumeOf(String namespace, String claimName);
}
