package karpenter.core.port;

import java.util.List;
import karpenter.api.KubernetesObject;

/** Reads one kind straight from the API server, past the image; for the few decisions that must not work from a cache. */
public interface ObjectReader<T extends KubernetesObject> {
    ReadResult<T> get(String name);

    ReadResult<List<T>> list();

    /** What became of a read. */
    sealed interface ReadResult<R> {
        record Found<R>(R value) implements ReadResult<R> {}

        record NotFound<R>() implements ReadResult<R> {}

        record Unavailable<R>(String message) implements ReadResult<R> {}
    }
}
