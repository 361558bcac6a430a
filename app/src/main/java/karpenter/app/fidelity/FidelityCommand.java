package karpenter.app.fidelity;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import karpenter.app.fidelity.FidelityRun.Summary;
import karpenter.testbed.SchedulerOracle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code karpenter fidelity}: how far the scheduler agrees with kube-scheduler. */
@Command(
        name = "fidelity",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Holds plans for random clusters against kube-scheduler's own filters (needs the test bed).",
        footer = {"", "Exit code: 0 when they agree about every pod, else 1."})
public final class FidelityCommand implements Callable<Integer> {
    @Option(names = "--pods", paramLabel = "N", description = "How many pods to check at least (default: 100000).")
    private long pods = 100_000;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the first case (default: 1).")
    private long seed = 1;

    @Option(names = "--workers", paramLabel = "N", description = "Threads, each with an oracle (default: one a core).")
    private int workers = Runtime.getRuntime().availableProcessors();

    @Option(names = "--without", split = ",", paramLabel = "FEATURE", description = "Features to leave out.")
    private List<Feature> without = new ArrayList<>();

    @Option(names = "--failures", paramLabel = "DIR", description = "Where to put cases that fail, made small.")
    private @Nullable Path failures;

    @Option(names = "--replay", arity = "1..*", paramLabel = "FILE", description = "Check these cases only.")
    private List<Path> replay = new ArrayList<>();

    @Option(
            names = "--free-run",
            paramLabel = "N",
            description = "Instead, let kube-scheduler bind N pods after a plan, without and with nominations.")
    private int freeRun;

    @Option(names = "--json", description = "End with the figures as JSON in one line.")
    private boolean json;

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    @Override
    public Integer call() throws InterruptedException, IOException {
        if (!replay.isEmpty()) {
            return replayed();
        }
        if (freeRun > 0) {
            return ranFreely();
        }
        Set<Feature> allowed = EnumSet.allOf(Feature.class);
        without.forEach(allowed::remove);
        Summary summary =
                FidelityRun.run(new FidelityRun.Options(seed, pods, workers, allowed, failures), out::println);
        print(summary);
        if (json) {
            out.println(json(summary));
        }
        return summary.disagreeing() == 0 ? 0 : 1;
    }

    private int replayed() throws IOException {
        int code = 0;
        try (SchedulerOracle oracle = SchedulerOracle.start()) {
            for (Path file : replay) {
                Outcome outcome = CaseCheck.check(FidelityCase.parse(Files.readString(file)), oracle);
                out.println(file + ": " + outcome.pods() + " pods, "
                        + outcome.disagreements().size() + " disagreements");
                outcome.disagreements().forEach(each -> out.println("  " + each.text()));
                code |= outcome.disagreements().isEmpty() ? 0 : 1;
            }
        }
        return code;
    }

    private int ranFreely() throws InterruptedException, IOException {
        Path logs = Files.createTempDirectory("karpenter-free-run-");
        ObjectNode root = Trees.object().put("bench", "fidelity").put("freeRun", freeRun);
        ArrayNode runs = root.putArray("runs");
        boolean all = true;
        for (boolean nominating : new boolean[] {false, true}) {
            out.println(nominating ? "with nominations" : "without nominations");
            FreeRunFigures figures = FreeRun.run(freeRun, nominating, logs, step -> out.println("  " + step));
            print(figures);
            runs.add(figures.json());
            all &= figures.bound() == figures.pods();
        }
        if (json) {
            out.println(root);
        }
        return all ? 0 : 1;
    }

    private void print(FreeRunFigures figures) {
        line("  bound elsewhere than planned", Integer.toString(figures.elsewhere()));
        line("  of these, not by changing places", Integer.toString(figures.crowding()));
        line("  stranded, planned a second time", Integer.toString(figures.stranded()));
        line("  nodes of the plan", Integer.toString(figures.plannedNodes()));
        line("  nodes of a second round", Integer.toString(figures.secondRoundNodes()));
        line("  pods there at the end", Integer.toString(figures.secondRoundPods()));
        line("  nodes without a pod", Integer.toString(figures.emptyNodes()));
        line("  planned, $ per hour", String.format(Locale.ROOT, "%.3f", figures.plannedUsdPerHour()));
        line(
                "  realised, $ per hour",
                String.format(Locale.ROOT, "%.3f (%+.1f %%)", figures.realisedUsdPerHour(), figures.excessPercent()));
        line("  seconds until bound", String.format(Locale.ROOT, "%.1f", figures.secondsToBound()));
    }

    private void print(Summary summary) {
        line("pods checked", summary.pods() + " in " + summary.cases() + " cases");
        line("agreed", Long.toString(summary.pods() - summary.disagreeing()));
        line("disagreed", Long.toString(summary.disagreeing()));
        line("of the agreed: unschedulable", Long.toString(summary.unschedulable()));
        line("of the agreed: refused for what they ask", Long.toString(summary.refused()));
        line("of the agreed: in one order only", Long.toString(summary.orderly()));
        line("pods per second", String.format(Locale.ROOT, "%.0f", summary.pods() / summary.seconds()));
        summary.features().forEach((feature, count) -> line("  " + name(feature), Long.toString(count)));
        if (!summary.failingSeeds().isEmpty()) {
            line("failing seeds", summary.failingSeeds().keySet().toString());
        }
    }

    private void line(String what, String value) {
        out.printf(Locale.ROOT, "%-42s %s%n", what, value);
    }

    private static String name(Feature feature) {
        return feature.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private String json(Summary summary) {
        ObjectNode root = Trees.object().put("bench", "fidelity").put("seed", seed);
        root.put("cases", summary.cases()).put("pods", summary.pods());
        root.put("agreements", summary.pods() - summary.disagreeing());
        root.put("disagreements", summary.disagreeing());
        root.put("unschedulable", summary.unschedulable()).put("refused", summary.refused());
        root.put("inOneOrderOnly", summary.orderly());
        root.put("seconds", Math.round(summary.seconds() * 10) / 10.0);
        root.put("podsPerSecond", Math.round(summary.pods() / summary.seconds()));
        ObjectNode features = root.putObject("features");
        summary.features().forEach((feature, count) -> features.put(name(feature), count));
        ArrayNode seeds = root.putArray("failingSeeds");
        summary.failingSeeds().keySet().forEach(seeds::add);
        return root.toString();
    }
}
