package karpenter.testbed;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A running Kubernetes control plane of one's own: etcd, kube-apiserver, kube-scheduler, kube-controller-manager and,
 * unless switched off, KWOK, which plays the kubelets of nodes annotated {@code kwok.x-k8s.io/node=fake}. It listens on
 * loopback only, on free ports, so that several can run side by side.
 *
 * <p>Methods may be called from any thread; calls that steer the control plane are carried out one after the other.
 */
public final class ControlPlane implements AutoCloseable {
    /** How long a component may take to come back or to go; seconds are usual. */
    private static final Duration ANSWER_DEADLINE = Duration.ofMinutes(2);

    /** {@code cluster} itself gives each component 5 s before it kills it. */
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(30);

    private final LineProcess cluster;
    private final boolean detached;
    private Map<String, String> ready = Map.of();

    /**
     * How a control plane is started.
     *
     * @param kwok whether KWOK runs too; without it, nodes are whatever the test makes of them
     * @param schedulerQps requests a second that kube-scheduler may make, and as many for events; it has 50 where it is left alone
     * @param dataDir folder for data, logs and kubeconfigs, missing or empty; null for a temporary one
     * @param keepData whether the data folder stays behind
     * @param startDeadline how long the start may take; 3 s are usual, more on a busy machine
     * @param detached whether it goes on running when this process ends without closing it
     */
    public record Options(
            boolean kwok,
            int schedulerQps,
            @Nullable Path dataDir,
            boolean keepData,
            Duration startDeadline,
            boolean detached) {
        /** Returns KWOK on, 1,000 requests a second, a temporary folder that is removed, two minutes, ends with this process. */
        public static Options defaults() {
            return new Options(true, 1000, null, false, Duration.ofMinutes(2), false);
        }

        public Options withKwok(boolean newKwok) {
            return new Options(newKwok, schedulerQps, dataDir, keepData, startDeadline, detached);
        }

        public Options withSchedulerQps(int newSchedulerQps) {
            return new Options(kwok, newSchedulerQps, dataDir, keepData, startDeadline, detached);
        }

        public Options withDataDir(Path newDataDir) {
            return new Options(kwok, schedulerQps, newDataDir, keepData, startDeadline, detached);
        }

        public Options withKeepData(boolean newKeepData) {
            return new Options(kwok, schedulerQps, dataDir, newKeepData, startDeadline, detached);
        }

        public Options withStartDeadline(Duration newStartDeadline) {
            return new Options(kwok, schedulerQps, dataDir, keepData, newStartDeadline, detached);
        }

        public Options withDetached(boolean newDetached) {
            return new Options(kwok, schedulerQps, dataDir, keepData, startDeadline, newDetached);
        }
    }

    private ControlPlane(LineProcess cluster, boolean detached) {
        this.cluster = cluster;
        this.detached = detached;
    }

    /**
     * Starts a control plane and returns when it is ready: the API server answers, scheduler, controller-manager and
     * KWOK are healthy, the default namespace has its service account.
     *
     * @throws IllegalStateException if the program is missing, or the control plane did not start in time; nothing of
     *     it is left then
     */
    public static ControlPlane start(Options options) {
        return start(ClusterBinary.find(), options);
    }

    static ControlPlane start(Path program, Options options) {
        List<String> command = new ArrayList<>(List.of(program.toString(), "start"));
        command.addAll(
                options.detached()
                        ? List.of("--detach-stdin")
                        : List.of(
                                "--parent-pid",
                                Long.toString(ProcessHandle.current().pid())));
        command.addAll(List.of(
                "--kwok=" + options.kwok(),
                "--scheduler-qps=" + options.schedulerQps(),
                "--keep-data=" + options.keepData()));
        if (options.dataDir() != null) {
            command.add("--data");
            command.add(options.dataDir().toAbsolutePath().toString());
        }
        ControlPlane controlPlane =
                new ControlPlane(LineProcess.start("the control plane", command), options.detached());
        try {
            controlPlane.ready = controlPlane.answer("start", options.startDeadline());
            controlPlane.kubeconfig(); // fails here rather than in a test when the line is not what it should be
            return controlPlane;
        } catch (RuntimeException | Error e) {
            controlPlane.close();
            throw e;
        }
    }

    /** Returns the kubeconfig of a cluster administrator. */
    public Path kubeconfig() {
        return Path.of(value("kubeconfig"));
    }

    /**
     * Returns the kubeconfig of {@code system:serviceaccount:kube-system:karpenter}, which has no rights before the
     * test applies the shipped ClusterRole.
     */
    public Path karpenterKubeconfig() {
        return Path.of(value("karpenterKubeconfig"));
    }

    /** Returns the API server's address. */
    public URI server() {
        return URI.create(value("server"));
    }

    /** Returns the folder of data, kubeconfigs and the components' logs ({@code logs/*.log}). */
    public Path dataDir() {
        return Path.of(value("dataDir"));
    }

    /** Returns how long the start took. */
    public Duration startDuration() {
        return Duration.ofMillis(Math.round(Double.parseDouble(value("startSeconds")) * 1000));
    }

    /**
     * Takes the API server away: connections are refused from now on. What the other components would do meanwhile, they
     * can't: they stop with it and start with it, as in a cluster where they lose their leases. Not for a detached control
     * plane, which takes no commands.
     *
     * @throws IllegalStateException if it is stopped already
     */
    public void stopApiServer() {
        send("stop kube-apiserver");
    }

    /**
     * Brings the API server back, on its old address with its old data, and returns when the control plane is as ready as
     * after {@link #start}.
     *
     * @throws IllegalStateException if it runs already or does not come back
     */
    public void startApiServer() {
        send("start kube-apiserver");
    }

    /** Returns the id of the process to end when a detached control plane is to stop: it stops all others. */
    public long pid() {
        return cluster.process().pid();
    }

    /** Returns whether the control plane still runs; it ends by itself when a component fails. */
    public boolean isAlive() {
        return cluster.process().isAlive();
    }

    /** Stops all processes and, unless they are to be kept, removes the data. Does nothing the second time. */
    @Override
    public synchronized void close() {
        Process process = cluster.process();
        List<ProcessHandle> children = process.descendants().toList();
        cluster.closeInput(); // the request to stop
        if (detached) {
            process.destroy(); // it does not read its input
        }
        boolean interrupted = false;
        try {
            if (process.waitFor(CLOSE_DEADLINE)) {
                return;
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void send(String command) {
        cluster.send(command);
        answer(command, ANSWER_DEADLINE);
    }

    private Map<String, String> answer(String command, Duration deadline) {
        Map<String, String> answer = AnswerLine.parse(cluster.answer(command, deadline));
        String error = answer.get("error");
        if (error != null) {
            throw new IllegalStateException("\"" + command + "\" failed: " + error);
        }
        return answer;
    }

    private String value(String name) {
        return Objects.requireNonNull(ready.get(name), () -> "cluster did not say its " + name + ", but " + ready);
    }
}
