package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;

/**
 * Measures passes that leave many different pods over; run by hand: {@code LatecomersMeasurement <counts> <cases>}. Time is this
 * thread's.
 */
final class LatecomersMeasurement {
    private static final String RACK = "example.com/rack";
    private static final int ROOMY_NODES = 1_000;
    private static final List<InstanceType> TYPES = List.of(type("x").build());

    private LatecomersMeasurement() {}

    public static void main(String[] arguments) {
        for (String name : arguments[1].split(",", -1)) {
            measure(name, 100);
            for (String count : arguments[0].split(",", -1)) {
                measure(name, Integer.parseInt(count));
            }
        }
    }

    private static Problem problem(String name, int count) {
        return switch (name) {
            // No more nodes may be had.
            case "limit" ->
                new Problem()
                        .pool("default", TYPES, pool -> pool.limit("nodes", "500"))
                        .waiting(different(count, i -> web(i).cpu(3000).spread(Labels.HOSTNAME, true)));
            // Each zone takes one of them.
            case "apart" ->
                roomy().waiting(different(count, i -> web(i).cpu(100).antiAffinity(term(Labels.ZONE, "app", "web"))));
            // With three zones where four are asked for, each takes one of them.
            case "spread" ->
                roomy().waiting(different(
                        count,
                        i -> web(i).cpu(100)
                                .spread(spread(Labels.ZONE, "app", "web")
                                        .minDomains(4)
                                        .build())));
            // Each gets a value of its own.
            case "racks" ->
                new Problem()
                        .pool("default", TYPES, pool -> pool.require(RACK, "Exists", null))
                        .waiting(different(count, i -> web(i).cpu(100).antiAffinity(term(RACK, "app", "web"))));
            default -> throw new IllegalArgumentException("no case " + name);
        };
    }

    private static Problem roomy() {
        return new Problem().pool(TYPES).waiting(pod("roomy").cpu(2500).times(ROOMY_NODES));
    }

    private static Pods.Builder web(int number) {
        return pod("web-" + number).label("app", "web");
    }

    private static List<Pod> different(int count, IntFunction<Pods.Builder> pod) {
        return IntStream.range(0, count)
                .mapToObj(number -> pod.apply(number).memoryMib(1 + number).build())
                .toList();
    }

    private static void measure(String name, int count) {
        SchedulingInput input = problem(name, count).input();
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long start = clock.getCurrentThreadCpuTime();
        SchedulingResult result = Scheduler.schedule(input);
        System.out.printf(
                Locale.ROOT,
                "%s %d: %.0f ms, %d nodes, %d rejected%n",
                name,
                count,
                (clock.getCurrentThreadCpuTime() - start) / 1e6,
                result.plans().size(),
                result.rejections().size());
    }
}
