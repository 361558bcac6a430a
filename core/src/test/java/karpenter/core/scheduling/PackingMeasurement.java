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
import java.util.Random;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;

/**
 * Measures price and time on the workload families; run by hand: {@code PackingMeasurement <csv of type,price> <variants>
 * <counts> <seeds> [compare]}. Types are the x86 ones of the families c, m and r. Time is this thread's, in milliseconds.
 */
final class PackingMeasurement {
    private PackingMeasurement() {}

    /** What surrounds the pods. */
    private enum Variant {
        /** One zone, on demand. */
        PLAIN,
        /** Three zones, Spot at 30 to 40 % of the price. */
        SPOT,
        /** Two DaemonSets. */
        DAEMONS,
        /** Thirty different selectors and affinities over three zones and both capacity types. */
        MIXED,
        /** A machine of four cores for every three pods. */
        MACHINES
    }

    public static void main(String[] arguments) throws IOException {
        Path csv = Path.of(arguments[0]);
        measureAll(csv, new String[] {"PLAIN", "MIXED"}, new String[] {"1000"}, 1, false, false);
        measureAll(
                csv,
                arguments[1].split(",", -1),
                arguments[2].split(",", -1),
                Integer.parseInt(arguments[3]),
                arguments.length > 4,
                true);
    }

    private static void measureAll(
            Path csv, String[] variants, String[] counts, int seeds, boolean compare, boolean print)
            throws IOException {
        for (String name : variants) {
            Variant variant = Variant.valueOf(name);
            List<InstanceType> types = types(csv, variant == Variant.SPOT || variant == Variant.MIXED);
            for (Workloads family : Workloads.values()) {
                for (String count : counts) {
                    for (int seed = 1; seed <= seeds; seed++) {
                        List<Pod> pods = family.pods(Integer.parseInt(count), seed);
                        String line = variant + " " + family + " " + count + " seed " + seed + " "
                                + measure(variant, types, pods, seed, compare);
                        if (print) {
                            System.out.println(line);
                        }
                    }
                }
            }
        }
    }

    private static Problem problem(Variant variant, List<InstanceType> types, List<Pod> plain, int seed) {
        List<Pod> pods = plain;
        Problem problem = new Problem().pool(types);
        switch (variant) {
            case PLAIN, SPOT -> {}
            case DAEMONS ->
                problem.daemonSet(
                                "proxy",
                                Pods.pod("proxy")
                                        .cpu(100)
                                        .memoryMib(64)
                                        .tolerateAll()
                                        .shape())
                        .daemonSet(
                                "agent",
                                Pods.pod("agent").cpu(200).memoryMib(256).shape());
            case MIXED -> {
                Random random = new Random(seed);
                pods = new ArrayList<>();
                for (Pod pod : plain) {
                    pods.add(mixed(pod, random.nextInt(30)));
                }
            }
            case MACHINES -> {
                for (int i = 0; i < plain.size() / 3; i++) {
                    problem.machine("m" + i, machine -> machine.label(Labels.ZONE, "zone-1"));
                }
            }
        }
        return problem.waiting(pods);
    }

    private static Pod mixed(Pod pod, int kind) {
        Pods.Builder mixed = Pods.pod(pod.key().name()).requests(pod.shape().requests());
        if (kind % 2 == 0) {
            mixed.selector(Labels.CAPACITY_TYPE, kind % 4 == 0 ? "spot" : "on-demand");
        }
        if (kind % 3 > 0) {
            mixed.require(Pods.in(Labels.ZONE, "zone-" + kind % 3, "zone-3"));
        }
        if (kind % 5 > 0) {
            mixed.require(NodeSelectorRequirement.of(Labels.INSTANCE_TYPE, "NotIn", "m5." + kind + "xlarge"));
        }
        return mixed.build();
    }

    private static String measure(
            Variant variant, List<InstanceType> types, List<Pod> pods, int seed, boolean compare) {
        SchedulingInput input = problem(variant, types, pods, seed).input();
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long start = clock.getCurrentThreadCpuTime();
        SchedulingResult result = Scheduler.schedule(input);
        double millis = (clock.getCurrentThreadCpuTime() - start) / 1e6;
        double price = result.pricePerHourUsd();
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT,
                "$%.4f  %d nodes  gap %.2f%%  %.0f ms",
                price,
                result.plans().size(),
                100 * (price / bound(types, pods) - 1),
                millis));
        if (!result.rejections().isEmpty()) {
            line.append("  REJECTED ").append(result.rejections().size());
        }
        if (compare) {
            ReferenceGreedy reference = new ReferenceGreedy(input);
            double theirs = reference.pricePerHourUsd();
            line.append(String.format(
                    Locale.ROOT,
                    "  reference $%.4f (%+.1f%%) %d nodes",
                    theirs,
                    100 * (theirs / price - 1),
                    reference.nodes()));
        }
        return line.toString();
    }

    /** The linear program over resources at the cheapest offerings: no plan is cheaper, DaemonSets left out. */
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
            prices[i] = types.get(i).offerings().stream()
                    .mapToDouble(Offering::pricePerHourUsd)
                    .min()
                    .orElseThrow();
        }
        double[] unit = ResourcePrices.of(capacities, prices, demand);
        return unit[0] * demand[0] + unit[1] * demand[1] + unit[2] * demand[2];
    }

    private static List<InstanceType> types(Path csv, boolean spot) throws IOException {
        List<InstanceType> types = new ArrayList<>();
        Random random = new Random(1);
        for (String line : Files.readAllLines(csv)) {
            String[] cells = line.split(",", -1);
            if (cells[0].matches("[cmr][3-9](?!g)[a-z-]*\\.(medium|large|xlarge|[0-9]+xlarge|metal-[0-9]+xl)")) {
                String size = cells[0].substring(cells[0].indexOf('.') + 1);
                int cores = cores(size);
                int perCore = cells[0].charAt(0) == 'c' ? 2 : cells[0].charAt(0) == 'm' ? 4 : 8;
                int podSlots = cores == 1 ? 8 : cores == 2 ? 29 : cores <= 8 ? 58 : cores < 64 ? 234 : 737;
                double price = Double.parseDouble(cells[1]);
                Types.Builder type = type(cells[0])
                        .size(cores, cores * perCore, podSlots)
                        .overhead(ResourceVector.ZERO)
                        .price(price)
                        .onDemandOnly();
                if (spot) {
                    for (String zone : Types.ZONES) {
                        type.offering(zone, "spot", price * (0.3 + 0.1 * random.nextDouble()), null, null);
                    }
                } else {
                    type.zones("zone-1");
                }
                types.add(type.build());
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
