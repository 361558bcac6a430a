package karpenter.core.scheduling;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;

/** Measures upstream's scheduling benchmark; run by hand: {@code TopologyMeasurement <counts> [repetitions]}. Time is this thread's. */
final class TopologyMeasurement {
    private TopologyMeasurement() {}

    public static void main(String[] arguments) {
        int repetitions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        List<InstanceType> types = Types.ladder(400);
        for (int i = 0; i < repetitions; i++) {
            for (String count : arguments[0].split(",", -1)) {
                measure("diverse", types, DiversePods.diverse(Integer.parseInt(count), 42));
            }
            measure("preferring", types, DiversePods.preferring(4000, 42));
        }
    }

    private static void measure(String kind, List<InstanceType> types, List<Pod> drawn) {
        SchedulingInput input =
                new Problem().pool(types).waiting(interned(drawn)).input();
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long start = clock.getCurrentThreadCpuTime();
        SchedulingResult result = Scheduler.schedule(input);
        double millis = (clock.getCurrentThreadCpuTime() - start) / 1e6;
        System.out.printf(
                Locale.ROOT,
                "%s %d: %.0f ms, %d nodes, $%.2f, %d rejected%n",
                kind,
                drawn.size(),
                millis,
                result.plans().size(),
                result.pricePerHourUsd(),
                result.rejections().size());
    }

    /** As the image keeps them: equal shapes are one object. */
    private static List<Pod> interned(List<Pod> pods) {
        java.util.Map<PodShape, PodShape> shapes = new java.util.HashMap<>();
        List<Pod> result = new ArrayList<>();
        for (Pod pod : pods) {
            PodShape shape = shapes.computeIfAbsent(pod.shape(), same -> same);
            result.add(Pods.of(pod.key().name(), shape, null, pod.creationTimestamp()));
        }
        return result;
    }
}
