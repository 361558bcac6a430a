package karpenter.app.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import karpenter.api.v1.NodeClaim;
import karpenter.app.demo.Figures.Figure;
import karpenter.core.cluster.Node;
import karpenter.core.port.ClusterSource;
import karpenter.testbed.ControlPlane;
import org.jspecify.annotations.Nullable;

/**
 * One demo from an empty machine to an empty machine: sets up the cluster and the controller, has the story told, and undoes
 * everything in reverse, whether the story came to its end, failed or was broken off.
 */
final class DemoRun {
    private static final Duration CONTROLLER_DEADLINE = Duration.ofSeconds(60);
    private static final Duration REMOVAL_DEADLINE = Duration.ofSeconds(90);
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(200);

    static final int BROKEN_OFF = 130;

    private final DemoOptions options;
    private final Display display;
    private final KeptDemo kept;
    private final Teardown teardown;
    private final Figures figures = new Figures();
    private final Story story = new Story(Installation.NODE_POOL, Workload::owns, System::nanoTime);
    private @Nullable Site site;
    private @Nullable ControllerProcess controller;
    private AutoCloseable controllerStop = () -> {};
    private @Nullable String failedStep;

    DemoRun(DemoOptions options, Display display, KeptDemo kept) {
        this.options = options;
        this.display = display;
        this.kept = kept;
        this.teardown = new Teardown(display::say);
    }

    /** What was measured, as one line of JSON. */
    String json() {
        return figures.toJson(failedStep);
    }

    /**
     * Plays it all.
     *
     * @return the exit code: 0 when everything happened, 1 when something did not, 130 when it was broken off
     */
    int run() {
        teardown.guard();
        try (teardown) {
            LogFolder folder = teardown.add("remove the logs", LogFolder.create());
            try {
                play(folder);
                checkFigures();
                return 0;
            } catch (InterruptedException brokenOff) {
                return brokenOff();
            } catch (RuntimeException failure) {
                return teardown.interrupted() ? brokenOff() : failed(failure, folder);
            }
        }
    }

    private void checkFigures() {
        List<String> missing = options.startOnly() ? List.of() : figures.missing(!options.keep());
        if (!missing.isEmpty()) {
            throw new DemoFailure("sum up", "every figure of the story", "missing: " + missing);
        }
    }

    private int brokenOff() {
        failedStep = "broken off";
        display.say("broken off; cleaning up");
        return BROKEN_OFF;
    }

    private int failed(RuntimeException failure, LogFolder folder) {
        failedStep = failure instanceof DemoFailure known ? known.step() : "set up";
        StringBuilder report = new StringBuilder(String.valueOf(failure.getMessage()));
        if (!(failure instanceof DemoFailure)) {
            report.insert(0, "failed: ");
        }
        if (controller != null) {
            report.append("\n  the controller's last lines:\n    ")
                    .append(controller.tail().replace("\n", "\n    "));
        }
        folder.keep();
        Path siteLogs = site == null ? null : site.logs();
        if (siteLogs != null) {
            folder.add(siteLogs);
        }
        report.append("\n  logs: ").append(folder.path());
        display.print(report.toString());
        return 1;
    }

    private void play(LogFolder logs) throws InterruptedException {
        Path folder = logs.path();
        if (kept.exists()) {
            display.say("ending the cluster that an earlier demo left running");
            kept.end();
        }
        Site stage = step("find or start a cluster", "an API server", () -> open(folder));
        DemoCluster cluster =
                teardown.add("close the connection to the cluster", KubeDemoCluster.open(stage.kubeconfig()));
        Installation installation = new Installation(cluster, stage.shared());
        if (stage.shared()) {
            teardown.add("remove what was installed", installation);
        }
        Workload workload = new Workload(options.replicas(), options.cpu(), options.memory(), stage.shared());
        step("prepare the cluster", "CRDs, RBAC, KWOKNodeClass and NodePool in place", () -> {
            List<Document> documents = Installation.manifests(stage.shared(), options.training());
            installation.check(workload.deployment());
            documents.forEach(installation::check);
            stage.prepare(cluster);
            documents.forEach(installation::add);
            display.say("CRDs, RBAC, KWOKNodeClass and NodePool are in place");
            return stage;
        });
        ControllerProcess running = startController(stage, cluster, folder);
        if (options.startOnly()) {
            return;
        }
        ClusterSource source = teardown.add("end the watch", cluster.watch());
        source.start(story);
        if (stage.shared()) {
            teardown.add("remove the nodes", () -> removeNodes(cluster, installation, workload));
        }
        StoryTeller teller = new StoryTeller(
                cluster, installation, running, story, display, figures, System::nanoTime, this::trouble);
        teller.prologue();
        teller.podsCome(workload);
        if (options.idle().isPositive()) {
            teller.timePasses(options.idle());
        }
        if (!options.keep()) {
            teller.podsGo(workload);
        }
        if (options.training()) {
            // The pods of the story ask for little. These go with the cluster.
            teller.othersCome(Document.shipped("training.yaml"));
        }
        figures.put(Figure.PEAK_RSS, running.peakRssMib());
        display.print(figures.summary(options.replicas()));
        if (options.keep()) {
            keep(stage, running, logs);
        }
    }

    private Site open(Path folder) {
        Path kubeconfig = options.kubeconfig();
        if (kubeconfig != null) {
            display.say("using the cluster of " + kubeconfig);
            site = teardown.add("stop KWOK", new Site.Existing(kubeconfig, folder, options.realNodesAreFine()));
            return site;
        }
        ControlPlane controlPlane =
                ControlPlane.start(ControlPlane.Options.defaults().withDetached(options.keep()));
        site = teardown.add("stop the control plane", new Site.TestBed(controlPlane));
        display.say(String.format(
                Locale.ROOT,
                "a control plane runs: etcd, kube-apiserver, scheduler, controller-manager, KWOK (%.1f s)",
                controlPlane.startDuration().toMillis() / 1000.0));
        return site;
    }

    private ControllerProcess startController(Site stage, DemoCluster cluster, Path folder)
            throws InterruptedException {
        String expected = "/readyz answers 200 within " + CONTROLLER_DEADLINE.toSeconds() + " s";
        return step("controller becomes ready", expected, () -> {
            ControllerProcess running = ControllerProcess.start(
                    stage.controllerKubeconfig(cluster), folder.resolve("controller.log"), options.trainingFlags());
            controller = running;
            // Broken off, a control plane of the demo's own is going too: nothing is left to be in order.
            controllerStop =
                    teardown.add("stop the controller", () -> running.stop(teardown.interrupted() && !stage.shared()));
            double seconds = running.awaitReady(CONTROLLER_DEADLINE).toMillis() / 1000.0;
            figures.put(Figure.CONTROLLER_READY, seconds);
            display.say(String.format(
                    Locale.ROOT, "the controller is ready (%.2f s), bound to its shipped rights", seconds));
            figures.put(Figure.PEAK_RSS, running.peakRssMib());
            return running;
        });
    }

    private static <T> T step(String name, String expected, Callable<T> action) throws InterruptedException {
        try {
            return action.call();
        } catch (InterruptedException | DemoFailure e) {
            throw e;
        } catch (Exception e) {
            throw new DemoFailure(name, expected, String.valueOf(e.getMessage()));
        }
    }

    private @Nullable String trouble() {
        if (controller != null && !controller.alive()) {
            return "the controller has ended";
        }
        return site == null ? null : site.trouble();
    }

    private void keep(Site stage, ControllerProcess running, LogFolder logs) {
        if (!(stage instanceof Site.TestBed(ControlPlane controlPlane))) {
            throw new IllegalStateException("only a control plane of the demo's own can be kept");
        }
        kept.remember(stage.kubeconfig(), logs.path(), List.of(running.pid(), controlPlane.pid()));
        logs.keep();
        teardown.forget(stage);
        teardown.forget(controllerStop);
        display.print("""
                The cluster and the controller go on running.
                  kubeconfig:                      %s
                  look at it:                      ./x kubectl get nodes,nodeclaims
                  delete the pods, see nodes go:   ./x kubectl delete deploy nginx
                  the controller's log:            %s
                  end it:                          ./x demo --stop""".formatted(kept.kubeconfig(), running.log()));
    }

    /**
     * In a cluster that lives on: deletes pool and NodeClaims and waits until the controller has taken the nodes away. What is
     * left then is removed by hand, since nobody else would.
     */
    private void removeNodes(DemoCluster cluster, Installation installation, Workload workload)
            throws InterruptedException {
        installation.remove(workload.deployment());
        Installation.manifests(true, false).stream()
                .filter(document -> document.kind().equals("NodePool"))
                .forEach(installation::remove);
        long deadlineNanos = System.nanoTime() + REMOVAL_DEADLINE.toNanos();
        while (!story.nodesGone() && trouble() == null && System.nanoTime() < deadlineNanos) {
            story.awaitAfter(story.events(), LOOK_INTERVAL);
        }
        for (NodeClaim claim : story.claims()) {
            cluster.wipe(claim);
        }
        for (Node node : story.nodes()) {
            cluster.wipe(node);
        }
    }
}
