package karpenter.app.bench;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import karpenter.core.catalog.InstanceType;
import karpenter.core.scheduling.Packing;
import karpenter.core.scheduling.SchedulingResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code karpenter bench scheduling}: the reference's own workloads. Each case is one solve from nothing, after some of
 * other seeds have warmed the program up; the very first solve after a start is a run of its own.
 */
@Command(
        name = "scheduling",
        mixinStandardHelpOptions = true,
        description = "How long it takes to place the pods of the reference's own benchmark.",
        sortOptions = false)
final class SchedulingBench implements Callable<Integer> {
    private static final long SEED = 42;
    /** By then both compilers are done with what a solve runs through. */
    private static final double WARM_SECONDS = 10;

    private static final int WARM_SEEDS = 4;

    @Mixin
    private CatalogueOptions options = new CatalogueOptions();

    @Option(names = "--first-only", description = "Only the very first solve after the start.")
    private boolean firstOnly;

    private final PrintStream out = System.out;
    private final ObjectNode figures = JsonNodeFactory.instance.objectNode();

    @Override
    public Integer call() {
        figures.put("bench", "scheduling");
        figures.putArray("cases");
        List<InstanceType> types = ReferenceTypes.all();
        if (firstOnly) {
            measure("firstDiverse1000", () -> diverse(types, 1000, SEED));
            return finished();
        }
        List<InstanceType> small = options.catalogue().small();
        int[] counts = options.quick() ? new int[] {1000, 5000} : new int[] {1000, 5000, 20_000, 100_000};
        for (int count : counts) {
            warmUp(seed -> diverse(types, Math.min(count, 5000), seed));
            measure("diverse" + count, () -> diverse(types, count, SEED));
        }
        warmUp(seed -> preferring(types, true, seed));
        measure("preference4000", () -> preferring(types, true, SEED));
        warmUp(seed -> preferring(types, false, seed));
        measure("ignorePreference4000", () -> preferring(types, false, SEED));
        warmUp(seed -> uniform(small, seed));
        measure("small5000", () -> uniform(small, SEED));
        figures.put("peakHeapMiB", peakHeapMib());
        out.printf(Locale.ROOT, "peak heap %d MiB%n", peakHeapMib());
        return finished();
    }

    private int finished() {
        if (options.json()) {
            out.println(JsonMapper.shared().writeValueAsString(figures));
        }
        return 0;
    }

    private static BenchProblem diverse(List<InstanceType> types, int count, long seed) {
        return BenchProblem.of(types, ReferencePods.diverse(count, seed), false, true);
    }

    private static BenchProblem preferring(List<InstanceType> types, boolean respect, long seed) {
        return BenchProblem.of(types, ReferencePods.preferring(4000, seed), false, respect);
    }

    private static BenchProblem uniform(List<InstanceType> types, long seed) {
        return BenchProblem.of(types, PodFamily.UNIFORM.pods(5000, seed, false), false, true);
    }

    /** Solves problems of other seeds than the one that is measured, in turn. */
    private static void warmUp(LongFunction<BenchProblem> problems) {
        List<BenchProblem> others = LongStream.rangeClosed(SEED + 1, SEED + WARM_SEEDS)
                .mapToObj(problems)
                .toList();
        long start = System.nanoTime();
        for (int turn = 0; (System.nanoTime() - start) / 1e9 < WARM_SECONDS; turn++) {
            others.get(turn % WARM_SEEDS).solve(Packing.COST);
        }
    }

    private void measure(String name, Supplier<BenchProblem> problems) {
        BenchProblem problem = problems.get();
        BenchProblem.Solved solved = problem.solve(Packing.COST);
        BenchProblem.Solved upstream = problem.solve(Packing.UPSTREAM);
        SchedulingResult result = solved.result();
        // Time for a part of the question is no figure.
        boolean whole = result.rejections().isEmpty();
        if (whole) {
            figures.put(name + "Seconds", rounded(solved.seconds()));
        } else {
            figures.putNull(name + "Seconds");
        }
        ObjectNode row = figures.withArray("cases").addObject();
        row.put("case", name);
        row.put("seconds", rounded(solved.seconds()));
        row.put("scheduled", problem.pods() - result.rejections().size());
        row.put("unschedulable", result.rejections().size());
        row.put("nodes", result.plans().size());
        row.put("pricePerHourUsd", rounded(result.pricePerHourUsd()));
        row.put("lowerBoundPricePerHourUsd", rounded(result.lowerBoundPricePerHourUsd()));
        row.put("gap", rounded(result.gap()));
        row.put("upstreamPackingPricePerHourUsd", rounded(upstream.result().pricePerHourUsd()));
        row.put("upstreamPackingNodes", upstream.result().plans().size());
        row.put("upstreamPackingUnschedulable", upstream.result().rejections().size());
        row.put("upstreamPackingSeconds", rounded(upstream.seconds()));
        out.printf(
                Locale.ROOT,
                "%-22s %8.3f s  %6d scheduled %6d not  %5d nodes  $%.4f per hour, at least $%.4f (%.2f%%)  as upstream packs"
                        + " $%.4f on %d nodes, %.3f s%n",
                name,
                solved.seconds(),
                problem.pods() - result.rejections().size(),
                result.rejections().size(),
                result.plans().size(),
                result.pricePerHourUsd(),
                result.lowerBoundPricePerHourUsd(),
                100 * result.gap(),
                upstream.result().pricePerHourUsd(),
                upstream.result().plans().size(),
                upstream.seconds());
    }

    private static double rounded(double value) {
        return Math.round(value * 1e6) / 1e6;
    }

    private static long peakHeapMib() {
        long bytes = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            bytes += pool.getType() == MemoryType.HEAP ? pool.getPeakUsage().getUsed() : 0;
        }
        return bytes >> 20;
    }
}
