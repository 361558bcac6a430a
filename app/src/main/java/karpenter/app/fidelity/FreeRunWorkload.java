package karpenter.app.fidelity;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Deployments of three families: pods that are all alike, pods of many sizes as in upstream's own benchmark, and small pods
 * with a few very large ones among them. A third of the pods each.
 */
final class FreeRunWorkload {
    private static final int[] MILLI_CPU = {100, 250, 500, 1000, 1500};
    private static final int[] MEMORY_MIB = {100, 256, 512, 1024, 2048, 4096};
    private static final int[] SMALL_MILLI_CPU = {50, 100, 200, 300, 500, 700, 900, 1000};
    private static final int[] LARGE_CORES = {8, 10, 12, 16};

    /** One in so many pods of the last family is large. */
    private static final int PODS_PER_LARGE = 20;

    private final List<String> deployments = new ArrayList<>();

    private FreeRunWorkload() {}

    /** Manifests of Deployments that together have so many pods. */
    static List<String> of(int pods) {
        FreeRunWorkload workload = new FreeRunWorkload();
        int third = pods / 3;
        workload.add("identical", third, 200, 256);
        workload.addUniform(third);
        workload.addSpiky(pods - 2 * third);
        return workload.deployments;
    }

    private void addUniform(int pods) {
        int sizes = MILLI_CPU.length * MEMORY_MIB.length;
        for (int i = 0; i < sizes; i++) {
            int share = share(pods, sizes, i);
            int cpu = MILLI_CPU[i % MILLI_CPU.length];
            int memory = MEMORY_MIB[i / MILLI_CPU.length];
            add("uniform-" + cpu + "-" + memory, share, cpu, memory);
        }
    }

    private void addSpiky(int pods) {
        int large = pods / PODS_PER_LARGE;
        for (int i = 0; i < LARGE_CORES.length; i++) {
            add(
                    "large-" + LARGE_CORES[i],
                    share(large, LARGE_CORES.length, i),
                    LARGE_CORES[i] * 1000,
                    LARGE_CORES[i] * 2048);
        }
        for (int i = 0; i < SMALL_MILLI_CPU.length; i++) {
            int cpu = SMALL_MILLI_CPU[i];
            add("small-" + cpu, share(pods - large, SMALL_MILLI_CPU.length, i), cpu, cpu * 2);
        }
    }

    private static int share(int total, int parts, int part) {
        return total * (part + 1) / parts - total * part / parts;
    }

    private void add(String name, int replicas, int milliCpu, int memoryMib) {
        if (replicas > 0) {
            deployments.add(String.format(Locale.ROOT, """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: %1$s}
                spec:
                  replicas: %2$d
                  selector: {matchLabels: {app: %1$s}}
                  template:
                    metadata: {labels: {app: %1$s}}
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers: [{name: c, image: none, resources: {requests: {cpu: %3$dm, memory: %4$dMi}}}]
                """, name, replicas, milliCpu, memoryMib));
        }
    }
}
