package karpenter.controllers.state;

import karpenter.api.KubernetesObject;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.WriteResult;

/** Writes through another writer and takes each answer into the image at once, so that the next decision knows of it. */
public final class ImageWriter<T extends KubernetesObject> implements ObjectWriter<T> {
    private final ObjectWriter<T> writer;
    private final ClusterState state;

    public ImageWriter(ObjectWriter<T> writer, ClusterState state) {
        this.writer = writer;
        this.state = state;
    }

    @Override
    public WriteResult<T> create(T object) {
        return taken(writer.create(object));
    }

    @Override
    public WriteResult<T> patch(T before, T after, Lock lock) {
        return taken(writer.patch(before, after, lock));
    }

    @Override
    public WriteResult<T> patchStatus(T before, T after, Lock lock) {
        return taken(writer.patchStatus(before, after, lock));
    }

    /** The image learns of a deletion from the watch only: the answer carries nothing new. */
    @Override
    public WriteResult<T> delete(T object) {
        return writer.delete(object);
    }

    private WriteResult<T> taken(WriteResult<T> result) {
        if (result instanceof WriteResult.Written<T>(T object)) {
            state.written(object);
        }
        return result;
    }
}
