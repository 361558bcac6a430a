package karpenter.app.demo;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import karpenter.api.Quantity;
import karpenter.app.logging.Logging;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code karpenter demo}. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Shows Karpenter at work: starts a control plane of its own and the controller, creates a Deployment whose pods",
            "fit nowhere, watches nodes come and pods run, deletes it and watches the nodes go. Measures all of it.",
            "Exit code 0: everything happened; 1: something did not, or the arguments are wrong; 130: broken off."
        },
        sortOptions = false)
public final class DemoCommand implements Callable<Integer> {
    private static final int MOST_REPLICAS = 20_000;
    private static final int LONGEST_IDLE_SECONDS = 3600;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--replicas",
            paramLabel = "N",
            defaultValue = "200",
            description = "How many pods (${DEFAULT-VALUE})")
    private int replicas;

    @Option(
            names = "--cpu",
            paramLabel = "QUANTITY",
            defaultValue = "",
            description = "CPU that each pod requests, as 500m (nothing)")
    private String cpu = "";

    @Option(
            names = "--memory",
            paramLabel = "QUANTITY",
            defaultValue = "",
            description = "Memory that each pod requests, as 1Gi (nothing)")
    private String memory = "";

    @Option(
            names = "--keep",
            description = {
                "Stop after the pods run, and leave the control plane, the controller, pods and nodes running for",
                "./x kubectl. The next demo ends them, or --stop"
            })
    private boolean keep;

    @Option(names = "--stop", description = "End what --keep left running, and do nothing else")
    private boolean stop;

    @Option(names = "--fast", description = "./x: don't look whether the build is up to date")
    @SuppressWarnings("UnusedVariable") // ./x reads it; it is here so that --help tells of it
    private boolean fast;

    @Option(
            names = "--json",
            description = "Print the figures as the last line of standard output; all else goes to standard error")
    private boolean json;

    @Option(
            names = "--idle",
            paramLabel = "SECONDS",
            defaultValue = "0",
            description = "Measure the idle controller's CPU time this long, from 60 s after the last pod is Ready")
    private int idleSeconds;

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = {
                "Use the current context's cluster instead of a control plane of its own, with KWOK beside it. The cluster",
                "must be without Karpenter; only what the demo made is removed"
            })
    private @Nullable Path kubeconfig;

    @Option(names = "--yes", description = "With --kubeconfig: the cluster may have nodes of its own")
    private boolean yes;

    @Option(names = "--start-only", hidden = true, description = "End as soon as the controller is ready")
    private boolean startOnly;

    @Override
    public Integer call() throws InterruptedException {
        check();
        Logging.silence();
        PrintStream people = json ? Terminal.err() : Terminal.out();
        boolean live = Terminal.canRedraw();
        Display display = new Display(people, live, live ? Terminal.columns() : 0, System::nanoTime);
        KeptDemo kept = KeptDemo.atUsualPlace();
        if (stop) {
            int ended = kept.end();
            display.print(ended == 0 ? "no demo was left running" : "ended");
            return 0;
        }
        DemoRun run = new DemoRun(
                new DemoOptions(
                        replicas,
                        cpu,
                        memory,
                        kubeconfig,
                        yes,
                        keep,
                        json,
                        Duration.ofSeconds(idleSeconds),
                        startOnly,
                        List.of()),
                display,
                kept);
        int code = run.run();
        if (json) {
            PrintStream machines = Terminal.out();
            machines.println(run.json());
            machines.flush();
        }
        return code;
    }

    private void check() {
        if (replicas < 1 || replicas > MOST_REPLICAS) {
            throw wrong("--replicas: " + replicas + " is not within 1 and " + MOST_REPLICAS);
        }
        checkQuantity("--cpu", cpu);
        checkQuantity("--memory", memory);
        if (idleSeconds < 0 || idleSeconds > LONGEST_IDLE_SECONDS) {
            throw wrong("--idle: " + idleSeconds + " is not within 0 and " + LONGEST_IDLE_SECONDS + " seconds");
        }
        if (kubeconfig != null && !Files.isReadable(kubeconfig)) {
            throw wrong("--kubeconfig: no file " + kubeconfig + " that can be read");
        }
        if (keep && kubeconfig != null) {
            throw wrong("--keep leaves a control plane of the demo's own running and can't be used with --kubeconfig");
        }
    }

    private void checkQuantity(String option, String text) {
        if (text.isEmpty()) {
            return;
        }
        try {
            if (Quantity.parse(text).amount().signum() < 0) {
                throw wrong(option + ": \"" + text + "\" is negative");
            }
        } catch (IllegalArgumentException malformed) {
            throw wrong(option + ": " + malformed.getMessage());
        }
    }

    private CommandLine.ParameterException wrong(String message) {
        if (spec == null) {
            throw new IllegalStateException("not run by picocli: " + message);
        }
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
