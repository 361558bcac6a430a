package karpenter.app.fidelity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import karpenter.app.demo.ControllerProcess;
import karpenter.app.demo.ShippedManifests;
import karpenter.app.fidelity.FreeRunFigures.Promise;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.Pod;
import karpenter.kube.KubeConnection;
import karpenter.kube.watch.KubeClusterSource;
import karpenter.runtime.TimeSource;
import karpenter.testbed.ControlPlane;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lets the real scheduler loose on a plan: a control plane, pods that wait, the controller that buys nodes for all of them at
 * once; then kube-scheduler binds them in its own order, and what it left without a place is planned again.
 */
final class FreeRun {
    private static final Duration READY_DEADLINE = Duration.ofMinutes(2);

    /** Longer than anything that still moves takes to show, also while the scheduler looks at 10,000 pods in vain. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final Duration STOP_DEADLINE = Duration.ofSeconds(30);

    /** Twice what it has by default. Each node that joins has it look at all pods again; their events are not to take the machine. */
    private static final int SCHEDULER_QPS = 100;

    private static final String POOL = """
        apiVersion: karpenter.kwok.sh/v1alpha1
        kind: KWOKNodeClass
        metadata: {name: default}
        ---
        apiVersion: karpenter.sh/v1
        kind: NodePool
        metadata: {name: default}
        spec:
          template:
            spec:
              requirements:
                - {key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}
                - {key: kubernetes.io/arch, operator: In, values: [amd64]}
                - {key: kubernetes.io/os, operator: In, values: [linux]}
                - {key: karpenter.kwok.sh/instance-cpu, operator: Lt, values: ["33"]}
              nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
              expireAfter: Never
          disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: Never}
        """;

    private final int pods;
    private final boolean nominating;
    private final Consumer<String> log;
    private final ClusterState state = new ClusterState(TimeSource.system());
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int changes;

    private FreeRun(int pods, boolean nominating, Consumer<String> log) {
        this.pods = pods;
        this.nominating = nominating;
        this.log = log;
        state.listen(delta -> heard());
    }

    /**
     * Runs once.
     *
     * @param nominating whether the controller nominates pods to nodes
     * @param logs folder for the controller's log
     * @param log takes a line for each step
     */
    static FreeRunFigures run(int pods, boolean nominating, Path logs, Consumer<String> log)
            throws InterruptedException {
        return new FreeRun(pods, nominating, log).run(logs);
    }

    private FreeRunFigures run(Path logs) throws InterruptedException {
        try (ControlPlane controlPlane =
                        ControlPlane.start(ControlPlane.Options.defaults().withSchedulerQps(SCHEDULER_QPS));
                KubeConnection connection = KubeConnection.open(new KubeConnection.Settings(
                        controlPlane.kubeconfig().toString(), "karpenter-free-run", 200, 300));
                KubeClusterSource source = connection.clusterSource(List.of())) {
            ShippedManifests.apply(connection.manifests(), nominating);
            connection.manifests().apply(POOL);
            source.start(state::apply);
            FreeRunWorkload.of(pods).forEach(connection.manifests()::apply);
            await("judged", snapshot -> count(snapshot, Pod::unschedulable));
            Path file = logs.resolve("controller-" + (nominating ? "nominating" : "free") + ".log");
            List<String> settings = List.of("--log-level=debug", "--nominate-pods=" + nominating);
            long start = System.nanoTime();
            try (Controller controller = new Controller(
                    ControllerProcess.start(controlPlane.karpenterKubeconfig(), file, List.of(), settings))) {
                controller.process.awaitReady(READY_DEADLINE);
                await("bound", snapshot -> count(snapshot, Pod::bound));
                double seconds = (System.nanoTime() - start) / 1e9;
                return FreeRunFigures.of(nominating, state.snapshot(), promises(file), seconds);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the controller's log can't be read", e);
        }
    }

    private record Controller(ControllerProcess process) implements AutoCloseable {
        @Override
        public void close() {
            Process running = process.process();
            running.destroy();
            try {
                if (running.waitFor(STOP_DEADLINE)) {
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            running.destroyForcibly();
        }
    }

    private static int count(ClusterSnapshot snapshot, Predicate<Pod> such) {
        return (int) snapshot.pods().values().stream().filter(such).count();
    }

    private void heard() {
        lock.lock();
        try {
            changes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until all pods are so, or nothing has changed for a long time. */
    private void await(String what, ToIntFunction<ClusterSnapshot> count) throws InterruptedException {
        int most = -1;
        long since = System.nanoTime();
        while (true) {
            int seen = changes();
            int now = count.applyAsInt(state.snapshot());
            if (now > most) {
                most = now;
                since = System.nanoTime();
            }
            if (now >= pods || System.nanoTime() - since > PATIENCE.toNanos()) {
                log.accept(now + " of " + pods + " pods are " + what);
                return;
            }
            awaitChange(seen);
        }
    }

    private int changes() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    private void awaitChange(int seen) throws InterruptedException {
        lock.lock();
        try {
            // A burst of changes is looked at once.
            long left = TimeUnit.MILLISECONDS.toNanos(200);
            while (left > 0) {
                left = changed.awaitNanos(left);
            }
            left = TimeUnit.SECONDS.toNanos(1);
            while (changes == seen && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** What the controller's log says of its plans. */
    private static List<Promise> promises(Path log) throws IOException {
        List<Promise> promises = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            if (line.contains("promised pods their places")) {
                JsonNode places = JsonMapper.shared().readTree(line).path("places");
                for (Map.Entry<String, JsonNode> place : places.properties()) {
                    place.getValue().forEach(pod -> promises.add(new Promise(pod.asString(), place.getKey())));
                }
            }
        }
        return promises;
    }
}
