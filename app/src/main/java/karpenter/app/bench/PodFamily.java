package karpenter.app.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import karpenter.api.Labels;
import karpenter.core.cluster.Pod;

/** Families of pods that packing is measured on. */
enum PodFamily {
    /** The draws of the reference's own benchmark. */
    UNIFORM {
        @Override
        Size draw(Random random) {
            return new Size(CPU[random.nextInt(CPU.length)], MEMORY[random.nextInt(MEMORY.length)]);
        }
    },
    /** Half a core to eight, half a GiB to one for each. */
    CPU_HEAVY {
        @Override
        Size draw(Random random) {
            return sized(logUniform(random, 0.5, 8), uniform(random, 0.5, 1));
        }
    },
    /** A tenth of a core to two, 8 to 16 GiB for each. */
    MEMORY_HEAVY {
        @Override
        Size draw(Random random) {
            return sized(logUniform(random, 0.1, 2), uniform(random, 8, 16));
        }
    },
    /** At most a tenth of a core and 256 MiB. */
    TINY {
        @Override
        Size draw(Random random) {
            return new Size(1 + random.nextInt(100), 1 + random.nextInt(256));
        }
    },
    /** All alike. */
    IDENTICAL {
        @Override
        Size draw(Random random) {
            return new Size(250, 256);
        }
    },
    /** One in twenty takes 8 to 16 cores, the others at most one. */
    SPIKY {
        @Override
        Size draw(Random random) {
            double cores = random.nextInt(20) == 0 ? uniform(random, 8, 16) : uniform(random, 0.05, 1);
            return sized(cores, uniform(random, 1, 6));
        }
    };

    static final int[] CPU = {100, 250, 500, 1000, 1500};
    static final int[] MEMORY = {100, 256, 512, 1024, 2048, 4096};

    record Size(long milliCpu, long memoryMib) {}

    abstract Size draw(Random random);

    private static Size sized(double cores, double gibPerCore) {
        return new Size(Math.round(1000 * cores), Math.round(1024 * cores * gibPerCore));
    }

    /** @param spread whether every third pod is spread over zones */
    List<Pod> pods(int count, long seed, boolean spread) {
        Random random = new Random(seed);
        MadeUpPods made = new MadeUpPods();
        MadeUpPods.Terms spreading =
                MadeUpPods.Terms.labelled(Map.of("app", "spread")).spreadOver(Labels.ZONE, Map.of("app", "spread"));
        List<Pod> pods = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Size size = draw(random);
            pods.add(made.pod(size.milliCpu, size.memoryMib, spread && i % 3 == 0 ? spreading : MadeUpPods.Terms.NONE));
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
