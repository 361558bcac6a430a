package karpenter.kube.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import karpenter.core.cluster.Namespace;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

class ManifestDecoderTest {
    private final ManifestDecoder decoder = new ManifestDecoder();

    private Manifest one(String yaml) {
        List<Manifest> manifests = decoder.decode(Yaml.tree(yaml));
        assertThat(manifests).hasSize(1);
        return manifests.getFirst();
    }

    private Pod pod(String yaml) {
        return ((Manifest.OfPod) one(yaml)).pod();
    }

    @Test
    void aPodNobodyScheduledYetWaitsForCapacity() {
        Pod pod = pod("""
                apiVersion: v1
                kind: Pod
                metadata: {name: p}
                spec: {containers: [{name: c, resources: {limits: {cpu: "1"}}}]}
                """);
        assertThat(pod.key()).isEqualTo(new PodKey("default", "p"));
        assertThat(pod.uid()).isEqualTo("default/p");
        assertThat(pod.provisionable()).isTrue();
        assertThat(pod.shape().requests())
                .as("limits become requests")
                .isEqualTo(ResourceVector.of(1000, 0).with("pods", 1));
    }

    @Test
    void aPodWithANodeDoesNotWait() {
        assertThat(pod("{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: n}}")
                        .provisionable())
                .isFalse();
        assertThat(pod("""
                apiVersion: v1
                kind: Pod
                metadata: {name: p}
                status: {conditions: [{type: PodScheduled, status: "False", reason: SchedulingGated}]}
                """).provisionable()).isFalse();
    }

    @Test
    void workloadsYieldTheirPods() {
        for (String kind : List.of(
                "apps/v1 Deployment", "apps/v1 StatefulSet", "apps/v1 ReplicaSet", "v1 ReplicationController")) {
            String[] parts = kind.split(" ");
            Manifest.OfWorkload workload = (Manifest.OfWorkload) one("""
                    apiVersion: %s
                    kind: %s
                    metadata: {name: web, namespace: shop}
                    spec:
                      replicas: 3
                      template:
                        metadata: {labels: {app: web}, annotations: {karpenter.sh/do-not-disrupt: "true"}}
                        spec: {containers: [{name: c, resources: {requests: {cpu: 100m}}}]}
                    """.formatted(parts[0], parts[1]));
            assertThat(workload.pods())
                    .extracting(pod -> pod.key().toString())
                    .containsExactly("shop/web-0", "shop/web-1", "shop/web-2");
            Pod pod = workload.pods().getFirst();
            assertThat(pod.provisionable()).isTrue();
            assertThat(pod.doNotDisrupt()).isEqualTo("true");
            assertThat(pod.shape()).isSameAs(workload.shape());
            assertThat(Objects.requireNonNull(pod.shape().owner()).kind()).isEqualTo(parts[1]);
        }
    }

    @Test
    void aJobRunsAsManyPodsAsItMayAtOnceAndOneWhenItDoesNotSay() {
        assertThat(((Manifest.OfWorkload) one("""
                apiVersion: batch/v1
                kind: Job
                metadata: {name: j}
                spec: {completions: 9, parallelism: 4, template: {spec: {containers: [{name: c}]}}}
                """)).pods()).hasSize(4);
        assertThat(((Manifest.OfWorkload) one("""
                apiVersion: batch/v1
                kind: Job
                metadata: {name: j}
                spec: {template: {spec: {containers: [{name: c}]}}}
                """)).pods()).hasSize(1);
    }

    @Test
    void decodesEveryKindThatBearsOnDecisions() {
        assertThat(one("{apiVersion: v1, kind: Node, metadata: {name: n}}")).isInstanceOf(Manifest.OfNode.class);
        assertThat(one("{apiVersion: v1, kind: Namespace, metadata: {name: n, labels: {a: b}}}"))
                .isEqualTo(new Manifest.OfNamespace(
                        new Namespace("n", Map.of("a", "b", "kubernetes.io/metadata.name", "n"))));
        assertThat(((Manifest.OfDaemonSet) one("""
                apiVersion: apps/v1
                kind: DaemonSet
                metadata: {name: d}
                spec: {template: {spec: {containers: [{name: c}]}}}
                """)).daemonSet().template().namespace())
                .isEqualTo("default");
        assertThat(((Manifest.OfDisruptionBudget) one("""
                apiVersion: policy/v1
                kind: PodDisruptionBudget
                metadata: {name: b, namespace: x}
                spec: {maxUnavailable: 0}
                """)).budget().metadata().namespace())
                .isEqualTo("x");
        assertThat(((Manifest.OfNodePool) one("""
                apiVersion: karpenter.sh/v1
                kind: NodePool
                metadata: {name: p}
                spec: {template: {spec: {nodeClassRef: {group: g, kind: K, name: n}, requirements: []}}, weight: 7}
                """)).pool().spec().weight()).isEqualTo(7);
        assertThat(one("""
                apiVersion: karpenter.sh/v1
                kind: NodeClaim
                metadata: {name: c}
                spec: {nodeClassRef: {group: g, kind: K, name: n}, requirements: []}
                """)).isInstanceOf(Manifest.OfNodeClaim.class);
        assertThat(one("""
                apiVersion: karpenter.sh/v1alpha1
                kind: NodeOverlay
                metadata: {name: o}
                spec: {requirements: [], price: "1"}
                """)).isInstanceOf(Manifest.OfNodeOverlay.class);
        assertThat(one("{apiVersion: karpenter.kwok.sh/v1alpha1, kind: KWOKNodeClass, metadata: {name: k}}"))
                .isInstanceOf(Manifest.OfKwokNodeClass.class);
        assertThat(one("{apiVersion: v1, kind: ConfigMap, metadata: {name: m}}"))
                .isEqualTo(new Manifest.Other("v1", "ConfigMap", "m"));
    }

    @Test
    void listsYieldTheirItemsAndEmptyDocumentsNothing() {
        assertThat(decoder.decode(Yaml.tree("""
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: Namespace, metadata: {name: a}}
                - {apiVersion: v1, kind: Namespace, metadata: {name: b}}
                """))).hasSize(2);
        assertThat(decoder.decode(Yaml.tree("null"))).isEmpty();
        assertThat(decoder.decode(Map.of("apiVersion", "v1", "kind", "Pod", "metadata", Map.of("name", "p"))))
                .hasSize(1);
    }

    @Test
    void mistakesNameObjectFieldAndCure() {
        assertThatThrownBy(() -> one("{kind: Pod}")).hasMessageContaining("apiVersion: is missing");
        assertThatThrownBy(() -> one("{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {}}"))
                .hasMessage("Deployment default/d: spec.template: is missing; a Deployment needs a pod template");
        assertThatThrownBy(() -> one("""
                        apiVersion: apps/v1
                        kind: Deployment
                        metadata: {name: d}
                        spec: {replicas: -1, template: {spec: {}}}
                        """)).hasMessageContaining("spec.replicas: -1 is negative");
        assertThatThrownBy(() -> one("{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: p}}"))
                .hasMessage("NodePool p: spec: is missing");
        assertThatThrownBy(() -> one("""
                        apiVersion: karpenter.sh/v1
                        kind: NodePool
                        metadata: {name: p}
                        spec: {template: {spec: {requirements: []}}, disruption: {consolidateAfter: soon}}
                        """))
                .hasMessageStartingWith("NodePool p: spec.disruption.consolidateAfter: \"soon\" is not a duration");
    }
}
