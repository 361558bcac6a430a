package karpenter.core.scheduling;

import static karpenter.core.scheduling.Types.type;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;

/**
 * Measures price and time on the workload families; run by hand: {@code PackingMeasurement <csv of type,price> [pods] [seeds]
 * [compare]}. Types are the x86 ones of the families c, m and r, in one zone and on demand.
 */
final class PackingMeasurement {
    private PackingMeasurement() {}

    public static void main(String[] arguments) throws IOException {
        List<InstanceType> types = types(Path.of(arguments[0]));
        int[] counts = arguments.length > 1
                ? java.util.Arrays.stream(arguments[1].split(",", -1))
                        .mapToInt(Integer::parseInt)
                        .toArray()
                : new int[] {200, 1000, 5000};
        int seeds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
        boolean compare = arguments.length > 3;
        System.out.println(types.size() + " types");
        Scheduler.schedule(new Problem()
                .pool(types)
                .waiting(Workloads.UNIFORM.pods(2000, 99))
                .input());
        for (Workloads family : Workloads.values()) {
            for (int count : counts) {
                for (int seed = 1; seed <= seeds; seed++) {
                    measure(types, family, count, seed, compare);
                }
            }
        }
    }

    private static void measure(List<InstanceType> types, Workloads family, int count, int seed, boolean compare) {
        List<Pod> pods = family.pods(count, seed);
        SchedulingInput input = new Problem().pool(types).waiting(pods).input();
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long start = clock.getCurrentThreadCpuTime();
        SchedulingResult result = Scheduler.schedule(input);
        double millis = (clock.getCurrentThreadCpuTime() - start) / 1e6;
        double bound = bound(types, pods);
        double price = result.pricePerHourUsd();
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT,
                "%-12s %6d seed %d  $%9.4f  %4d nodes  gap %6.2f%%  %7.0f ms",
                family,
                count,
                seed,
                price,
                result.plans().size(),
                100 * (price / bound - 1),
                millis));
        if (!result.rejections().isEmpty()) {
            line.append("  REJECTED ").append(result.rejections().size());
        }
        if (compare) {
            ReferenceGreedy reference = new ReferenceGreedy(input);
            double theirs = reference.pricePerHourUsd();
            line.append(String.format(
                    Locale.ROOT,
                    "  reference $%9.4f (%+.1f%%) %d nodes",
                    theirs,
                    100 * (theirs / price - 1),
                    reference.nodes()));
        }
        System.out.println(line);
    }

    /** The linear program over resources: no plan is cheaper. */
    private static double bound(List<InstanceType> types, List<Pod> pods) {
        ResourceVector total = ResourceVector.ZERO;
        for (Pod pod : pods) {
            total = total.plus(pod.shape().requests());
        }
        double[] demand = {total.milliCpu(), total.memoryBytes(), total.pods()};
        long[][] capacities = new long[types.size()][];
        double[] prices = new double[types.size()];
        for (int i = 0; i < prices.length; i++) {
            ResourceVector allocatable = types.get(i).allocatable();
            capacities[i] = new long[] {allocatable.milliCpu(), allocatable.memoryBytes(), allocatable.pods()};
            prices[i] = types.get(i).offerings().getFirst().pricePerHourUsd();
        }
        double[] unit = ResourcePrices.of(capacities, prices, demand);
        return unit[0] * demand[0] + unit[1] * demand[1] + unit[2] * demand[2];
    }

    static List<InstanceType> types(Path csv) throws IOException {
        List<InstanceType> types = new ArrayList<>();
        for (String line : Files.readAllLines(csv)) {
            String[] cells = line.split(",", -1);
            if (cells[0].matches("[cmr][3-9](?!g)[a-z-]*\\.(medium|large|xlarge|[0-9]+xlarge|metal-[0-9]+xl)")) {
                String size = cells[0].substring(cells[0].indexOf('.') + 1);
                int cores = cores(size);
                int perCore = cells[0].charAt(0) == 'c' ? 2 : cells[0].charAt(0) == 'm' ? 4 : 8;
                int podSlots = cores == 1 ? 8 : cores == 2 ? 29 : cores <= 8 ? 58 : cores < 64 ? 234 : 737;
                types.add(type(cells[0])
                        .size(cores, cores * perCore, podSlots)
                        .overhead(ResourceVector.ZERO)
                        .price(Double.parseDouble(cells[1]))
                        .zones("zone-1")
                        .onDemandOnly()
                        .build());
            }
        }
        return types;
    }

    private static int cores(String size) {
        return switch (size) {
            case "medium" -> 1;
            case "large" -> 2;
            case "xlarge" -> 4;
            default -> 4 * Integer.parseInt(size.replaceAll("[^0-9]", ""));
        };
    }
}
