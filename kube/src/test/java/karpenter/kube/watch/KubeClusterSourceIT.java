package karpenter.kube.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.ClusterStore;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodTemplate;
import karpenter.core.cluster.Workloads;
import karpenter.kube.Await;
import karpenter.kube.Manifests;
import karpenter.kube.NodeClassKind;
import karpenter.kube.TestCluster;
import karpenter.runtime.Readiness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The watch on a real API server, as the controller's account. */
@ExtendWith(TestCluster.Extension.class)
class KubeClusterSourceIT {
    private static final NodeClassKind KWOK =
            new NodeClassKind("karpenter.kwok.sh", "v1alpha1", "KWOKNodeClass", "kwoknodeclasses");

    private final TestCluster cluster;
    private final Manifests admin;
    private final BlockingQueue<ClusterDelta> deltas = new LinkedBlockingQueue<>();
    private final ClusterStore store = new ClusterStore();

    KubeClusterSourceIT(TestCluster cluster) {
        this.cluster = cluster;
        this.admin = cluster.admin().manifests();
    }

    private void apply(String name) {
        admin.apply("""
                apiVersion: v1
                kind: Node
                metadata: {name: NAME, annotations: {kwok.x-k8s.io/node: fake}}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: NAME}
                spec: {nodeName: NAME, containers: [{name: c, image: none}]}
                ---
                apiVersion: karpenter.kwok.sh/v1alpha1
                kind: KWOKNodeClass
                metadata: {name: NAME}
                ---
                apiVersion: karpenter.sh/v1
                kind: NodePool
                metadata: {name: NAME}
                spec:
                  template:
                    spec:
                      requirements: []
                      nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: NAME}
                ---
                apiVersion: karpenter.sh/v1
                kind: NodeClaim
                metadata: {name: NAME}
                spec:
                  requirements: []
                  nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: NAME}
                ---
                apiVersion: apps/v1
                kind: DaemonSet
                metadata: {name: NAME}
                spec:
                  selector: {matchLabels: {app: NAME}}
                  template:
                    metadata: {labels: {app: NAME}}
                    spec: {nodeSelector: {none: here}, containers: [{name: c, image: none}]}
                ---
                apiVersion: policy/v1
                kind: PodDisruptionBudget
                metadata: {name: NAME}
                spec: {maxUnavailable: 0, selector: {matchLabels: {app: NAME}}}
                ---
                apiVersion: storage.k8s.io/v1
                kind: VolumeAttachment
                metadata: {name: NAME}
                spec: {attacher: none, nodeName: NAME, source: {persistentVolumeName: NAME}}
                ---
                apiVersion: v1
                kind: Namespace
                metadata: {name: NAME}
                ---
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: {name: NAME}
                spec: {storageClassName: NAME, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
                ---
                apiVersion: v1
                kind: PersistentVolume
                metadata: {name: NAME}
                spec:
                  storageClassName: other
                  accessModes: [ReadWriteOnce]
                  capacity: {storage: 1Gi}
                  csi: {driver: none, volumeHandle: NAME}
                ---
                apiVersion: storage.k8s.io/v1
                kind: StorageClass
                metadata: {name: NAME}
                provisioner: none
                volumeBindingMode: WaitForFirstConsumer
                ---
                apiVersion: storage.k8s.io/v1
                kind: CSINode
                metadata: {name: NAME}
                spec: {drivers: [{name: none, nodeID: NAME, allocatable: {count: 3}}]}
                """.replace("NAME", name));
    }

    /** Deletes it all; the node after its pod has gone, for a pod whose node goes first waits for the garbage collector. */
    private void delete(String name) {
        String pod = "{apiVersion: v1, kind: Pod, metadata: {name: %s}}".formatted(name);
        admin.delete(pod);
        Await.until(() -> assertThat(admin.exists(pod)).isFalse());
        for (String kind : List.of(
                "v1 Node",
                "karpenter.kwok.sh/v1alpha1 KWOKNodeClass",
                "karpenter.sh/v1 NodePool",
                "karpenter.sh/v1 NodeClaim",
                "apps/v1 DaemonSet",
                "policy/v1 PodDisruptionBudget",
                "storage.k8s.io/v1 VolumeAttachment",
                "v1 Namespace",
                "v1 PersistentVolumeClaim",
                "v1 PersistentVolume",
                "storage.k8s.io/v1 StorageClass",
                "storage.k8s.io/v1 CSINode")) {
            String[] parts = kind.split(" ");
            admin.delete("{apiVersion: %s, kind: %s, metadata: {name: %s}}".formatted(parts[0], parts[1], name));
        }
    }

    private void receiveUntil(Predicate<ClusterSnapshot> reached) {
        while (!reached.test(store.snapshot())) {
            try {
                ClusterDelta next = deltas.poll(30, TimeUnit.SECONDS);
                store.apply(Objects.requireNonNull(next, () -> "nothing more came; the image is " + store.snapshot()));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static boolean holds(ClusterSnapshot image, String name) {
        return image.nodes().containsKey(name)
                && image.pods().containsKey(new PodKey("default", name))
                && image.nodeClass(KWOK.group(), KWOK.kind(), name) != null
                && image.nodePools().containsKey(name)
                && image.claims().containsKey(name)
                && image.daemonSets().stream()
                        .anyMatch(set -> set.metadata().name().equals(name))
                && image.disruptionBudgets().stream()
                        .anyMatch(budget -> budget.metadata().name().equals(name) && budget.fullyBlocking())
                && image.volumeAttachments().stream()
                        .anyMatch(attachment -> attachment.name().equals(name))
                && image.namespaces().getOrDefault(name, Map.of()).equals(Map.of("kubernetes.io/metadata.name", name))
                && image.storage().claims().containsKey(new PodKey("default", name))
                && image.storage().volumes().containsKey(name)
                && image.storage().classes().containsKey(name)
                && image.storage().csiNodes().containsKey(name);
    }

    private static boolean isFreeOf(ClusterSnapshot image, String name) {
        return !image.nodes().containsKey(name)
                && !image.pods().containsKey(new PodKey("default", name))
                && image.nodeClass(KWOK.group(), KWOK.kind(), name) == null
                && !image.nodePools().containsKey(name)
                && !image.claims().containsKey(name)
                && image.daemonSets().stream()
                        .noneMatch(set -> set.metadata().name().equals(name))
                && image.disruptionBudgets().stream()
                        .noneMatch(budget -> budget.metadata().name().equals(name))
                && image.volumeAttachments().stream()
                        .noneMatch(attachment -> attachment.name().equals(name))
                && !image.namespaces().containsKey(name)
                && !image.storage().claims().containsKey(new PodKey("default", name))
                && !image.storage().volumes().containsKey(name)
                && !image.storage().classes().containsKey(name)
                && !image.storage().csiNodes().containsKey(name);
    }

    @Test
    void deliversWhatExistsThenListedThenChangesAndDeletionsOfEveryKind() {
        apply("before");
        try (KubeClusterSource source = cluster.karpenter().clusterSource(List.of(KWOK))) {
            assertThat(source.readiness()).isInstanceOf(Readiness.NotReady.class);
            source.start(deltas::add);
            receiveUntil(ClusterSnapshot::listed);
            assertThat(holds(store.snapshot(), "before")).isTrue();
            assertThat(source.readiness()).isEqualTo(Readiness.ready());

            apply("after");
            receiveUntil(image -> holds(image, "after"));
            delete("before");
            receiveUntil(image -> isFreeOf(image, "before"));
            delete("after");
            receiveUntil(image -> isFreeOf(image, "after"));
            assertThat(deltas).doesNotContain(new ClusterDelta.Listed());
        }
    }

    @Test
    void watchesServicesAndWorkloadsWhenAskedTo() {
        admin.apply("""
                apiVersion: v1
                kind: Service
                metadata: {name: siblings}
                spec: {selector: {app: siblings}, ports: [{port: 80}]}
                ---
                apiVersion: apps/v1
                kind: ReplicaSet
                metadata: {name: siblings}
                spec:
                  replicas: 0
                  selector: {matchLabels: {app: siblings}}
                  template:
                    metadata: {labels: {app: siblings}}
                    spec: {containers: [{name: c, image: none}]}
                ---
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: {name: siblings}
                spec:
                  serviceName: siblings
                  replicas: 0
                  selector: {matchLabels: {app: siblings}}
                  template:
                    metadata: {labels: {app: siblings}}
                    spec: {containers: [{name: c, image: none}]}
                ---
                apiVersion: v1
                kind: ReplicationController
                metadata: {name: siblings}
                spec:
                  replicas: 0
                  selector: {app: siblings}
                  template:
                    metadata: {labels: {app: siblings}}
                    spec: {containers: [{name: c, image: none}]}
                """);
        try (KubeClusterSource source =
                cluster.karpenter().clusterSource(List.of(KWOK), Set.of(OptionalKind.WORKLOADS))) {
            source.start(deltas::add);
            receiveUntil(ClusterSnapshot::listed);
            assertThat(siblings()).isEqualTo(4);
            for (String kind :
                    List.of("v1 Service", "apps/v1 ReplicaSet", "apps/v1 StatefulSet", "v1 ReplicationController")) {
                String[] parts = kind.split(" ");
                admin.delete("{apiVersion: %s, kind: %s, metadata: {name: siblings}}".formatted(parts[0], parts[1]));
            }
            receiveUntil(image -> siblings() == 0);
        }
    }

    /** How many things select the pods of that name. */
    private long siblings() {
        Workloads workloads = store.snapshot().workloads();
        LabelSelector selector = new LabelSelector(Map.of("app", "siblings"), List.of());
        return workloads.servicesByNamespace().getOrDefault("default", List.of()).stream()
                        .filter(service -> service.selector().equals(selector.matchLabels()))
                        .count()
                + workloads.ownersByUid().values().stream()
                        .filter(owner -> selector.equals(owner.selector()))
                        .count();
    }

    @Test
    void watchesBuffersAndPodTemplatesWhenAskedTo() {
        admin.apply("""
                apiVersion: v1
                kind: PodTemplate
                metadata: {name: spare}
                template:
                  metadata: {labels: {app: spare}}
                  spec: {containers: [{name: c, image: none}]}
                ---
                apiVersion: autoscaling.x-k8s.io/v1beta1
                kind: CapacityBuffer
                metadata: {name: spare}
                spec: {podTemplateRef: {name: spare}, replicas: 2}
                """);
        PodKey key = new PodKey("default", "spare");
        try (KubeClusterSource source = cluster.karpenter()
                .clusterSource(List.of(KWOK), Set.of(OptionalKind.CAPACITY_BUFFERS, OptionalKind.POD_TEMPLATES))) {
            source.start(deltas::add);
            receiveUntil(ClusterSnapshot::listed);
            assertThat(store.snapshot().capacityBuffers()).containsKey(key);
            PodTemplate template = Objects.requireNonNull(store.podTemplate(key), "no PodTemplate");
            assertThat(template.metadata().generation()).isEqualTo(1);
            assertThat(template.template().labels()).isEqualTo(Map.of("app", "spare"));

            admin.delete("{apiVersion: autoscaling.x-k8s.io/v1beta1, kind: CapacityBuffer, metadata: {name: spare}}");
            admin.delete("{apiVersion: v1, kind: PodTemplate, metadata: {name: spare}}");
            receiveUntil(image -> image.capacityBuffers().isEmpty() && store.podTemplate(key) == null);
        }
    }

    @Test
    void goesOnAfterTheApiServerWasAway() {
        try (KubeClusterSource source = cluster.karpenter().clusterSource(List.of(KWOK))) {
            source.start(deltas::add);
            receiveUntil(ClusterSnapshot::listed);
            apply("outage");
            receiveUntil(image -> holds(image, "outage"));

            cluster.controlPlane().stopApiServer();
            cluster.controlPlane().startApiServer();
            delete("outage");
            apply("recovered");
            receiveUntil(image -> isFreeOf(image, "outage") && holds(image, "recovered"));
            delete("recovered");
            receiveUntil(image -> isFreeOf(image, "recovered"));
        }
    }

    @Test
    void aMissingKindIsSaidAndWaitedFor() {
        NodeClassKind late = new NodeClassKind("late.example.com", "v1", "LateClass", "lateclasses");
        try (KubeClusterSource source = cluster.admin().clusterSource(List.of(KWOK, late))) {
            source.start(deltas::add);
            Await.until(() -> assertThat(source.readiness().toString())
                    .contains("lateclasses.late.example.com/v1")
                    .contains("404")
                    .doesNotContain("pods"));
            admin.apply("""
                    apiVersion: apiextensions.k8s.io/v1
                    kind: CustomResourceDefinition
                    metadata: {name: lateclasses.late.example.com}
                    spec:
                      group: late.example.com
                      names: {kind: LateClass, plural: lateclasses, singular: lateclass, listKind: LateClassList}
                      scope: Cluster
                      versions:
                      - name: v1
                        served: true
                        storage: true
                        schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
                    """);
            receiveUntil(ClusterSnapshot::listed);
            assertThat(source.readiness()).isEqualTo(Readiness.ready());
        }
    }
}
