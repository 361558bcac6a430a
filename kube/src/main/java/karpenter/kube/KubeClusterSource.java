package karpenter.kube;

import java.util.function.Consumer;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.port.ClusterSource;
import karpenter.runtime.Readiness;

/** Watches every kind that decisions look at. */
@SuppressWarnings({"DoNotCallSuggester", "ObjectToString"}) // bodies follow
public final class KubeClusterSource implements ClusterSource {
    KubeClusterSource() {}

    @Override
    public void start(Consumer<ClusterDelta> sink) {
        throw new UnsupportedOperationException();
    }

    /** Ready when the first list of every kind is delivered, else which are missing and why. */
    public Readiness readiness() {
        return Readiness.notReady("nothing is listed yet");
    }

    @Override
    public void close() {}
}
