package karpenter.kube.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import karpenter.api.Condition;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.OwnerReference;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.core.cluster.CsiNode;
import karpenter.core.cluster.DaemonSet;
import karpenter.core.cluster.DisruptionBudget;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.Namespace;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeClass;
import karpenter.core.cluster.PersistentVolume;
import karpenter.core.cluster.PersistentVolumeClaim;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.PodTemplate;
import karpenter.core.cluster.SchedulerVerdict;
import karpenter.core.cluster.Service;
import karpenter.core.cluster.StorageClass;
import karpenter.core.cluster.Toleration;
import karpenter.core.cluster.VolumeAttachment;
import karpenter.core.cluster.Workload;
import karpenter.core.port.ScalableReader;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class WatchDecoderTest {
    private final WatchDecoder decoder = new WatchDecoder();

    private Pod pod(String yaml) {
        return decoder.pod(Yaml.tree(yaml));
    }

    @Test
    void decodesAWaitingPodWithAllThatBearsOnItsPlace() {
        Pod pod = pod("""
                metadata:
                  namespace: shop
                  name: web-1
                  uid: u1
                  resourceVersion: "42"
                  creationTimestamp: 2026-03-01T10:00:00Z
                  labels: {app: web}
                  annotations: {karpenter.sh/do-not-disrupt: 30m, controller.kubernetes.io/pod-deletion-cost: "-5"}
                  ownerReferences:
                  - {apiVersion: v1, kind: Other, name: x, uid: "1"}
                  - {apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: r1, controller: true}
                spec:
                  containers:
                  - name: c
                    resources: {requests: {cpu: 100m}}
                    ports: [{containerPort: 80}, {containerPort: 81, hostPort: 8081, protocol: UDP, hostIP: 10.0.0.1}]
                  nodeSelector: {disk: ssd}
                  tolerations: [{key: gpu, operator: Exists, effect: NoSchedule, tolerationSeconds: 3}, {operator: Exists}]
                  priority: 100
                  priorityClassName: high
                  schedulerName: mine
                  terminationGracePeriodSeconds: 5
                  topologySpreadConstraints:
                  - maxSkew: 1
                    minDomains: 2
                    topologyKey: zone
                    whenUnsatisfiable: DoNotSchedule
                    labelSelector: {matchLabels: {app: web}}
                    nodeAffinityPolicy: Ignore
                    nodeTaintsPolicy: Honor
                    matchLabelKeys: [pod-template-hash]
                  affinity:
                    nodeAffinity:
                      requiredDuringSchedulingIgnoredDuringExecution:
                        nodeSelectorTerms:
                        - matchExpressions: [{key: arch, operator: In, values: [arm64]}]
                        - matchFields: [{key: metadata.name, operator: In, values: [n1]}]
                      preferredDuringSchedulingIgnoredDuringExecution:
                      - {weight: 7, preference: {matchExpressions: [{key: spot, operator: Exists}]}}
                    podAffinity:
                      requiredDuringSchedulingIgnoredDuringExecution:
                      - {topologyKey: zone, labelSelector: {matchLabels: {app: db}}, namespaceSelector: {}}
                    podAntiAffinity:
                      preferredDuringSchedulingIgnoredDuringExecution:
                      - weight: 3
                        podAffinityTerm:
                          topologyKey: host
                          namespaces: [other]
                          labelSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}
                          mismatchLabelKeys: [a]
                  volumes:
                  - {name: none, emptyDir: {}}
                  - {name: data, persistentVolumeClaim: {claimName: pvc}}
                  - {name: tmp, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: fast}}}}
                  resourceClaims: [{name: gpu, resourceClaimName: c}]
                status:
                  phase: Pending
                  conditions:
                  - {type: PodScheduled, status: "False", reason: Unschedulable}
                """);
        assertThat(pod)
                .isEqualTo(new Pod(
                        new PodKey("shop", "web-1"),
                        "u1",
                        "42",
                        pod.shape(),
                        PodPhase.PENDING,
                        null,
                        null,
                        SchedulerVerdict.UNSCHEDULABLE,
                        false,
                        Instant.parse("2026-03-01T10:00:00Z"),
                        null,
                        null,
                        "30m",
                        -5));
        assertThat(pod.shape()).isEqualTo(expectedShape());
        assertThat(pod.provisionable()).isTrue();
    }

    private static PodShape expectedShape() {
        LabelSelector web = new LabelSelector(Map.of("app", "web"), List.of());
        return PodShape.builder("shop")
                .labels(Map.of("app", "web"))
                .owner(new PodOwner("apps/v1", "ReplicaSet", "web", "r1"))
                .requests(ResourceVector.of(100, 0).with("pods", 1))
                .nodeSelector(Map.of("disk", "ssd"))
                .requiredNodeAffinity(List.of(
                        new PodShape.NodeSelectorTerm(
                                List.of(NodeSelectorRequirement.of("arch", "In", "arm64")), false),
                        new PodShape.NodeSelectorTerm(List.of(), true)))
                .preferredNodeAffinity(List.of(new PodShape.PreferredTerm(
                        7,
                        new PodShape.NodeSelectorTerm(List.of(NodeSelectorRequirement.of("spot", "Exists")), false))))
                .tolerations(List.of(new Toleration("gpu", "Exists", "", "NoSchedule"), Toleration.EVERYTHING))
                .hostPorts(List.of(new PodShape.HostPort("10.0.0.1", 8081, "UDP")))
                .topologySpread(List.of(new PodShape.TopologySpreadConstraint(
                        1, "zone", "DoNotSchedule", web, 2, "Ignore", "Honor", List.of("pod-template-hash"))))
                .podAffinity(List.of(new PodShape.PodAffinityTerm(
                        "zone",
                        new LabelSelector(Map.of("app", "db"), List.of()),
                        List.of(),
                        new LabelSelector(Map.of(), List.of()),
                        List.of(),
                        List.of())))
                .preferredPodAntiAffinity(List.of(new PodShape.WeightedPodAffinityTerm(
                        3,
                        new PodShape.PodAffinityTerm(
                                "host",
                                new LabelSelector(
                                        Map.of(),
                                        List.of(new LabelSelector.Expression("app", "NotIn", List.of("web")))),
                                List.of("other"),
                                null,
                                List.of(),
                                List.of("a")))))
                .volumes(List.of(
                        new PodShape.VolumeReference("data", "pvc", false, null),
                        new PodShape.VolumeReference("tmp", "", true, "fast")))
                .resourceClaims(List.of("gpu"))
                .priority(100)
                .priorityClassName("high")
                .schedulerName("mine")
                .terminationGracePeriodSeconds(5)
                .build();
    }

    @Test
    void decodesARunningPod() {
        Pod pod = pod("""
                metadata: {namespace: a, name: b, uid: c, deletionTimestamp: 2026-03-01T11:00:00Z}
                spec: {nodeName: n1, containers: [{name: c}]}
                status:
                  phase: Running
                  nominatedNodeName: n2
                  startTime: 2026-03-01T10:00:05Z
                  conditions:
                  - {type: PodScheduled, status: "True"}
                  - {type: Ready, status: "True"}
                """);
        assertThat(pod.nodeName()).isEqualTo("n1");
        assertThat(pod.nominatedNodeName()).isEqualTo("n2");
        assertThat(pod.phase()).isEqualTo(PodPhase.RUNNING);
        assertThat(pod.unschedulable()).isFalse();
        assertThat(pod.ready()).isTrue();
        assertThat(pod.terminating()).isTrue();
        assertThat(pod.startTime()).isEqualTo(Instant.parse("2026-03-01T10:00:05Z"));
        assertThat(pod.shape().schedulerName()).isEqualTo("default-scheduler");
        assertThat(pod.shape().terminationGracePeriodSeconds()).isEqualTo(30);
        assertThat(pod.doNotDisrupt()).isNull();
    }

    @Test
    void aPodNobodyLookedAtIsNotUnschedulable() {
        assertThat(pod("{metadata: {namespace: a, name: b}, spec: {containers: []}}")
                        .unschedulable())
                .isFalse();
        assertThat(pod("""
                metadata: {namespace: a, name: b}
                status: {conditions: [{type: PodScheduled, status: "True", reason: Unschedulable}]}
                """).unschedulable()).as("the status is not looked at").isTrue();
    }

    @Test
    void aPodBehindASchedulingGateWaitsForNothing() {
        Pod pod = pod("""
                metadata: {namespace: a, name: b}
                spec: {schedulingGates: [{name: later}]}
                status: {conditions: [{type: PodScheduled, status: "False", reason: SchedulingGated}]}
                """);
        assertThat(pod.verdict()).isEqualTo(SchedulerVerdict.GATED);
        assertThat(pod.provisionable()).isFalse();
        assertThat(pod.unjudged()).isFalse();
    }

    @Test
    void portsOfHostNetworkPodsAndSidecarsAreTheHosts() {
        assertThat(pod("""
                metadata: {namespace: a, name: b}
                spec:
                  hostNetwork: true
                  initContainers:
                  - {name: i, ports: [{containerPort: 1}]}
                  - {name: s, restartPolicy: Always, ports: [{containerPort: 2}]}
                  containers: [{name: c, ports: [{containerPort: 3}]}]
                """).shape().hostPorts())
                .containsExactly(new PodShape.HostPort("", 2, "TCP"), new PodShape.HostPort("", 3, "TCP"));
    }

    @Test
    void aMalformedDeletionCostCountsAsNone() {
        for (String cost : List.of("many", "NaN", "Infinity", "")) {
            assertThat(
                            pod("metadata: {namespace: a, name: b, annotations: {controller.kubernetes.io/pod-deletion-cost: '"
                                            + cost + "'}}")
                                    .deletionCost())
                    .isZero();
        }
    }

    @Test
    void siblingsShareOneShape() {
        String sibling = """
                metadata: {namespace: a, name: NAME, labels: {app: x}}
                spec: {containers: [{name: c, resources: {requests: {cpu: CPU}}}]}
                """;
        Pod first = pod(sibling.replace("NAME", "p1").replace("CPU", "1"));
        Pod second = pod(sibling.replace("NAME", "p2").replace("CPU", "1000m"));
        Pod other = pod(sibling.replace("NAME", "p3").replace("CPU", "2"));
        assertThat(second.shape()).isSameAs(first.shape());
        assertThat(other.shape()).isNotEqualTo(first.shape());
        assertThat(decoder.podShapes()).isEqualTo(2);
    }

    @Test
    void decodesANodeWithoutBallast() {
        Node node = decoder.node(Yaml.tree("""
                metadata:
                  name: n1
                  uid: u
                  resourceVersion: "7"
                  generation: 2
                  creationTimestamp: 2026-03-01T10:00:00Z
                  labels: {a: b}
                  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}", keep: me}
                  finalizers: [karpenter.sh/termination]
                  ownerReferences: [{apiVersion: karpenter.sh/v1, kind: NodeClaim, name: c, uid: "1", blockOwnerDeletion: true}]
                spec:
                  providerID: kwok://n1
                  unschedulable: true
                  taints: [{key: a, effect: NoExecute, timeAdded: 2026-03-01T10:00:00Z}, {key: b, value: c, effect: NoSchedule}]
                status:
                  capacity: {cpu: "4", memory: 8Gi, pods: "110", nvidia.com/gpu: "1"}
                  allocatable: {cpu: 3900m}
                  conditions:
                  - {type: Ready, status: "True", reason: r, message: m, lastHeartbeatTime: 2026-03-01T10:05:00Z, lastTransitionTime: 2026-03-01T10:00:00Z}
                  images: [{names: [x], sizeBytes: 1}]
                """));
        assertThat(node.metadata().annotations()).isEqualTo(Map.of("keep", "me"));
        assertThat(node.metadata().ownerReferences())
                .containsExactly(new OwnerReference("karpenter.sh/v1", "NodeClaim", "c", "1", null, true));
        assertThat(node.metadata().generation()).isEqualTo(2);
        assertThat(node.providerId()).isEqualTo("kwok://n1");
        assertThat(node.unschedulable()).isTrue();
        assertThat(node.taints())
                .containsExactly(
                        new Taint("a", "", "NoExecute", Instant.parse("2026-03-01T10:00:00Z")),
                        Taint.of("b", "c", "NoSchedule"));
        assertThat(node.capacity())
                .isEqualTo(ResourceVector.of(4000, 8L << 30).with("pods", 110).with("nvidia.com/gpu", 1));
        assertThat(node.allocatable()).isEqualTo(ResourceVector.of(3900, 0));
        assertThat(node.conditions())
                .containsExactly(new Condition("Ready", "True", "r", "m", Instant.parse("2026-03-01T10:00:00Z"), 0));
        assertThat(node.ready()).isTrue();
    }

    @Test
    void aNodeIsEncodedAsItIsDecoded() {
        Node node = decoder.node(Yaml.tree("""
                metadata: {name: n1, labels: {a: b}, finalizers: [f]}
                spec: {providerID: kwok://n1, unschedulable: true, taints: [{key: a, value: b, effect: NoExecute, timeAdded: 2026-03-01T10:00:00Z}]}
                status: {capacity: {cpu: 4, memory: 8Gi}, allocatable: {cpu: 3900m, pods: 110}}
                """));
        assertThat((JsonNode) NodeDecoder.encode(node)).isEqualTo(Yaml.tree("""
                metadata: {name: n1, labels: {a: b}, finalizers: [f]}
                spec: {providerID: kwok://n1, unschedulable: true, taints: [{key: a, value: b, effect: NoExecute, timeAdded: 2026-03-01T10:00:00Z}]}
                status: {capacity: {cpu: "4", memory: 8Gi}, allocatable: {cpu: 3900m, pods: "110"}}
                """));
    }

    @Test
    void aDaemonSetsTemplateIsAPodsShapeWithTheDefaultsPodsWillHave() {
        DaemonSet set = decoder.daemonSet(Yaml.tree("""
                metadata: {namespace: kube-system, name: agent, uid: d}
                spec:
                  template:
                    metadata: {labels: {app: agent}}
                    spec:
                      priorityClassName: system-node-critical
                      containers: [{name: a, resources: {limits: {cpu: 50m}}}]
                """));
        PodShape shape = set.template();
        assertThat(shape.requests()).isEqualTo(ResourceVector.of(50, 0).with("pods", 1));
        assertThat(shape.labels()).isEqualTo(Map.of("app", "agent"));
        assertThat(shape.namespace()).isEqualTo("kube-system");
        assertThat(shape.priority()).isEqualTo(2_000_001_000);
        assertThat(Objects.requireNonNull(shape.owner()).isDaemonSet()).isTrue();
    }

    @Test
    void aPodTemplatesShapeBelongsToNobody() {
        PodTemplate template = decoder.podTemplate(Yaml.tree("""
                metadata: {namespace: shop, name: web, uid: t, generation: 3}
                template:
                  metadata: {labels: {app: web}}
                  spec:
                    nodeSelector: {disk: ssd}
                    containers: [{name: a, resources: {limits: {cpu: 50m}}}]
                """));
        assertThat(template.key()).isEqualTo(new PodKey("shop", "web"));
        assertThat(template.metadata().generation()).isEqualTo(3);
        PodShape shape = template.template();
        assertThat(shape.owner()).isNull();
        assertThat(shape.namespace()).isEqualTo("shop");
        assertThat(shape.labels()).isEqualTo(Map.of("app", "web"));
        assertThat(shape.nodeSelector()).isEqualTo(Map.of("disk", "ssd"));
        assertThat(shape.requests()).isEqualTo(ResourceVector.of(50, 0).with("pods", 1));
    }

    @Test
    void aWorkloadWantsOnePodUnlessItSays() {
        String text = """
                metadata: {namespace: shop, name: web, uid: w}
                spec: {REPLICAS template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a}]}}}
                """;
        assertThat(decoder.scalable("Deployment", Yaml.tree(text.replace("REPLICAS", "")))
                        .replicas())
                .isEqualTo(1);
        ScalableReader.Scalable five =
                decoder.scalable("StatefulSet", Yaml.tree(text.replace("REPLICAS", "replicas: 5,")));
        assertThat(five.replicas()).isEqualTo(5);
        assertThat(five.template().owner()).isNull();
        assertThat(five.template().namespace()).isEqualTo("shop");
    }

    private DisruptionBudget budget(String spec) {
        return decoder.disruptionBudget(
                Yaml.tree("{metadata: {namespace: a, name: b}, spec: " + spec + ", status: {disruptionsAllowed: 2}}"));
    }

    @Test
    void aBudgetIsFullyBlockingWhenNoEvictionCanEverPass() {
        assertThat(budget("{maxUnavailable: 0}").fullyBlocking()).isTrue();
        assertThat(budget("{maxUnavailable: 0%}").fullyBlocking()).isTrue();
        assertThat(budget("{minAvailable: 100%}").fullyBlocking()).isTrue();
        assertThat(budget("{maxUnavailable: 1}").fullyBlocking()).isFalse();
        assertThat(budget("{minAvailable: 99%}").fullyBlocking()).isFalse();
        assertThat(budget("{minAvailable: 0}").fullyBlocking()).isFalse();
    }

    @Test
    void aBudgetsSelectorMayBeAbsentOrEmpty() {
        DisruptionBudget budget = budget("{selector: {}, unhealthyPodEvictionPolicy: AlwaysAllow}");
        assertThat(budget.selector()).isEqualTo(new LabelSelector(Map.of(), List.of()));
        assertThat(budget.alwaysAllowUnhealthy()).isTrue();
        assertThat(budget.disruptionsAllowed()).isEqualTo(2);
        assertThat(budget("{}").selector()).isNull();
    }

    @Test
    void decodesVolumeAttachmentsOfEitherSource() {
        assertThat(decoder.volumeAttachment(
                        Yaml.tree("{metadata: {name: v}, spec: {nodeName: n, source: {persistentVolumeName: pv}}}")))
                .isEqualTo(new VolumeAttachment("v", "n", "pv"));
        assertThat(decoder.volumeAttachment(
                        Yaml.tree("{metadata: {name: v}, spec: {nodeName: n, source: {inlineVolumeSpec: {}}}}")))
                .isEqualTo(new VolumeAttachment("v", "n", null));
    }

    @Test
    void decodesNamespaces() {
        assertThat(decoder.namespace(Yaml.tree("metadata: {name: shop, labels: {team: a}}")))
                .isEqualTo(new Namespace("shop", Map.of("team", "a")));
    }

    @Test
    void decodesWhatServicesAndWorkloadsSelect() {
        assertThat(decoder.service(
                        Yaml.tree("{metadata: {name: s, namespace: shop}, spec: {selector: {app: web}, ports: []}}")))
                .isEqualTo(new Service(new PodKey("shop", "s"), Map.of("app", "web")));
        assertThat(decoder.service(Yaml.tree("{metadata: {name: s, namespace: shop}, spec: {type: ExternalName}}"))
                        .selector())
                .isEmpty();
        String set = "{metadata: {name: r, namespace: shop, uid: u}, spec: {selector: {matchLabels: {app: web}}}}";
        LabelSelector web = new LabelSelector(Map.of("app", "web"), List.of());
        assertThat(decoder.workload("ReplicaSet", Yaml.tree(set)))
                .isEqualTo(new Workload(new PodKey("shop", "r"), "u", web));
        assertThat(decoder.workload(
                        "ReplicationController",
                        Yaml.tree("{metadata: {name: r, namespace: shop, uid: u}, spec: {selector: {app: web}}}")))
                .isEqualTo(new Workload(new PodKey("shop", "r"), "u", web));
    }

    @Test
    void decodesVolumeClaims() {
        assertThat(decoder.persistentVolumeClaim(Yaml.tree("""
                metadata:
                  name: data
                  namespace: shop
                  annotations: {pv.kubernetes.io/bind-completed: "yes"}
                  ownerReferences: [{apiVersion: v1, kind: Pod, name: p, uid: u, controller: true}]
                spec: {volumeName: pv, storageClassName: fast, accessModes: [ReadWriteOncePod]}
                status: {phase: Bound}
                """)))
                .isEqualTo(new PersistentVolumeClaim(
                        new PodKey("shop", "data"), "pv", true, "fast", false, false, true, "u"));
        assertThat(decoder.persistentVolumeClaim(Yaml.tree("""
                metadata:
                  name: old
                  namespace: shop
                  deletionTimestamp: 2026-01-01T00:00:00Z
                  annotations: {volume.beta.kubernetes.io/storage-class: slow}
                spec: {volumeName: "", storageClassName: fast, accessModes: [ReadWriteOnce]}
                status: {phase: Lost}
                """)))
                .isEqualTo(new PersistentVolumeClaim(
                        new PodKey("shop", "old"), null, false, "slow", true, true, false, null));
        assertThat(decoder.persistentVolumeClaim(
                                Yaml.tree("{metadata: {name: n, namespace: x}, spec: {storageClassName: ''}}"))
                        .storageClassName())
                .as("no class at all is not the default class")
                .isEmpty();
    }

    @Test
    void decodesVolumesWithTheirZoneLabels() {
        PersistentVolume volume = decoder.persistentVolume(Yaml.tree("""
                metadata: {name: pv, labels: {topology.kubernetes.io/zone: a__b}}
                spec:
                  csi: {driver: ebs.csi.aws.com, volumeHandle: v}
                  nodeAffinity:
                    required:
                      nodeSelectorTerms:
                      - matchExpressions: [{key: rack, operator: In, values: ["1"]}]
                      - matchFields: [{key: metadata.name, operator: In, values: [n]}]
                """));
        NodeSelectorRequirement zones =
                new NodeSelectorRequirement("topology.kubernetes.io/zone", "In", List.of("a", "b"), null);
        assertThat(volume)
                .isEqualTo(new PersistentVolume(
                        "pv",
                        "ebs.csi.aws.com",
                        false,
                        List.of(
                                new NodeSelectorTerm(
                                        List.of(new NodeSelectorRequirement("rack", "In", List.of("1"), null), zones),
                                        false),
                                new NodeSelectorTerm(List.of(zones), true)),
                        false));
    }

    @Test
    void decodesVolumesOfFormerPluginsAndOfOneNode() {
        assertThat(decoder.persistentVolume(
                        Yaml.tree("{metadata: {name: pv}, spec: {awsElasticBlockStore: {volumeID: v}}}")))
                .isEqualTo(new PersistentVolume("pv", "ebs.csi.aws.com", false, List.of(), false));
        assertThat(decoder.persistentVolume(Yaml.tree("{metadata: {name: pv}, spec: {hostPath: {path: /x}}}")))
                .isEqualTo(new PersistentVolume("pv", "", true, List.of(), false));
        assertThat(decoder.persistentVolume(Yaml.tree("""
                metadata: {name: pv, deletionTimestamp: 2026-01-01T00:00:00Z}
                spec: {local: {path: /x}}
                """)))
                .isEqualTo(new PersistentVolume("pv", "", true, List.of(), true));
    }

    @Test
    void volumesOfOnePlaceShareIt() {
        String yaml = "{metadata: {name: %s, labels: {topology.kubernetes.io/zone: a}}, spec: {csi: {driver: d}}}";
        PersistentVolume first = decoder.persistentVolume(Yaml.tree(yaml.formatted("one")));
        PersistentVolume second = decoder.persistentVolume(Yaml.tree(yaml.formatted("two")));
        assertThat(second.nodeAffinity()).isSameAs(first.nodeAffinity());
        assertThat(second.driver()).isSameAs(first.driver());
    }

    @Test
    void decodesStorageClasses() {
        assertThat(decoder.storageClass(Yaml.tree("""
                metadata:
                  name: fast
                  creationTimestamp: 2026-01-01T00:00:00Z
                  annotations: {storageclass.kubernetes.io/is-default-class: "true"}
                provisioner: ebs.csi.aws.com
                volumeBindingMode: WaitForFirstConsumer
                allowedTopologies:
                - matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [a, b]}]
                """)))
                .isEqualTo(new StorageClass(
                        "fast",
                        "ebs.csi.aws.com",
                        true,
                        true,
                        Instant.parse("2026-01-01T00:00:00Z"),
                        List.of(new NodeSelectorTerm(
                                List.of(new NodeSelectorRequirement(
                                        "topology.kubernetes.io/zone", "In", List.of("a", "b"), null)),
                                false))));
        assertThat(decoder.storageClass(Yaml.tree("{metadata: {name: slow}, provisioner: nfs}")))
                .as("Immediate is what the API server writes when nothing is said")
                .isEqualTo(new StorageClass("slow", "nfs", false, false, Instant.EPOCH, List.of()));
    }

    @Test
    void decodesHowManyVolumesANodeHolds() {
        assertThat(decoder.csiNode(Yaml.tree("""
                metadata: {name: n}
                spec:
                  drivers:
                  - {name: ebs.csi.aws.com, nodeID: i-1, allocatable: {count: 25}}
                  - {name: efs.csi.aws.com, nodeID: i-1}
                """))).isEqualTo(new CsiNode("n", Map.of("ebs.csi.aws.com", 25)));
    }

    @Test
    void ofAnyNodeClassOnlyMetadataAndReadyAreKept() {
        NodeClass nodeClass = decoder.nodeClass("karpenter.k8s.aws", "EC2NodeClass", Yaml.tree("""
                metadata: {name: default, generation: 3}
                spec: {amiFamily: AL2023}
                status:
                  conditions:
                  - {type: AMIsReady, status: "True"}
                  - {type: Ready, status: "False", reason: NoSubnets, message: m, observedGeneration: 3}
                """));
        assertThat(nodeClass.name()).isEqualTo("default");
        assertThat(nodeClass.ready()).isEqualTo(new Condition("Ready", "False", "NoSubnets", "m", null, 3));
        assertThat(decoder.nodeClass("g", "K", Yaml.tree("metadata: {name: x}")).ready())
                .isNull();
    }

    @Test
    void annotatedRecordsLoseKubectlsCopyOnly() {
        NodePool pool = decoder.object(NodePool.KIND, Yaml.tree("""
                metadata:
                  name: p
                  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}", keep: me}
                spec:
                  template:
                    spec: {nodeClassRef: {group: g, kind: K, name: n}, requirements: []}
                """));
        assertThat(pool.metadata().annotations()).isEqualTo(Map.of("keep", "me"));
        assertThat(pool.spec().template().spec().nodeClassRef().name()).isEqualTo("n");
    }

    @Test
    void mistakesNameObjectFieldValueAndCure() {
        assertThatThrownBy(() -> pod("{metadata: {namespace: a, name: b}, spec: {priority: high}}"))
                .hasMessage("Pod a/b: spec.priority: \"high\" is not a whole number");
        assertThatThrownBy(() -> pod("{metadata: {namespace: a, name: b, labels: {v: 1}}}"))
                .hasMessage("Pod a/b: metadata.labels.v: 1 is not text; write it in quotes: \"1\"");
        assertThatThrownBy(() -> pod("{metadata: {namespace: a, name: b}, spec: {tolerations: {key: a}}}"))
                .hasMessage("Pod a/b: spec.tolerations: {\"key\":\"a\"} is not a list");
        assertThatThrownBy(() -> pod("{metadata: {namespace: a, name: b, creationTimestamp: yesterday}}"))
                .hasMessage("Pod a/b: metadata.creationTimestamp: \"yesterday\" is not a time; write it like"
                        + " 2026-03-01T10:00:00Z");
        assertThatThrownBy(() -> pod("{metadata: {namespace: a}}"))
                .hasMessage("Pod a/(without a name): metadata.name: is missing, a text is needed here");
        assertThatThrownBy(() -> decoder.object(
                        NodeClaim.KIND, Yaml.tree("{metadata: {name: c}, spec: {resources: {requests: {cpu: 1GB}}}}")))
                .hasMessageStartingWith("NodeClaim c: spec.resources.requests.cpu: \"1GB\" is not a quantity; write");
    }
}
