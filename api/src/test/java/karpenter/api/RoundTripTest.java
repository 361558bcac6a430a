package karpenter.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/** Each record reads its manifest and writes back what it read. */
class RoundTripTest {
    private static final String METADATA = """
            metadata:
              name: a
              uid: 0b5c
              resourceVersion: "17"
              generation: 3
              creationTimestamp: 2026-03-01T10:00:00Z
              deletionTimestamp: 2026-03-02T10:00:00Z
              labels: {team: a}
              annotations: {note: ""}
              finalizers: [karpenter.sh/termination]
              ownerReferences:
              - {apiVersion: karpenter.sh/v1, kind: NodePool, name: p, uid: "1", blockOwnerDeletion: true}
            """;
    private static final String CONDITIONS = """
              conditions:
              - {type: Ready, status: "True", reason: Ready, message: "", lastTransitionTime: 2026-03-01T10:00:00Z, observedGeneration: 3}
              - {type: Other, status: "False", reason: X, message: why, lastTransitionTime: 2026-03-01T10:00:01Z, observedGeneration: 2}
              - {type: Third, status: Unknown, reason: X, message: why, lastTransitionTime: 2026-03-01T10:00:01Z, observedGeneration: 2}
            """;
    private static final String TEMPLATE = """
            taints:
            - {key: a, value: b, effect: NoSchedule, timeAdded: 2026-03-01T10:00:00Z}
            - {key: c, effect: NoExecute}
            startupTaints: [{key: s, effect: PreferNoSchedule}]
            requirements:
            - {key: kubernetes.io/arch, operator: In, values: [arm64, amd64], minValues: 1}
            - {key: x, operator: Exists}
            nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
            terminationGracePeriod: 90m
            expireAfter: 0720h
            """;

    private static <T> T survives(String manifest, Class<T> type) {
        T read = Yaml.read(manifest + "futureField: {a: 1}\n", type);
        ObjectNode expected = (ObjectNode) Yaml.tree(manifest);
        assertThat(Yaml.written(read)).isEqualTo(expected);
        assertThat(Yaml.convert(Yaml.written(read), type)).isEqualTo(read);
        return read;
    }

    @Test
    void nodePool() {
        NodePool pool = survives(METADATA + """
                spec:
                  template:
                    metadata:
                      labels: {b: c}
                      annotations: {}
                    spec:
                """ + TEMPLATE.indent(6) + """
                  disruption:
                    consolidateAfter: 90s
                    consolidationPolicy: WhenEmpty
                    budgets:
                    - {nodes: 10%}
                    - {nodes: "0", reasons: [Drifted], schedule: "0 9 * * *", duration: 8h}
                    - {nodes: "5", reasons: []}
                  limits: {cpu: "1000", memory: 1000Gi, nodes: "0.50e1"}
                  weight: 10
                  replicas: 3
                status:
                  resources: {cpu: "0", nodes: "0"}
                  nodes: 0
                  nodeClassObservedGeneration: 2
                """ + CONDITIONS, NodePool.class);
        assertThat(pool.isStatic()).isTrue();
        assertThat(pool.isTrue(NodePool.READY)).isTrue();
        assertThat(pool.isTrue("None")).isFalse();
        assertThat(pool.spec().disruption().budgets().get(2).reasons()).isEmpty();
    }

    @Test
    void nodeClaim() {
        NodeClaim claim = survives(
                METADATA + "spec:\n  resources: {requests: {cpu: 250m, memory: 1.5Gi}}\n" + TEMPLATE.indent(2) + """
                status:
                  nodeName: n
                  providerID: kwok://n
                  imageID: i
                  capacity: {cpu: "4"}
                  allocatable: {cpu: 3920m}
                  lastPodEventTime: 2026-03-01T11:00:00Z
                """
                        + CONDITIONS,
                NodeClaim.class);
        assertThat(claim.isTrue(NodeClaim.READY)).isTrue();
    }

    @Test
    void nodeOverlay() {
        survives(METADATA + """
                spec:
                  requirements: [{key: a, operator: Gte, values: ["2"]}]
                  price: "1.50"
                  priceAdjustment: -10%
                  capacity: {smarter-devices/fuse: "10"}
                  weight: 5
                status:
                """ + CONDITIONS, NodeOverlay.class);
    }

    @Test
    void capacityBuffer() {
        survives(METADATA + """
                spec:
                  provisioningStrategy: other
                  podTemplateRef: {name: t}
                  scalableRef: {apiGroup: apps, kind: Deployment, name: d}
                  replicas: 0
                  percentage: 20
                  limits: {cpu: "4"}
                status:
                  podTemplateRef: {name: t}
                  replicas: 0
                  podTemplateGeneration: 1
                  provisioningStrategy: other
                """ + CONDITIONS, CapacityBuffer.class);
    }

    @Test
    void kwokNodeClass() {
        survives(METADATA + "spec: {nodeRegistrationDelay: 5s}\nstatus:\n" + CONDITIONS, KwokNodeClass.class);
    }

    @Test
    void absentStaysAbsentAndRequiredListsAreWrittenEmpty() {
        NodePool pool = Yaml.read("""
                metadata: {name: a}
                spec: {template: {spec: {nodeClassRef: {group: g, kind: k, name: n}, requirements: []}}}
                """, NodePool.class);
        assertThat(Yaml.written(pool)).isEqualTo(Yaml.tree("""
                metadata: {name: a}
                spec:
                  disruption:
                    consolidateAfter: 0s
                    consolidationPolicy: WhenEmptyOrUnderutilized
                    budgets: [{nodes: 10%}]
                  template:
                    metadata: {}
                    spec:
                      nodeClassRef: {group: g, kind: k, name: n}
                      requirements: []
                      expireAfter: 720h
                status: {}
                """));
        NodeClaim claim = Yaml.read("""
                metadata: {generateName: a-}
                spec: {nodeClassRef: {group: g, kind: k, name: n}, requirements: [], expireAfter: Never}
                """, NodeClaim.class);
        assertThat(Yaml.written(claim)).isEqualTo(Yaml.tree("""
                metadata: {generateName: a-}
                spec:
                  nodeClassRef: {group: g, kind: k, name: n}
                  requirements: []
                  expireAfter: Never
                  resources: {}
                status: {}
                """));
    }

    @Test
    void emptyAndAbsentDifferWhereItMatters() {
        NodePool.TemplateMetadata empty = Yaml.read("labels: {}", NodePool.TemplateMetadata.class);
        assertThat(empty.labels()).isEmpty();
        assertThat(empty.annotations()).isNull();
        assertThat(Yaml.written(empty)).isEqualTo(Yaml.tree("labels: {}"));
        assertThat(Yaml.read("{nodes: '1'}", NodePool.Budget.class).reasons()).isNull();
        assertThat(Yaml.read("{template: {spec: {}}}", NodePool.Spec.class).limits())
                .isNull();
        assertThat(Yaml.written(Yaml.read("{template: {spec: {}}, limits: {}}", NodePool.Spec.class))
                        .path("limits"))
                .isEqualTo(Yaml.tree("{}"));
    }

    @Test
    void quantitiesAreReadFromNumbersAndTextAndKeepTheirText() {
        Map<String, Quantity> read = Yaml.read(
                        "{requests: {a: 1, b: 1.5, c: '1e3', d: 1024Mi}}", NodeClaim.Resources.class)
                .requests();
        assertThat(read)
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "a", Quantity.parse("1"),
                        "b", Quantity.parse("1500m"),
                        "c", Quantity.parse("1000"),
                        "d", Quantity.parse("1Gi")));
        assertThat(Objects.requireNonNull(read.get("d")).text()).isEqualTo("1024Mi");
        assertThat(Objects.requireNonNull(read.get("c")).text()).isEqualTo("1e3");
    }

    @Test
    void mistakesNameTheFieldAndTheCure() {
        assertThatThrownBy(() -> Yaml.read("{requests: {cpu: 1GB}}", NodeClaim.Resources.class))
                .isInstanceOf(JacksonException.class)
                .hasMessageContaining("\"1GB\" is not a quantity; write a number")
                .hasMessageContaining("cpu");
        assertThatThrownBy(() -> Yaml.read("consolidateAfter: soon", NodePool.Disruption.class))
                .isInstanceOf(JacksonException.class)
                .hasMessageContaining("\"soon\" is not a duration")
                .hasMessageContaining("Never")
                .hasMessageContaining("consolidateAfter");
    }

    @Test
    void bufferConditionsKeepTheirPlaceAndTransitionTime() {
        Instant first = Instant.parse("2026-03-01T10:00:00.7Z");
        CapacityBuffer.Status status = CapacityBuffer.Status.EMPTY
                .withCondition("ReadyForProvisioning", "True", "Resolved", "", 1, first)
                .withCondition("Provisioning", "False", "BufferEmpty", "", 1, first)
                .withCondition("ReadyForProvisioning", "True", "Resolved", "again", 2, first.plusSeconds(9))
                .withCondition("Provisioning", "True", "FitsExistingCapacity", "", 2, first.plusSeconds(9));
        Instant seconds = Instant.parse("2026-03-01T10:00:00Z");
        assertThat(status.conditions())
                .isEqualTo(List.of(
                        new Condition("ReadyForProvisioning", "True", "Resolved", "again", seconds, 2),
                        new Condition("Provisioning", "True", "FitsExistingCapacity", "", seconds.plusSeconds(9), 2)));
    }
}
