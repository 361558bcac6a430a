package karpenter.app.controller;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.app.controller.ControllerCommand.StartFailure;
import karpenter.app.options.BuildVersion;
import karpenter.app.options.Options;
import karpenter.app.options.SchedulingFlags;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.Controllers;
import karpenter.controllers.state.ClusterState;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Node;
import karpenter.kube.KubeConnection;
import karpenter.kube.KubeEventRecorder;
import karpenter.kube.NodeClassKind;
import karpenter.kube.watch.KubeClusterSource;
import karpenter.kube.watch.OptionalKind;
import karpenter.provider.kwok.InstanceTypeFile;
import karpenter.provider.kwok.KwokCloudProvider;
import karpenter.provider.kwok.KwokInstanceTypes;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.ControllerHost;
import karpenter.runtime.LeaderElector;
import karpenter.runtime.LeaderGate;
import karpenter.runtime.Metrics;
import karpenter.runtime.ProbeServer;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root. Start: probes, watch, controllers, election; stop: controllers, election (the lease is given back),
 * events, probes. Nothing has an effect before the lease is held.
 */
final class ControllerProgram {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerProgram.class);
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(10);
    private static final NodeClassKind KWOK_NODE_CLASS = new NodeClassKind(
            KwokNodeClass.KIND.group(),
            KwokNodeClass.KIND.version(),
            KwokNodeClass.KIND.kind(),
            KwokNodeClass.KIND.plural());

    private final Options options;
    private final Map<String, String> environment;
    private final TimeSource time = TimeSource.system();
    private final Metrics metrics =
            Metrics.create().withProcessMetrics().withBuildInfo(BuildVersion.version(), BuildVersion.commit());
    private final LeaderGate gate;
    private final ControllerContext context;
    private final CountDownLatch over = new CountDownLatch(1);
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private volatile boolean lost;

    ControllerProgram(Options options, Map<String, String> environment) {
        this.options = options;
        this.environment = environment;
        this.gate = options.disableLeaderElection() ? LeaderGate.open() : new LeaderGate();
        this.context = new ControllerContext(time, metrics, gate);
    }

    /**
     * Runs until the process is asked to stop or the lease is lost.
     *
     * @return whether it ended because it was asked to
     */
    boolean run() {
        boolean orderly = false;
        try {
            orderly = runUntilOver();
            return orderly;
        } finally {
            ended.complete(orderly);
        }
    }

    private boolean runUntilOver() {
        List<InstanceType> types = instanceTypes();
        try (KubeConnection connection = connect();
                KubeEventRecorder events = connection.events(gate);
                KubeClusterSource source = connection.clusterSource(List.of(KWOK_NODE_CLASS), optionalKinds());
                ProbeServer probes = probes(source)) {
            if (options.enableProfiling()) {
                Profiles.addTo(probes);
            }
            ClusterState state = new ClusterState(time);
            ControllerHost host = new ControllerHost(controllers(connection, events, state, types));
            LeaderElector elector = options.disableLeaderElection() ? null : elector(connection);
            stopWithTheProcess();
            LOG.atInfo()
                    .addKeyValue("version", BuildVersion.version())
                    .addKeyValue("healthPort", probes.healthPort())
                    .addKeyValue("metricsPort", probes.metricsPort())
                    .log("Starting");
            host.start();
            source.start(state::apply);
            if (elector != null) {
                elector.start();
            }
            over.await();
            stop(host, elector);
            return !lost;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private List<InstanceType> instanceTypes() {
        String file = options.instanceTypesFilePath();
        if (file.isEmpty()) {
            return KwokInstanceTypes.defaults();
        }
        return switch (InstanceTypeFile.read(Path.of(file))) {
            case InstanceTypeFile.Result.Read(List<InstanceType> types) -> types;
            case InstanceTypeFile.Result.Unusable(List<String> problems) ->
                throw new StartFailure(String.join("; ", problems));
        };
    }

    private KubeConnection connect() {
        try {
            return KubeConnection.open(
                    new KubeConnection.Settings(
                            options.kubeconfig(),
                            "karpenter/" + BuildVersion.version(),
                            options.kubeClientQps(),
                            options.kubeClientBurst()),
                    metrics);
        } catch (IllegalArgumentException unusable) {
            throw new StartFailure(Objects.requireNonNullElse(unusable.getMessage(), unusable.toString()), unusable);
        }
    }

    private ProbeServer probes(KubeClusterSource source) {
        try {
            InetAddress address = options.bindAddress().isEmpty() ? null : InetAddress.getByName(options.bindAddress());
            return ProbeServer.start(
                    address, options.healthProbePort(), options.metricsPort(), metrics, source::readiness);
        } catch (UnknownHostException | UncheckedIOException taken) {
            throw new StartFailure(
                    "probes and metrics can't listen: " + taken.getMessage()
                            + "; free the port or set --bind-address, --health-probe-port, --metrics-port",
                    taken);
        }
    }

    private List<Controller<?>> controllers(
            KubeConnection connection, KubeEventRecorder events, ClusterState state, List<InstanceType> types) {
        CloudProvider provider = provider(connection, state, types);
        return Controllers.all(new Controllers.Parts(
                context,
                state,
                provider,
                connection.writer(NodePool.KIND, gate),
                connection.writer(NodeClaim.KIND, gate),
                connection.writer(Node.KIND, gate),
                connection.writer(NodeOverlay.KIND, gate),
                connection.writer(CapacityBuffer.KIND, gate),
                connection.reader(NodeClaim.KIND),
                connection.scalables(),
                connection.evictor(gate),
                options.nominatePods() ? connection.nominator(gate) : null,
                events,
                new SecureRandom(),
                settings()));
    }

    private CloudProvider provider(KubeConnection connection, ClusterState state, List<InstanceType> types) {
        return new KwokCloudProvider(
                types,
                connection.reader(Node.KIND),
                connection.writer(Node.KIND, gate),
                connection.reader(KwokNodeClass.KIND)::get,
                () -> state.snapshot().claims().values(),
                time,
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("kwok-", 0).factory()));
    }

    /** Those whose features are on. */
    private Set<OptionalKind> optionalKinds() {
        Set<OptionalKind> kinds = EnumSet.noneOf(OptionalKind.class);
        if (options.featureGates().nodeOverlay()) {
            kinds.add(OptionalKind.NODE_OVERLAYS);
        }
        if (!options.schedulerConfig().defaultConstraints().isEmpty()) {
            kinds.add(OptionalKind.WORKLOADS);
        }
        if (options.featureGates().capacityBuffer()) {
            kinds.add(OptionalKind.CAPACITY_BUFFERS);
            kinds.add(OptionalKind.POD_TEMPLATES);
        }
        return kinds;
    }

    private Controllers.Settings settings() {
        return new Controllers.Settings(
                options.batchIdleDuration(),
                options.batchMaxDuration(),
                options.cpuRequestsMilli(),
                SchedulingFlags.respectsPreferences(options.preferencePolicy()),
                SchedulingFlags.relaxesMinValues(options.minValuesPolicy()),
                options.ignoreDraRequests(),
                options.featureGates().nodeOverlay(),
                options.featureGates().capacityBuffer(),
                options.featureGates().nodeRepair(),
                !options.disableClusterStateObservability(),
                options.schedulerConfig().defaultConstraints(),
                options.packing(),
                options.nodeCostPerHourUsd());
    }

    private LeaderElector elector(KubeConnection connection) {
        String namespace = options.leaderElectionNamespace();
        if (namespace.isEmpty()) {
            namespace = environment.getOrDefault("SYSTEM_NAMESPACE", "");
        }
        if (namespace.isEmpty()) {
            namespace = connection.namespace();
        }
        if (namespace.isEmpty()) {
            throw new StartFailure("the namespace of the leader lease is not known outside a cluster;"
                    + " set --leader-election-namespace, or --disable-leader-election for a single replica");
        }
        String identity = hostName() + "_" + UUID.randomUUID();
        LeaderElector elector = new LeaderElector(
                LeaderElector.Config.withDefaults(options.leaderElectionName(), identity),
                connection.leases(namespace, options.leaderElectionName()),
                context);
        elector.ended().thenAccept(end -> {
            if (end instanceof LeaderElector.End.Lost(String reason)) {
                LOG.atError().addKeyValue("error", reason).log("leader election lost");
                lost = true;
            }
            over.countDown();
        });
        return elector;
    }

    private String hostName() {
        String name = environment.getOrDefault("HOSTNAME", "");
        if (!name.isEmpty()) {
            return name;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "karpenter";
        }
    }

    /**
     * SIGTERM ends the wait; the process stays until everything has stopped, and then ends with 0: the JVM's own code for a
     * signal, 143, counts as a failure with Kubernetes. The hook can't wait for the main thread itself, whose call of exit waits
     * for the hook.
     */
    private void stopWithTheProcess() {
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
                    boolean asked = over.getCount() > 0;
                    over.countDown();
                    boolean orderly = ended.completeOnTimeout(
                                    false, STOP_DEADLINE.multipliedBy(2).toMillis(), TimeUnit.MILLISECONDS)
                            .join();
                    if (asked && orderly) {
                        Runtime.getRuntime().halt(0);
                    }
                }));
    }

    private static void stop(ControllerHost host, @Nullable LeaderElector elector) throws InterruptedException {
        LOG.atInfo().log("Stopping");
        host.stop(STOP_DEADLINE);
        if (elector != null) {
            elector.stop(STOP_DEADLINE);
        }
    }
}
