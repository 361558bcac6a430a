package karpenter.app.solve;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.core.buffer.BufferDemand;
import karpenter.core.buffer.BufferReference;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodTemplate;
import karpenter.kube.decode.Manifest.OfWorkload;

/** The room that CapacityBuffers of the input ask for: pods that wait along with the others. */
final class OfflineBuffers {
    private final Problems problems;
    private final List<CapacityBuffer> buffers = new ArrayList<>();
    private final Map<PodKey, PodTemplate> templates = new HashMap<>();
    private final Map<Target, OfWorkload> workloads = new HashMap<>();

    private record Target(String kind, PodKey key) {}

    OfflineBuffers(Problems problems) {
        this.problems = problems;
    }

    void add(CapacityBuffer buffer) {
        buffers.add(buffer);
    }

    void add(PodTemplate template) {
        templates.put(template.key(), template);
    }

    /** A workload that a buffer may refer to. */
    void add(OfWorkload workload) {
        PodKey key =
                new PodKey(workload.metadata().namespace(), workload.metadata().name());
        workloads.put(new Target(workload.kind(), key), workload);
    }

    boolean isEmpty() {
        return buffers.isEmpty();
    }

    /** The pods of all buffers; a buffer whose template isn't there is a problem. */
    List<Pod> pods() {
        List<Pod> pods = new ArrayList<>();
        for (CapacityBuffer buffer : buffers) {
            switch (BufferReference.of(buffer)) {
                case BufferReference.ToTemplate(PodKey key) -> {
                    PodTemplate template = templates.get(key);
                    if (template == null) {
                        missing(buffer, "spec.podTemplateRef", "PodTemplate " + key);
                    } else {
                        take(buffer, BufferDemand.of(buffer, template.template(), null), pods);
                    }
                }
                case BufferReference.ToWorkload(String kind, PodKey key) -> {
                    OfWorkload workload = workloads.get(new Target(kind, key));
                    if (workload == null) {
                        missing(buffer, "spec.scalableRef", kind + " " + key);
                    } else {
                        take(
                                buffer,
                                BufferDemand.of(
                                        buffer,
                                        workload.shape(),
                                        workload.pods().size()),
                                pods);
                    }
                }
                case BufferReference.Unusable(String why) -> problems.error(title(buffer) + ": " + why);
            }
        }
        return pods;
    }

    private void take(CapacityBuffer buffer, BufferDemand demand, List<Pod> pods) {
        int count = demand.pods().size();
        problems.note(title(buffer) + " asks for room for " + count + (count == 1 ? " pod" : " pods")
                + ", which are placed along with the others");
        pods.addAll(demand.pods());
    }

    private void missing(CapacityBuffer buffer, String field, String what) {
        problems.error(title(buffer) + ": " + field + ": there is no " + what + " in the input; add it to --pods");
    }

    private static String title(CapacityBuffer buffer) {
        return "CapacityBuffer " + buffer.metadata().namespace() + "/" + buffer.name();
    }
}
