package karpenter.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import karpenter.core.cluster.PodKey;
import karpenter.core.port.PodEvictor;
import karpenter.core.port.PodEvictor.EvictionResult;
import karpenter.runtime.LeaderGate;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@ExtendWith(TestCluster.Extension.class)
@Covers("terminator: eviction codes")
class KubePodEvictorIT {
    private final Manifests admin;
    private final PodEvictor evictor;

    KubePodEvictorIT(TestCluster cluster) {
        admin = cluster.admin().manifests();
        evictor = cluster.karpenter().evictor(LeaderGate.open());
        admin.apply("""
                apiVersion: v1
                kind: Node
                metadata: {name: evictions, annotations: {kwok.x-k8s.io/node: fake}}
                status: {allocatable: {cpu: "8", memory: 8Gi, pods: "50"}, capacity: {cpu: "8", memory: 8Gi, pods: "50"}}
                """);
    }

    private String runningPod(String name, String app) {
        admin.create("""
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, labels: {app: %s}}
                spec:
                  nodeName: evictions
                  containers: [{name: c, image: none}]
                """.formatted(name, app));
        return Await.until(
                        () -> pod(name),
                        pod -> assertThat(pod.path("status").path("phase").asString(""))
                                .isEqualTo("Running"))
                .path("metadata")
                .path("uid")
                .asString("");
    }

    private JsonNode pod(String name) {
        return admin.get("/api/v1/namespaces/default/pods/" + name);
    }

    private void budget(String name, String app, int maxUnavailable) {
        admin.apply("""
                apiVersion: policy/v1
                kind: PodDisruptionBudget
                metadata: {name: %s}
                spec: {maxUnavailable: %d, selector: {matchLabels: {app: %s}}}
                """.formatted(name, maxUnavailable, app));
        Await.until(() -> {
            JsonNode stored = admin.get("/apis/policy/v1/namespaces/default/poddisruptionbudgets/" + name);
            assertThat(stored.path("status").path("observedGeneration").asInt(0))
                    .isEqualTo(stored.path("metadata").path("generation").asInt(-1));
        });
    }

    private static PodKey key(String name) {
        return new PodKey("default", name);
    }

    @Test
    void evictsUnlessABudgetSaysNo() {
        String uid = runningPod("guarded", "guarded");
        budget("guarded", "guarded", 0);
        EvictionResult blocked = evictor.evict(key("guarded"), uid);
        assertThat(blocked).isInstanceOf(EvictionResult.Blocked.class);
        assertThat(blocked.code()).isEqualTo(429);
        assertThat(((EvictionResult.Blocked) blocked).multipleBudgets()).isFalse();

        admin.delete("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: guarded}}");
        assertThat(evictor.evict(key("guarded"), uid)).isEqualTo(new EvictionResult.Accepted(201));
    }

    @Test
    @Covers("terminator: several PDBs")
    void severalBudgetsBlockForGood() {
        String uid = runningPod("many", "many");
        budget("many-1", "many", 1);
        budget("many-2", "many", 1);
        EvictionResult blocked = evictor.evict(key("many"), uid);
        assertThat(blocked).isInstanceOf(EvictionResult.Blocked.class);
        assertThat(((EvictionResult.Blocked) blocked).multipleBudgets()).isTrue();
        assertThat(blocked.code()).isEqualTo(500);
    }

    @Test
    void aPodThatIsGoneOrAnotherIsLeftAlone() {
        String uid = runningPod("again", "again");
        for (EvictionResult result : List.of(
                evictor.evict(key("again"), "other-uid"), evictor.delete(key("again"), "other-uid", Duration.ZERO))) {
            assertThat(result).isEqualTo(new EvictionResult.Gone(409));
        }
        assertThat(pod("again").path("metadata").has("deletionTimestamp")).isFalse();
        for (EvictionResult result :
                List.of(evictor.evict(key("absent"), uid), evictor.delete(key("absent"), uid, Duration.ZERO))) {
            assertThat(result).isEqualTo(new EvictionResult.Gone(404));
        }
    }

    @Test
    void deletesWithGraceDespiteABudget() {
        String uid = runningPod("forced", "forced");
        budget("forced", "forced", 0);
        assertThat(evictor.delete(key("forced"), uid, Duration.ofMillis(10)))
                .isEqualTo(new EvictionResult.Accepted(200));
    }
}
