package karpenter.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import karpenter.core.cluster.PodKey;
import karpenter.core.port.ObjectReader.ReadResult;
import karpenter.core.port.ScalableReader;
import karpenter.core.port.ScalableReader.Scalable;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading workloads from a real API server, as the controller's account. */
@ExtendWith(TestCluster.Extension.class)
class KubeScalableReaderIT {
    private final Manifests admin;
    private final ScalableReader reader;

    KubeScalableReaderIT(TestCluster cluster) {
        admin = cluster.admin().manifests();
        reader = cluster.karpenter().scalables();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Deployment", "StatefulSet", "ReplicaSet"})
    void readsTheTemplateAndHowManyPodsAreWanted(String kind) {
        admin.apply("""
                apiVersion: apps/v1
                kind: %s
                metadata: {name: read}
                spec:
                  replicas: 0
                  selector: {matchLabels: {app: read}}
                  template:
                    metadata: {labels: {app: read}}
                    spec: {containers: [{name: c, image: none, resources: {limits: {cpu: 250m}}}]}
                """.formatted(kind));
        assertThat(reader.read(kind, new PodKey("default", "read")))
                .isInstanceOfSatisfying(ReadResult.Found.class, found -> {
                    Scalable workload = (Scalable) found.value();
                    assertThat(workload.replicas()).isZero();
                    assertThat(workload.template().owner()).isNull();
                    assertThat(workload.template().labels()).containsEntry("app", "read");
                    assertThat(workload.template().requests())
                            .isEqualTo(ResourceVector.of(250, 0).with("pods", 1));
                });
        admin.delete("{apiVersion: apps/v1, kind: %s, metadata: {name: read}}".formatted(kind));
    }

    @Test
    void saysThatThereIsNone() {
        assertThat(reader.read("Deployment", new PodKey("default", "nobody")))
                .isEqualTo(new ReadResult.NotFound<Scalable>());
    }

    @Test
    void knowsNoOtherKinds() {
        assertThatThrownBy(() -> reader.read("Job", new PodKey("default", "read")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Job");
    }
}
