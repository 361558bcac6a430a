package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import karpenter.api.Labels;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape;

/** The pods of upstream's scheduling benchmark: a fifth each of five kinds, of thirty sizes, and pods that only prefer. */
final class DiversePods {
    private static final List<String> LETTERS = List.of("a", "b", "c", "d", "e", "f", "g");
    private static final int[] CPU = {100, 250, 500, 1000, 1500};
    private static final int[] MEMORY = {100, 256, 512, 1024, 2048, 4096};

    private final Random random;
    private final List<Pod> pods = new ArrayList<>();

    private DiversePods(long seed) {
        random = new Random(seed);
    }

    static List<Pod> diverse(int count, long seed) {
        DiversePods diverse = new DiversePods(seed);
        int each = count / 5;
        for (int i = 0; i < each; i++) {
            diverse.generic();
            diverse.spread(Labels.ZONE);
            diverse.spread(Labels.HOSTNAME);
            diverse.zoneAffinity();
            diverse.hostAntiAffinity();
        }
        while (diverse.pods.size() < count) {
            diverse.generic();
        }
        return diverse.pods;
    }

    static List<Pod> preferring(int count, long seed) {
        DiversePods preferring = new DiversePods(seed);
        PodShape shape = preferring
                .sized(Pods.pod("sample")
                        .label("app", "nginx")
                        .prefer(1, Pods.in(Labels.ZONE, "zone-1"))
                        .preferAntiAffinity(10, Constraints.term(Labels.ZONE, "app", "nginx"))
                        .preferAntiAffinity(1, Constraints.term(Labels.HOSTNAME, "app", "nginx")))
                .shape();
        for (int i = 0; i < count; i++) {
            preferring.pods.add(Pods.of("pod-" + i, shape, null, Pods.BIRTH));
        }
        return preferring.pods;
    }

    private String letter() {
        return LETTERS.get(random.nextInt(LETTERS.size()));
    }

    private Pods.Builder pod() {
        return Pods.pod("pod-" + pods.size());
    }

    private Pods.Builder sized(Pods.Builder pod) {
        return pod.cpu(CPU[random.nextInt(CPU.length)]).memoryMib(MEMORY[random.nextInt(MEMORY.length)]);
    }

    private void generic() {
        pods.add(sized(pod().label("my-label", letter())).build());
    }

    private void spread(String key) {
        Pods.Builder pod = pod().label("my-label", letter());
        pods.add(sized(pod.spread(Constraints.spread(key, "my-label", letter()).build()))
                .build());
    }

    private void zoneAffinity() {
        String letter = letter();
        Pods.Builder pod = pod().labels(Map.of("my-affininity", letter));
        pods.add(sized(pod.affinity(Constraints.term(Labels.ZONE, "my-affininity", letter)))
                .build());
    }

    private void hostAntiAffinity() {
        Pods.Builder pod = pod().label("app", "nginx");
        pods.add(sized(pod.antiAffinity(Constraints.term(Labels.HOSTNAME, "app", "nginx")))
                .build());
    }
}
