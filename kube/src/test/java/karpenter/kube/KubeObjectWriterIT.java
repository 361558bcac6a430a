package karpenter.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.api.Condition;
import karpenter.api.KubernetesObject;
import karpenter.api.Labels;
import karpenter.api.ObjectMeta;
import karpenter.api.OwnerReference;
import karpenter.api.Quantity;
import karpenter.api.ResourceKind;
import karpenter.api.Taint;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.core.cluster.Node;
import karpenter.core.port.ObjectReader;
import karpenter.core.port.ObjectReader.ReadResult;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.WriteResult;
import karpenter.core.resource.ResourceVector;
import karpenter.runtime.LeaderGate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Writes as the controller's account. */
@ExtendWith(TestCluster.Extension.class)
class KubeObjectWriterIT {
    private final TestCluster cluster;
    private final ObjectWriter<NodeClaim> claims;
    private final ObjectReader<NodeClaim> claimReader;
    private final ObjectWriter<Node> nodes;

    KubeObjectWriterIT(TestCluster cluster) {
        this.cluster = cluster;
        LeaderGate open = LeaderGate.open();
        claims = cluster.karpenter().writer(NodeClaim.KIND, open);
        claimReader = cluster.karpenter().reader(NodeClaim.KIND);
        nodes = cluster.karpenter().writer(Node.KIND, open);
    }

    static <T extends KubernetesObject> T written(WriteResult<T> result) {
        assertThat(result).isInstanceOf(WriteResult.Written.class);
        return ((WriteResult.Written<T>) result).object();
    }

    private static <T extends KubernetesObject> T found(ReadResult<T> result) {
        assertThat(result).isInstanceOf(ReadResult.Found.class);
        return ((ReadResult.Found<T>) result).value();
    }

    private static NodeClaim claim(ObjectMeta metadata) {
        return new NodeClaim(
                metadata,
                new NodeClaim.Spec(
                        List.of(Taint.of("a", "b", Taint.NO_SCHEDULE)),
                        List.of(),
                        List.of(),
                        new NodeClaim.Resources(Map.of("cpu", Quantity.parse("250m"))),
                        new karpenter.api.v1.NodeClassReference("karpenter.kwok.sh", "KWOKNodeClass", "default"),
                        null,
                        karpenter.api.NillableDuration.parse("720h")),
                NodeClaim.Status.EMPTY);
    }

    private static ObjectMeta generated(String prefix) {
        return new ObjectMeta("", prefix, "", "", "", 0, null, null, Map.of("l", "1"), Map.of(), List.of(), List.of());
    }

    private JsonNode raw(String path) {
        return cluster.admin().manifests().get(path);
    }

    private JsonNode rawClaim(NodeClaim claim) {
        return raw("/apis/karpenter.sh/v1/nodeclaims/" + claim.name());
    }

    @Test
    void createsWithAGeneratedNameAndAnswersWhatIsStored() {
        NodeClaim claim = written(claims.create(claim(generated("gen-"))));
        assertThat(claim.name()).startsWith("gen-").hasSizeGreaterThan(4);
        assertThat(claim.metadata().uid()).isNotEmpty();
        assertThat(claim.metadata().resourceVersion()).isNotEmpty();
        assertThat(claim.metadata().creationTimestamp()).isNotNull();
        assertThat(found(claimReader.get(claim.name()))).isEqualTo(claim);
        assertThat(((ReadResult.Found<List<NodeClaim>>) claimReader.list()).value())
                .contains(claim);
    }

    @Test
    void aSecondObjectOfTheNameAlreadyExists() {
        NodeClaim claim = written(claims.create(claim(ObjectMeta.named("twice"))));
        assertThat(claims.create(claim)).isInstanceOf(WriteResult.AlreadyExists.class);
    }

    @Test
    void theServersRefusalSaysWhy() {
        WriteResult<NodeClaim> result = claims.create(claim(ObjectMeta.named("Not_A_Name")));
        assertThat(result).isInstanceOf(WriteResult.Refused.class);
        assertThat(((WriteResult.Refused<NodeClaim>) result).status()).isEqualTo(422);
        assertThat(((WriteResult.Refused<NodeClaim>) result).message()).contains("Not_A_Name");

        ObjectWriter<KwokNodeClass> forbidden = cluster.karpenter().writer(KwokNodeClass.KIND, LeaderGate.open());
        WriteResult<KwokNodeClass> denied = forbidden.create(new KwokNodeClass(
                ObjectMeta.named("x"), new KwokNodeClass.Spec(null), new KwokNodeClass.Status(List.of())));
        assertThat(denied).isInstanceOf(WriteResult.Refused.class);
        assertThat(((WriteResult.Refused<KwokNodeClass>) denied).status()).isEqualTo(403);
    }

    @Test
    void patchesOnlyTheDifferenceAndOnlyOnItsSideOfTheStatus() {
        NodeClaim created = written(claims.create(claim(generated("patch-"))));
        cluster.admin().manifests().apply("""
                apiVersion: karpenter.sh/v1
                kind: NodeClaim
                metadata: {name: %s, labels: {others: label}, annotations: {others: annotation}}
                """.formatted(created.name()));

        NodeClaim labelled = written(claims.patch(
                created,
                created.withMetadata(created.metadata()
                                .withLabels(Map.of("m", "2"))
                                .withFinalizer(Labels.TERMINATION_FINALIZER))
                        .withStatus(created.status().withNodeName("ignored")),
                Lock.NONE));
        assertThat(labelled.metadata().labels())
                .as("l is removed, m is added, the other's stays")
                .isEqualTo(Map.of("m", "2", "others", "label"));
        assertThat(labelled.metadata().annotations()).containsKey("others");
        assertThat(labelled.metadata().finalizers()).containsExactly(Labels.TERMINATION_FINALIZER);
        assertThat(labelled.status().nodeName()).isEmpty();

        NodeClaim launched = written(claims.patchStatus(
                labelled,
                labelled.withStatus(labelled.status()
                                .withInstance("kwok://p", "i", Map.of("cpu", Quantity.parse("4")), Map.of())
                                .withConditions(labelled.conditions()
                                        .setTrue(NodeClaim.LAUNCHED, Instant.now())
                                        .list())
                                .withLastPodEventTime(Instant.parse("2026-03-01T10:00:00.7Z")))
                        .withMetadata(labelled.metadata().withLabel("ignored", "x")),
                Lock.RESOURCE_VERSION));
        assertThat(launched.status().providerID()).isEqualTo("kwok://p");
        assertThat(launched.isTrue(NodeClaim.LAUNCHED)).isTrue();
        assertThat(launched.metadata().labels()).doesNotContainKey("ignored");
        assertThat(rawClaim(launched).path("status").path("lastPodEventTime").asString(""))
                .isEqualTo("2026-03-01T10:00:00Z");

        NodeClaim released = written(claims.patch(
                launched,
                launched.withMetadata(launched.metadata().withoutFinalizer(Labels.TERMINATION_FINALIZER)),
                Lock.RESOURCE_VERSION));
        assertThat(released.metadata().finalizers()).isEmpty();
    }

    @Test
    void noDifferenceMakesNoRequest() {
        NodeClaim never = claim(ObjectMeta.named("never-created"));
        assertThat(claims.patch(never, never, Lock.RESOURCE_VERSION)).isEqualTo(new WriteResult.Written<>(never));
        assertThat(claims.patchStatus(never, never, Lock.NONE)).isEqualTo(new WriteResult.Written<>(never));
    }

    @Test
    void aLockedPatchOfAnOldVersionConflictsAndAnUnlockedOneDoesNot() {
        NodeClaim old = written(claims.create(claim(generated("lock-"))));
        NodeClaim newer =
                written(claims.patch(old, old.withMetadata(old.metadata().withLabel("a", "1")), Lock.RESOURCE_VERSION));
        NodeClaim change = old.withMetadata(old.metadata().withLabel("b", "2"));
        assertThat(claims.patch(old, change, Lock.RESOURCE_VERSION)).isInstanceOf(WriteResult.Conflict.class);
        assertThat(claims.patchStatus(old, old.withStatus(old.status().withNodeName("n")), Lock.RESOURCE_VERSION))
                .isInstanceOf(WriteResult.Conflict.class);
        assertThat(written(claims.patch(old, change, Lock.NONE)).metadata().labels())
                .containsEntry("a", "1")
                .containsEntry("b", "2");
        assertThat(newer.metadata().labels()).containsEntry("a", "1");
    }

    @Test
    void anotherObjectOfTheSameNameIsLeftAlone() {
        NodeClaim first = written(claims.create(claim(ObjectMeta.named("reused"))));
        assertThat(claims.delete(first)).isInstanceOf(WriteResult.Written.class);
        assertThat(claims.delete(first)).isInstanceOf(WriteResult.NotFound.class);
        NodeClaim change = first.withMetadata(first.metadata().withLabel("a", "1"));
        assertThat(claims.patch(first, change, Lock.NONE)).isInstanceOf(WriteResult.NotFound.class);

        NodeClaim second = written(claims.create(claim(ObjectMeta.named("reused"))));
        assertThat(claims.patch(first, change, Lock.NONE)).isInstanceOf(WriteResult.Conflict.class);
        assertThat(claims.patchStatus(first, first.withStatus(first.status().withNodeName("n")), Lock.RESOURCE_VERSION))
                .isInstanceOf(WriteResult.Conflict.class);
        assertThat(claims.patchStatus(first, first.withStatus(first.status().withNodeName("n")), Lock.NONE))
                .as("a first write of the status")
                .isInstanceOf(WriteResult.Conflict.class);
        assertThat(claims.delete(first)).isInstanceOf(WriteResult.Conflict.class);
        assertThat(found(claimReader.get("reused"))).isEqualTo(second);

        Node node = new Node(
                ObjectMeta.named("reused"), "", false, List.of(), ResourceVector.ZERO, ResourceVector.ZERO, List.of());
        Node gone = written(nodes.create(node));
        assertThat(nodes.delete(gone)).isInstanceOf(WriteResult.Written.class);
        written(nodes.create(node));
        assertThat(nodes.patch(gone, gone.withMetadata(gone.metadata().withLabel("a", "1")), Lock.NONE))
                .isInstanceOf(WriteResult.Conflict.class);
    }

    @Test
    void anUnlockedStatusWriteIsForItsObjectOnlyAndLeavesTheOthersMembersAlone() {
        NodeClaim made = written(claims.create(claim(ObjectMeta.named("status-reused"))));
        NodeClaim first = written(claims.patchStatus(
                made,
                made.withStatus(made.status()
                        .withNodeName("n")
                        .withInstance("kwok://p", "i", Map.of("example.com/a~b", Quantity.parse("1")), Map.of())),
                Lock.RESOURCE_VERSION));
        NodeClaim other = written(
                claims.patchStatus(first, first.withStatus(first.status().withNodeName("m")), Lock.RESOURCE_VERSION));
        NodeClaim change = first.withStatus(first.status()
                .withInstance(
                        "kwok://p",
                        "",
                        Map.of("example.com/a~b", Quantity.parse("2"), "cpu", Quantity.parse("4")),
                        Map.of("cpu", Quantity.parse("3"))));
        NodeClaim written = written(claims.patchStatus(first, change, Lock.NONE));
        assertThat(written.status().nodeName()).isEqualTo("m");
        assertThat(written.status().imageID()).isEmpty();
        assertThat(written.status().capacity()).isEqualTo(change.status().capacity());
        assertThat(written.status().allocatable()).isEqualTo(change.status().allocatable());

        assertThat(claims.delete(other)).isInstanceOf(WriteResult.Written.class);
        NodeClaim second = written(claims.create(claim(ObjectMeta.named("status-reused"))));
        assertThat(claims.patchStatus(first, change, Lock.NONE)).isInstanceOf(WriteResult.Conflict.class);
        assertThat(found(claimReader.get("status-reused"))).isEqualTo(second);
        NodeClaim started = written(claims.patchStatus(
                second, second.withStatus(second.status().withNodeName("k")), Lock.RESOURCE_VERSION));
        assertThat(claims.patchStatus(first, change, Lock.NONE)).isInstanceOf(WriteResult.Conflict.class);
        assertThat(found(claimReader.get("status-reused"))).isEqualTo(started);
    }

    @Test
    void anInvalidStatusIsRefusedForGood() {
        NodeClaim made = written(claims.create(claim(generated("invalid-"))));
        NodeClaim started = written(
                claims.patchStatus(made, made.withStatus(made.status().withNodeName("n")), Lock.RESOURCE_VERSION));
        Condition nonsense = new Condition(NodeClaim.READY, "Perhaps", "R", "", Instant.EPOCH, 1);
        assertThat(claims.patchStatus(
                        started, started.withStatus(started.status().withConditions(List.of(nonsense))), Lock.NONE))
                .isInstanceOf(WriteResult.Refused.class);
    }

    @Test
    void aFinalizerHoldsADeletedObject() {
        NodeClaim claim = written(claims.create(claim(generated("hold-").withFinalizer(Labels.TERMINATION_FINALIZER))));
        assertThat(claims.delete(claim)).isInstanceOf(WriteResult.Written.class);
        NodeClaim deleting = found(claimReader.get(claim.name()));
        assertThat(deleting.metadata().deleting()).isTrue();
        assertThat(claims.patch(
                        deleting, deleting.withMetadata(deleting.metadata().withFinalizers(List.of())), Lock.NONE))
                .isInstanceOf(WriteResult.Written.class);
        assertThat(claimReader.get(claim.name())).isInstanceOf(ReadResult.NotFound.class);
    }

    @Test
    void createsANodeWithItsStatusAndPatchesWhatItKnowsOfIt() {
        NodeClaim owner = written(claims.create(claim(generated("owner-"))));
        Node wanted = new Node(
                ObjectMeta.named("node-" + owner.name())
                        .withLabels(Map.of(Labels.NODE_POOL, "p"))
                        .withAnnotations(Map.of("kwok.x-k8s.io/node", "fake")),
                "kwok://" + owner.name(),
                false,
                List.of(Taint.of(Labels.UNREGISTERED_TAINT, "", Taint.NO_EXECUTE)),
                ResourceVector.of(4000, 8L << 30).with("pods", 110),
                ResourceVector.of(3900, 7L << 30).with("pods", 110),
                List.of());
        Node created = written(nodes.create(wanted));
        assertThat(created.providerId()).isEqualTo(wanted.providerId());
        assertThat(created.taints()).containsAll(wanted.taints());
        assertThat(created.capacity()).isEqualTo(wanted.capacity());
        assertThat(created.allocatable()).isEqualTo(wanted.allocatable());

        String path = "/api/v1/nodes/" + created.name();
        ObjectReader<Node> reader = cluster.karpenter().reader(Node.KIND);
        Await.until(() -> assertThat(found(reader.get(created.name())).ready()).isTrue());
        // KWOK writes the node's status meanwhile, which is what the lock is for.
        Await.until(() -> {
            Node now = found(reader.get(created.name()));
            List<Taint> left = new ArrayList<>(now.taints());
            left.removeIf(taint -> taint.key().equals(Labels.UNREGISTERED_TAINT));
            WriteResult<Node> registered = nodes.patch(
                    now,
                    now.withTaints(left)
                            .withMetadata(now.metadata()
                                    .withLabel(Labels.REGISTERED, "true")
                                    .withFinalizer(Labels.TERMINATION_FINALIZER)
                                    .withOwnerReferences(List.of(new OwnerReference(
                                            "karpenter.sh/v1",
                                            "NodeClaim",
                                            owner.name(),
                                            owner.metadata().uid(),
                                            null,
                                            true)))),
                    Lock.RESOURCE_VERSION);
            assertThat(registered).isInstanceOf(WriteResult.Written.class);
        });
        Node registered = found(reader.get(created.name()));
        assertThat(registered.taints()).noneMatch(taint -> taint.key().equals(Labels.UNREGISTERED_TAINT));
        assertThat(registered.metadata().ownerReferences()).hasSize(1);
        assertThat(raw(path)
                        .path("status")
                        .path("nodeInfo")
                        .path("kubeletVersion")
                        .asString(""))
                .as("what the record does not know survives")
                .isNotEmpty();

        assertThat(nodes.delete(registered)).isInstanceOf(WriteResult.Written.class);
        Node deleting = found(reader.get(created.name()));
        assertThat(deleting.metadata().deleting()).isTrue();
        assertThat(nodes.patch(
                        deleting,
                        deleting.withMetadata(deleting.metadata().withoutFinalizer(Labels.TERMINATION_FINALIZER)),
                        Lock.NONE))
                .isInstanceOf(WriteResult.Written.class);
        Await.until(() -> assertThat(reader.get(created.name())).isInstanceOf(ReadResult.NotFound.class));
    }

    @Test
    void patchesANodesAllocatable() {
        Node created = written(nodes.create(new Node(
                ObjectMeta.named("status-only"),
                "",
                false,
                List.of(),
                ResourceVector.of(1000, 1L << 30),
                ResourceVector.of(1000, 1L << 30),
                List.of())));
        Node changed = new Node(
                created.metadata(),
                created.providerId(),
                created.unschedulable(),
                created.taints(),
                created.capacity().with("nvidia.com/gpu", 2),
                created.allocatable(),
                created.conditions());
        assertThat(written(nodes.patchStatus(created, changed, Lock.NONE)).capacity())
                .isEqualTo(changed.capacity());
    }

    @Test
    void aPoolsUnknownAndDefaultedFieldsSurviveAStatusWrite() {
        cluster.admin().manifests().apply("""
                apiVersion: karpenter.sh/v1
                kind: NodePool
                metadata: {name: status-write}
                spec:
                  template:
                    spec:
                      requirements: [{key: kubernetes.io/arch, operator: In, values: [amd64]}]
                      nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
                """);
        NodePool pool = found(cluster.karpenter().reader(NodePool.KIND).get("status-write"));
        ObjectWriter<NodePool> pools = cluster.karpenter().writer(NodePool.KIND, LeaderGate.open());
        NodePool counted = written(pools.patchStatus(
                pool,
                pool.withStatus(pool.status().withResources(Map.of("cpu", Quantity.parse("4")), 1)),
                Lock.RESOURCE_VERSION));
        assertThat(counted.status().nodes()).isEqualTo(1);
        assertThat(counted.spec()).isEqualTo(pool.spec());
        NodePool none = written(
                pools.patchStatus(counted, counted.withStatus(counted.status().withResources(Map.of(), 0)), Lock.NONE));
        assertThat(none.status().resources()).as("removed members are removed").isEmpty();
    }

    @Test
    void withoutLeadershipNothingIsWritten() {
        ObjectWriter<NodeClaim> follower = cluster.karpenter().writer(NodeClaim.KIND, new LeaderGate());
        NodeClaim claim = claim(ObjectMeta.named("follower"));
        assertThatThrownBy(() -> follower.create(claim)).isInstanceOf(LeaderGate.NotLeaderException.class);
        assertThatThrownBy(() -> follower.patch(claim, claim, Lock.NONE))
                .isInstanceOf(LeaderGate.NotLeaderException.class);
        assertThatThrownBy(() -> follower.delete(claim)).isInstanceOf(LeaderGate.NotLeaderException.class);
        assertThat(claimReader.get("follower")).isInstanceOf(ReadResult.NotFound.class);
    }

    @Test
    void saysWhichKindsAreMissing() {
        ResourceKind<NodeClaim> future =
                new ResourceKind<>("karpenter.sh", "v9", "NodeClaim", "nodeclaims", false, NodeClaim.class);
        assertThat(cluster.karpenter().manifests().missingKinds(List.of(NodeClaim.KIND, future, NodePool.KIND)))
                .containsExactly("nodeclaims.karpenter.sh/v9");
        assertThat(cluster.karpenter().serverVersion()).startsWith("v1.");
    }
}
