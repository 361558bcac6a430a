package karpenter.app.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.scheduling.Packing;
import karpenter.core.scheduling.SchedulingResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code karpenter bench cost}: how far plans are above what they must cost, and below what upstream's packing costs. */
@Command(
        name = "cost",
        mixinStandardHelpOptions = true,
        description = "How cheap plans are: above the lower bound, and below upstream's packing.",
        sortOptions = false)
final class CostBench implements Callable<Integer> {
    /** From so many pods on, whole machines don't count much, and gaps are compared with each other. */
    private static final int MANY_PODS = 1000;

    private static final int MOST_PODS = 20_000;

    @Mixin
    private CatalogueOptions options = new CatalogueOptions();

    @Option(
            names = "--family",
            paramLabel = "FAMILY",
            description = "Only pods of this family: ${COMPLETION-CANDIDATES}. May be given several times.")
    private List<PodFamily> families = List.of(PodFamily.values());

    @Option(
            names = "--variant",
            paramLabel = "VARIANT",
            description = "Only what surrounds pods like this: ${COMPLETION-CANDIDATES}. May be given several times.")
    private List<Variant> variants = List.of(Variant.values());

    @Option(
            names = "--pods",
            paramLabel = "COUNT",
            description = "Only problems of so many pods. May be given several times.")
    private List<Integer> counts = List.of();

    private final PrintStream out = System.out;
    private final List<Row> rows = new ArrayList<>();
    private int refused;

    /** What surrounds the pods. */
    private enum Variant {
        /** One zone, on demand. */
        PLAIN,
        THREE_ZONES,
        SPOT,
        DAEMONS,
        /** Three zones; a third of the pods are spread over them. */
        SPREAD
    }

    /** @param saving of what upstream's packing costs, as a share of it */
    private record Row(
            PodFamily family, Variant variant, int pods, double gap, double saving, double seconds, String kind) {}

    @Override
    public Integer call() {
        Catalogue catalogue = options.catalogue();
        if (counts.isEmpty()) {
            counts = options.quick() ? List.of(200, 1000, 5000) : List.of(200, 1000, 5000, MOST_PODS);
        }
        int seeds = options.quick() ? 2 : 8;
        for (Variant variant : variants) {
            List<InstanceType> types = switch (variant) {
                case PLAIN, DAEMONS -> catalogue.oneZone();
                case THREE_ZONES, SPREAD -> catalogue.threeZones();
                case SPOT -> catalogue.withSpot();
            };
            for (PodFamily family : families) {
                for (int count : counts) {
                    for (int seed = 1; seed <= seeds; seed++) {
                        measure(variant, types, family, count, seed);
                    }
                }
            }
        }
        report();
        return 0;
    }

    private void measure(Variant variant, List<InstanceType> types, PodFamily family, int count, int seed) {
        List<Pod> pods = family.pods(count, seed, variant == Variant.SPREAD);
        BenchProblem problem = BenchProblem.of(types, pods, variant == Variant.DAEMONS, true);
        BenchProblem.Solved solved = problem.solve(Packing.COST);
        SchedulingResult result = solved.result();
        if (!result.rejections().isEmpty()) {
            refused++;
            return;
        }
        SchedulingResult upstream = problem.solve(Packing.UPSTREAM).result();
        double saving = upstream.rejections().isEmpty()
                ? 1 - result.pricePerHourUsd() / upstream.pricePerHourUsd()
                : Double.NaN;
        String kind = result.bound().kind().toString();
        Row row = new Row(family, variant, count, result.gap(), saving, solved.seconds(), kind);
        rows.add(row);
        System.err.printf(
                Locale.ROOT,
                "%-11s %-12s %5d pods seed %d  $%.4f  gap %.3f%% (%s)  upstream's packing %+.1f%%  %.3f s%n",
                variant,
                family,
                count,
                seed,
                result.pricePerHourUsd(),
                100 * result.gap(),
                kind,
                100 * (upstream.pricePerHourUsd() / result.pricePerHourUsd() - 1),
                solved.seconds());
    }

    private void report() {
        ObjectNode figures = JsonNodeFactory.instance.objectNode();
        figures.put("bench", "cost");
        figures.put("problems", rows.size());
        figures.put("refused", refused);
        out.println(
                "                              above the bound, %           below upstream's packing, %   solve, s");
        out.println("                       n     mean     p95   worst           mean    least               most");
        ObjectNode byFamily = figures.putObject("families");
        for (PodFamily family : families) {
            ObjectNode node = byFamily.putObject(family.name());
            for (int count : counts) {
                summary(
                        family + " " + count,
                        node.putObject("pods" + count),
                        row -> row.family == family && row.pods == count);
            }
        }
        ObjectNode byVariant = figures.putObject("variants");
        for (Variant variant : variants) {
            summary(
                    variant.toString(),
                    byVariant.putObject(variant.name()),
                    row -> row.variant == variant && row.pods >= MANY_PODS);
        }
        summary("all of 200", figures.putObject("few"), row -> row.pods < MANY_PODS);
        summary("all of 1000 and more", figures.putObject("many"), row -> row.pods >= MANY_PODS);
        summary("all of 20000", figures.putObject("most"), row -> row.pods == MOST_PODS);
        if (refused > 0) {
            out.println(refused + " problems were left out, as pods had no place");
        }
        if (options.json()) {
            out.println(JsonMapper.shared().writeValueAsString(figures));
        }
    }

    private void summary(String name, ObjectNode node, Predicate<Row> which) {
        List<Row> chosen = rows.stream().filter(which).toList();
        if (chosen.isEmpty()) {
            return;
        }
        double[] gaps = chosen.stream().mapToDouble(Row::gap).sorted().toArray();
        double[] savings = chosen.stream().mapToDouble(Row::saving).sorted().toArray();
        double mean = average(gaps);
        double p95 = gaps[(int) Math.ceil(0.95 * gaps.length) - 1];
        double worst = gaps[gaps.length - 1];
        double seconds = chosen.stream().mapToDouble(Row::seconds).max().orElse(0);
        node.put("problems", chosen.size());
        node.put("meanGap", rounded(mean));
        node.put("p95Gap", rounded(p95));
        node.put("worstGap", rounded(worst));
        node.put("meanSaving", rounded(average(savings)));
        node.put("leastSaving", rounded(savings[0]));
        node.put("mostSeconds", rounded(seconds));
        out.printf(
                Locale.ROOT,
                "%-20s %4d  %7.3f %7.3f %7.3f       %8.2f %8.2f           %8.3f%n",
                name,
                chosen.size(),
                100 * mean,
                100 * p95,
                100 * worst,
                100 * average(savings),
                100 * savings[0],
                seconds);
    }

    private static double average(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double rounded(double value) {
        return Math.round(value * 1e6) / 1e6;
    }
}
