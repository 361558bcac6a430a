package karpenter.kube;

import karpenter.core.port.EventRecorder;

/** Publishes events from a thread of its own. */
@SuppressWarnings({"DoNotCallSuggester", "ObjectToString"}) // bodies follow
public final class KubeEventRecorder implements EventRecorder, AutoCloseable {
    KubeEventRecorder() {}

    @Override
    public void publish(Event event) {
        throw new UnsupportedOperationException(event.reason());
    }

    @Override
    public void close() {}
}
