package karpenter.app.solve;

import java.io.Console;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import karpenter.core.catalog.InstanceType;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingResult;
import karpenter.core.scheduling.SchedulingResult.EmptyPool;
import karpenter.provider.kwok.InstanceTypeFile;
import karpenter.provider.kwok.KwokInstanceTypes;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command line of {@link karpenter.app.solve}; answers to standard output, notes and problems to standard error. */
@Command(
        name = "solve",
        description = {
            "Says what would be launched for the given pods, with the scheduler that the controller uses. Needs no cluster.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Exit code: 0 when there is an answer, even if some pods have no place; 1 when the input is wrong.",
            "Example: karpenter solve --nodepool nodepool.yaml --pods deployments/"
        })
public final class SolveCommand implements Callable<Integer> {
    private static final int ANSWERED = 0;
    private static final int BAD_INPUT = 1;

    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;

    @Option(
            names = "--instance-types",
            paramLabel = "FILE",
            description =
                    "What can be bought, as JSON in the format of the KWOK provider. Without it, the built-in KWOK types.")
    private @Nullable String instanceTypes;

    @Option(
            names = "--nodepool",
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "NodePools, as manifests: a file, a folder, or - for standard input. May be repeated; NodePools among"
                            + " the --pods count too.")
    private List<String> nodePools = new ArrayList<>();

    @Option(
            names = "--pods",
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Pods and what makes pods (Deployment, StatefulSet, ReplicaSet, Job, DaemonSet), CapacityBuffers, and"
                            + " existing Nodes: a file, a folder, or - for standard input. May be repeated.")
    private List<String> pods = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "json|table",
            description = "Form of the answer. Without it, a table on a terminal and JSON elsewhere.")
    private @Nullable String output;

    @Option(
            names = "--deadline",
            paramLabel = "DURATION",
            description = "Longest time to solve, for example 30s; the answer is then what has been found, and says so."
                    + " Default: none.")
    private @Nullable String deadline;

    @Mixin
    private SchedulingArguments scheduling = new SchedulingArguments();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description =
                    "Seed for random choices. The scheduler makes none at present: equal input gives an equal answer.")
    private @Nullable String seed;

    @Option(names = "--explain", description = "Also say why each node is what it is, and what each pod is bound to.")
    private boolean explain;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this text.")
    @SuppressWarnings("UnusedVariable") // the command line sets it, and shows the text by itself
    private boolean help;

    /** Speaks on the standard streams. */
    public SolveCommand() {
        this(System.in, System.out, System.err, isTerminal());
    }

    @SuppressWarnings(
            "SystemConsoleNull") // JDK 25 went back to the console that is null without a terminal (JDK-8351435)
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /** @param terminal whether a person reads {@code out} */
    SolveCommand(InputStream in, PrintStream out, PrintStream err, boolean terminal) {
        this.in = in;
        this.out = out;
        this.err = err;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Problems problems = new Problems();
        SolveOptions options = SolveOptions.read(output, terminal, deadline, seed, problems);
        SchedulingArguments.Settings settings = scheduling.read(problems);
        List<InstanceType> types = types(problems);
        OfflineCluster cluster = new OfflineCluster(problems);
        ManifestFiles files = new ManifestFiles(in, problems);
        nodePools.forEach(path -> read(files, "--nodepool", path, cluster, problems));
        pods.forEach(path -> read(files, "--pods", path, cluster, problems));
        if (pods.isEmpty()) {
            problems.error("--pods: missing; name a file or folder with Pods or Deployments, or - for standard input");
        }
        SchedulingInput input = problems.any() ? null : cluster.input(types, instanceTypes == null, settings);
        if (input == null || problems.any()) {
            return refuse(problems);
        }
        SolveAnswer answer = solve(input, options.deadline());
        if (answer.result().partial()) {
            problems.note(
                    "--deadline: " + deadline + " was over before all pods had their turn; those without are among the "
                            + answer.result().rejections().size() + " pods without a place");
        }
        noteEmptyPools(answer.result(), problems);
        problems.notes().forEach(note -> err.println("note: " + note));
        Explanations explanations = explain ? new Explanations(input) : null;
        switch (options.form()) {
            case JSON -> out.println(JsonReport.of(answer, explanations));
            case TABLE -> {
                TableReport.of(answer).forEach(out::println);
                if (explanations != null) {
                    explanations.lines(answer).forEach(out::println);
                }
            }
        }
        out.flush();
        return ANSWERED;
    }

    private int refuse(Problems problems) {
        problems.notes().forEach(note -> err.println("note: " + note));
        problems.errors().forEach(error -> err.println("error: " + error));
        err.flush();
        return BAD_INPUT;
    }

    private List<InstanceType> types(Problems problems) {
        if (instanceTypes == null) {
            return KwokInstanceTypes.defaults();
        }
        Path path = Path.of(instanceTypes);
        if (!Files.exists(path)) {
            problems.error(
                    instanceTypes + ": no such file; correct --instance-types, or leave it out for the built-in types");
            return List.of();
        }
        return switch (InstanceTypeFile.read(path)) {
            case InstanceTypeFile.Result.Read(List<InstanceType> types) -> types;
            case InstanceTypeFile.Result.Unusable(List<String> found) -> {
                found.forEach(problems::error);
                yield List.of();
            }
        };
    }

    private static void read(
            ManifestFiles files, String option, String path, OfflineCluster cluster, Problems problems) {
        int before = problems.count();
        List<ManifestFile> read = files.read(option, path);
        ManifestReader reader = new ManifestReader(problems);
        int manifests = 0;
        for (ManifestFile file : read) {
            List<SourceManifest> found = reader.read(file);
            manifests += found.size();
            found.forEach(cluster::add);
        }
        if (!read.isEmpty() && manifests == 0 && problems.count() == before) {
            problems.error(path + ": no manifest in it; correct " + option);
        }
    }

    private static SolveAnswer solve(SchedulingInput input, @Nullable Duration atMost) {
        BooleanSupplier outOfTime = atMost == null ? () -> false : Deadline.after(atMost, System::nanoTime);
        long start = System.nanoTime();
        SchedulingResult result = karpenter.core.scheduling.Scheduler.schedule(input, outOfTime);
        return new SolveAnswer(input.pods().size(), result, Duration.ofNanos(System.nanoTime() - start));
    }

    private static void noteEmptyPools(SchedulingResult result, Problems problems) {
        for (EmptyPool empty : result.emptyPools()) {
            problems.note("NodePool/" + empty.pool().name() + ": no instance type meets its requirements"
                    + (empty.byMinValues() ? " with their minValues" : ""));
        }
    }
}
