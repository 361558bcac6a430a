package karpenter.core.port;

import karpenter.api.KubernetesObject;

/**
 * Writes one kind. Patches are JSON merge patches of the difference between two versions, so that fields this program does
 * not know survive.
 */
public interface ObjectWriter<T extends KubernetesObject> {
    /** Creates with {@code metadata.name}, or with a name the server generates from {@code generateName}. */
    WriteResult<T> create(T object);

    /** Patches metadata and spec. No difference makes no request and answers {@code Written(after)}. */
    WriteResult<T> patch(T before, T after, Lock lock);

    /** Patches the status subresource. No difference makes no request and answers {@code Written(after)}. */
    WriteResult<T> patchStatus(T before, T after, Lock lock);

    /** Asks for deletion of exactly the object with this uid; finalizers may hold it. {@code Written} carries nothing new. */
    WriteResult<T> delete(T object);

    /** Whether a patch insists on the version it was computed from. */
    enum Lock {
        /** Fails with a conflict when the object has changed since; for lists, which a merge patch replaces whole. */
        RESOURCE_VERSION,
        /** Last writer wins per field. */
        NONE
    }
}
