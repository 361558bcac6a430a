package karpenter.kube;

import java.util.List;
import karpenter.api.KubernetesObject;
import karpenter.api.ResourceKind;
import karpenter.core.port.ObjectReader;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.PodEvictor;
import karpenter.runtime.LeaderGate;
import karpenter.runtime.LeaseStore;
import karpenter.runtime.Metrics;
import org.jspecify.annotations.Nullable;

/** One API server and one account on it; everything that speaks to it comes from here. */
@SuppressWarnings({"DoNotCallSuggester", "ObjectToString"}) // bodies follow
public final class KubeConnection implements AutoCloseable {
    /**
     * Which API server, as whom, how fast.
     *
     * @param kubeconfig path of a kubeconfig file, whose current context counts; empty for the account of the pod this runs in
     * @param userAgent as the server's logs show it
     * @param qps requests a second over time, all kinds together
     * @param burst requests at once
     */
    public record Settings(String kubeconfig, String userAgent, int qps, int burst) {}

    private KubeConnection() {}

    /** Opens without metrics. */
    public static KubeConnection open(Settings settings) {
        return open(settings, null);
    }

    /**
     * Reads the account; the server is asked nothing yet.
     *
     * @throws IllegalArgumentException naming file, field and cure
     */
    public static KubeConnection open(Settings settings, @Nullable Metrics metrics) {
        throw new UnsupportedOperationException(settings + " " + metrics);
    }

    /** The server's version, {@code v1.36.1} for example. */
    public String serverVersion() {
        throw new UnsupportedOperationException();
    }

    /** The namespace of the pod this runs in, or of the kubeconfig's context; empty when there is none. */
    public String namespace() {
        throw new UnsupportedOperationException();
    }

    public <T extends KubernetesObject> ObjectReader<T> reader(ResourceKind<T> kind) {
        throw new UnsupportedOperationException(kind.plural());
    }

    public <T extends KubernetesObject> ObjectWriter<T> writer(ResourceKind<T> kind, LeaderGate gate) {
        throw new UnsupportedOperationException(kind.plural() + gate);
    }

    public PodEvictor evictor(LeaderGate gate) {
        throw new UnsupportedOperationException(gate.toString());
    }

    public KubeEventRecorder events(LeaderGate gate) {
        throw new UnsupportedOperationException(gate.toString());
    }

    public LeaseStore leases(String namespace, String name) {
        throw new UnsupportedOperationException(namespace + name);
    }

    public KubeClusterSource clusterSource(List<NodeClassKind> nodeClasses) {
        throw new UnsupportedOperationException(nodeClasses.toString());
    }

    public Manifests manifests() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
