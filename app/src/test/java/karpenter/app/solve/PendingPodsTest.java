package karpenter.app.solve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import karpenter.api.ObjectMeta;
import karpenter.api.OwnerReference;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodOwner;
import karpenter.core.resource.ResourceVector;
import karpenter.kube.decode.Manifest.OfWorkload;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PendingPodsTest {
    private final PendingPods pending = new PendingPods();

    private static OfWorkload workload(String kind, String name, int replicas, @Nullable String deployment) {
        List<Pod> pods = Results.pods(name, replicas);
        ObjectMeta metadata = new ObjectMeta(
                name,
                "",
                "default",
                "",
                "",
                0,
                null,
                null,
                Map.of(),
                Map.of(),
                List.of(),
                deployment == null
                        ? List.of()
                        : List.of(new OwnerReference("apps/v1", "Deployment", deployment, "", true, null)));
        return new OfWorkload(
                "apps/v1", kind, metadata, Results.shape(null, Map.of(), ResourceVector.ZERO), null, pods, List.of());
    }

    private static Pod child(String name, String kind, String owner, Map<String, String> labels) {
        return Results.pod(
                name, Results.shape(new PodOwner("apps/v1", kind, owner, ""), labels, ResourceVector.ZERO), null);
    }

    private List<String> names() {
        return pending.all().stream().map(pod -> pod.key().name()).toList();
    }

    @Test
    void expandsAWorkloadThatHasNoPodsYet() {
        pending.add(workload("Deployment", "web", 3, null));

        assertThat(names()).containsExactly("web-0", "web-1", "web-2");
    }

    @Test
    void countsEachPodOfAWholeDumpOnce() {
        Map<String, String> hash = Map.of("pod-template-hash", "5d4");
        pending.add(workload("Deployment", "web", 3, null));
        pending.add(workload("ReplicaSet", "web-5d4", 3, "web"));
        pending.add(child("web-5d4-x", "ReplicaSet", "web-5d4", hash));
        pending.addRunning(child("web-5d4-y", "ReplicaSet", "web-5d4", hash));

        assertThat(names()).containsExactly("web-5d4-x", "web-5d4-0");
    }

    @Test
    void seesThroughAReplicaSetThatIsNotGiven() {
        Map<String, String> hash = Map.of("pod-template-hash", "5d4");
        pending.add(workload("Deployment", "web", 3, null));
        pending.addRunning(child("web-5d4-x", "ReplicaSet", "web-5d4", hash));
        pending.addRunning(child("web-5d4-y", "ReplicaSet", "web-5d4", hash));

        assertThat(names()).hasSize(1);
    }

    @Test
    void addsNothingToAWorkloadWithMorePodsThanItAsksFor() {
        pending.add(workload("StatefulSet", "db", 1, null));
        pending.addRunning(child("db-0", "StatefulSet", "db", Map.of()));
        pending.addRunning(child("db-1", "StatefulSet", "db", Map.of()));

        assertThat(names()).isEmpty();
    }

    @Test
    void givesEachPodANameOfItsOwn() {
        pending.add(Results.pod("web-0", Results.shape(null, Map.of(), ResourceVector.ZERO), null));
        pending.add(workload("Deployment", "web", 1, null));
        pending.add(workload("StatefulSet", "web", 1, null));

        assertThat(names()).containsExactly("web-0", "web-0-deployment", "web-0-statefulset");
    }
}
