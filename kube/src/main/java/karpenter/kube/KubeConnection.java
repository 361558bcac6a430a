package karpenter.kube;

import io.fabric8.kubernetes.client.Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import karpenter.api.KubernetesObject;
import karpenter.api.ResourceKind;
import karpenter.core.port.ObjectReader;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.PodEvictor;
import karpenter.core.port.PodNominator;
import karpenter.core.port.ScalableReader;
import karpenter.kube.decode.WatchDecoder;
import karpenter.kube.http.ApiAccess;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.ApiMetrics;
import karpenter.kube.http.Call;
import karpenter.kube.http.Reply;
import karpenter.kube.http.ResourcePath;
import karpenter.kube.watch.KubeClusterSource;
import karpenter.kube.watch.OptionalKind;
import karpenter.runtime.LeaderGate;
import karpenter.runtime.LeaseStore;
import karpenter.runtime.Metrics;
import karpenter.runtime.RateLimiter;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/** One API server and one account on it; everything that speaks to it comes from here. Any thread. */
public final class KubeConnection implements AutoCloseable {
    /** Events have a rate of their own, so that a storm of them never holds up a write; client-go's default rate. */
    private static final int EVENT_QPS = 50;

    private static final int EVENT_BURST = 100;
    private static final int CONCURRENT_EVENTS = 1;
    private static final int CONCURRENT_NOMINATIONS = 16;

    /**
     * Which API server, as whom, how fast.
     *
     * @param kubeconfig path of a kubeconfig file, whose current context counts; empty for the account of the pod this runs in
     * @param userAgent as the server's logs show it
     * @param qps requests a second over time, all kinds together
     * @param burst requests at once
     */
    public record Settings(String kubeconfig, String userAgent, int qps, int burst) {}

    private final Settings settings;
    private final ApiMetrics metrics;
    private final ApiClient api;
    private final String namespace;
    private final WatchDecoder decoder = new WatchDecoder();
    private @Nullable ApiClient leaseApi;

    private KubeConnection(Settings settings, ApiMetrics metrics, ApiClient api, String namespace) {
        this.settings = settings;
        this.metrics = metrics;
        this.api = api;
        this.namespace = namespace;
    }

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
        Config config = access(settings);
        ApiMetrics counted = new ApiMetrics(metrics);
        RateLimiter limiter = RateLimiter.of(TimeSource.system(), settings.qps(), settings.burst());
        String namespace = config.getNamespace();
        return new KubeConnection(
                settings,
                counted,
                ApiClient.of(config, settings.userAgent(), limiter, counted),
                namespace == null ? "" : namespace);
    }

    private static Config access(Settings settings) {
        return settings.kubeconfig().isEmpty()
                ? ApiAccess.inCluster(System.getenv(), ApiAccess.SERVICE_ACCOUNT)
                : ApiAccess.fromKubeconfig(Path.of(settings.kubeconfig()));
    }

    /** The API server's address. */
    public String server() {
        return api.server();
    }

    /**
     * The server's version, {@code v1.36.1} for example.
     *
     * @throws IllegalStateException when it doesn't say, with the reason
     */
    public String serverVersion() {
        return switch (api.call(Call.get("/version"), Duration.ofSeconds(10))) {
            case Reply.Answered answer
            when answer.ok() -> answer.json().path("gitVersion").asString("unknown");
            case Reply.Answered answer ->
                throw new IllegalStateException("API server " + api.server() + ": " + answer.message());
            case Reply.Failed(String message) ->
                throw new IllegalStateException("API server " + api.server() + ": " + message);
        };
    }

    /** The namespace of the pod this runs in, or of the kubeconfig's context; empty when there is none. */
    public String namespace() {
        return namespace;
    }

    /** Reads a kind that has an annotated record, or Nodes. */
    public <T extends KubernetesObject> ObjectReader<T> reader(ResourceKind<T> kind) {
        return new KubeObjectReader<>(api, kind, decoder);
    }

    /**
     * Writes a kind that has an annotated record, or Nodes.
     *
     * @param gate asked before each call; a call without leadership throws
     */
    public <T extends KubernetesObject> ObjectWriter<T> writer(ResourceKind<T> kind, LeaderGate gate) {
        return new KubeObjectWriter<>(api, kind, gate, decoder);
    }

    public ScalableReader scalables() {
        return new KubeScalableReader(api, decoder);
    }

    /** @param gate asked before each call; a call without leadership throws */
    public PodEvictor evictor(LeaderGate gate) {
        return new KubePodEvictor(api, gate);
    }

    /**
     * Nominates beside all other calls and within a rate of its own, as large as theirs: there may be thousands of pods, and claims and
     * nodes are not to wait for them.
     *
     * @param gate asked before each call; a call without leadership throws
     */
    public PodNominator nominator(LeaderGate gate) {
        RateLimiter own = RateLimiter.of(TimeSource.system(), settings.qps(), settings.burst());
        return new KubePodNominator(api.withLimit(own, CONCURRENT_NOMINATIONS), gate);
    }

    /** @param gate events are dropped without leadership */
    public KubeEventRecorder events(LeaderGate gate) {
        RateLimiter own = RateLimiter.of(TimeSource.system(), EVENT_QPS, EVENT_BURST);
        return new KubeEventRecorder(api.withLimit(own, CONCURRENT_EVENTS), gate, TimeSource.system());
    }

    /** A lease, over connections of its own and without a rate limit: whoever waits for a token loses the lease under load. */
    public LeaseStore leases(String leaseNamespace, String leaseName) {
        return new KubeLeaseStore(leaseApi(), leaseNamespace, leaseName);
    }

    private synchronized ApiClient leaseApi() {
        ApiClient existing = leaseApi;
        if (existing != null) {
            return existing;
        }
        ApiClient opened = ApiClient.of(
                access(settings), settings.userAgent() + "/leader-election", RateLimiter.unlimited(), metrics);
        leaseApi = opened;
        return opened;
    }

    /** As {@link #clusterSource(List, Set)} without any optional kind. */
    public KubeClusterSource clusterSource(List<NodeClassKind> nodeClasses) {
        return clusterSource(nodeClasses, Set.of());
    }

    /**
     * @param nodeClasses the kinds that NodePools may refer to
     * @param optional kinds that are watched besides those that always are
     */
    public KubeClusterSource clusterSource(List<NodeClassKind> nodeClasses, Set<OptionalKind> optional) {
        List<ResourcePath> paths = nodeClasses.stream()
                .map(kind -> new ResourcePath(kind.group(), kind.version(), kind.kind(), kind.plural(), false))
                .toList();
        return new KubeClusterSource(api, paths, optional, new Random());
    }

    public Manifests manifests() {
        return new Manifests(api);
    }

    /** Closes the connections; calls under way fail. */
    @Override
    public synchronized void close() {
        api.close();
        ApiClient leases = leaseApi;
        if (leases != null) {
            leases.close();
        }
    }
}
