package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import karpenter.core.cluster.Pod;

/** The families of pods that packing is measured on, one seed each. */
enum Workloads {
    /** Upstream's benchmark draws. */
    UNIFORM {
        @Override
        Pods.Builder draw(Pods.Builder pod, Random random) {
            return pod.cpu(CPU[random.nextInt(CPU.length)]).memoryMib(MEMORY[random.nextInt(MEMORY.length)]);
        }
    },
    CPU_HEAVY {
        @Override
        Pods.Builder draw(Pods.Builder pod, Random random) {
            double cores = logUniform(random, 0.5, 8);
            return pod.cpu(Math.round(1000 * cores)).memoryMib(Math.round(1024 * cores * uniform(random, 0.5, 1)));
        }
    },
    MEMORY_HEAVY {
        @Override
        Pods.Builder draw(Pods.Builder pod, Random random) {
            double cores = logUniform(random, 0.1, 2);
            return pod.cpu(Math.round(1000 * cores)).memoryMib(Math.round(1024 * cores * uniform(random, 8, 16)));
        }
    },
    TINY {
        @Override
        Pods.Builder draw(Pods.Builder pod, Random random) {
            return pod.cpu(1 + random.nextInt(100)).memoryMib(1 + random.nextInt(256));
        }
    },
    IDENTICAL {
        @Override
        Pods.Builder draw(Pods.Builder pod, Random random) {
            return pod.cpu(250).memoryMib(256);
        }
    },
    SPIKY {
        @Override
        Pods.Builder draw(Pods.Builder pod, Random random) {
            double cores = random.nextInt(20) == 0 ? uniform(random, 8, 16) : uniform(random, 0.05, 1);
            return pod.cpu(Math.round(1000 * cores)).memoryMib(Math.round(1024 * cores * uniform(random, 1, 6)));
        }
    };

    private static final int[] CPU = {100, 250, 500, 1000, 1500};
    private static final int[] MEMORY = {100, 256, 512, 1024, 2048, 4096};

    abstract Pods.Builder draw(Pods.Builder pod, Random random);

    List<Pod> pods(int count, long seed) {
        Random random = new Random(seed);
        List<Pod> pods = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            pods.add(draw(Pods.pod("p" + i), random).build());
        }
        return pods;
    }

    private static double uniform(Random random, double from, double to) {
        return from + (to - from) * random.nextDouble();
    }

    private static double logUniform(Random random, double from, double to) {
        return Math.exp(uniform(random, Math.log(from), Math.log(to)));
    }
}
