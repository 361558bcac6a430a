package karpenter.core.cluster;

import static karpenter.core.cluster.Records.T0;
import static karpenter.core.cluster.Records.claim;
import static karpenter.core.cluster.Records.node;
import static karpenter.core.cluster.Records.pod;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.ClusterDelta.NodeChanged;
import karpenter.core.cluster.ClusterDelta.NodeClaimChanged;
import karpenter.core.cluster.ClusterDelta.NodeClaimGone;
import karpenter.core.cluster.ClusterDelta.NodeGone;
import karpenter.core.cluster.ClusterDelta.PodChanged;
import karpenter.core.cluster.ClusterDelta.PodGone;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

class ClusterStoreTest {
    private final ClusterStore store = new ClusterStore();

    @Test
    @Covers({"state: usage", "state: informers"})
    void joinsNodeClaimAndPodsToOneMachine() {
        store.apply(new PodChanged(pod("p", 1, "n", PodPhase.RUNNING)));
        store.apply(new NodeChanged(node("n", 2, Map.of(), List.of(), 4000)));
        store.apply(new NodeClaimChanged(claim("c", 3, "fake://n", List.of(), 4000)));

        assertThat(store.snapshot().machines()).singleElement().satisfies(machine -> {
            assertThat(machine.key()).isEqualTo("fake://n");
            assertThat(machine.node()).isNotNull();
            assertThat(machine.claim()).isNotNull();
            assertThat(machine.pods()).hasSize(1);
            assertThat(machine.available().milliCpu()).isEqualTo(3500);
        });
        assertThat(store.snapshot().machinesByClaimName()).containsKey("c");
        assertThat(store.snapshot().machinesByNodeName()).containsKey("n");
    }

    @Test
    void keepsNamespacesAndStorageUntilTheyGo() {
        PersistentVolumeClaim claim =
                new PersistentVolumeClaim(new PodKey("shop", "data"), "pv", true, "fast", false, false, false, null);
        PersistentVolume volume = new PersistentVolume("pv", "csi", false, List.of(), false);
        StorageClass storageClass = new StorageClass("fast", "csi", true, false, T0, List.of());
        CsiNode csiNode = new CsiNode("n", Map.of("csi", 3));
        store.apply(new ClusterDelta.NamespaceChanged(new Namespace("shop", Map.of("team", "a"))));
        store.apply(new ClusterDelta.PersistentVolumeClaimChanged(claim));
        store.apply(new ClusterDelta.PersistentVolumeChanged(volume));
        store.apply(new ClusterDelta.StorageClassChanged(storageClass));
        store.apply(new ClusterDelta.CsiNodeChanged(csiNode));

        ClusterSnapshot full = store.snapshot();
        assertThat(full.namespaces()).isEqualTo(Map.of("shop", Map.of("team", "a")));
        assertThat(full.storage())
                .isEqualTo(new Storage(
                        Map.of(claim.key(), claim),
                        Map.of("pv", volume),
                        Map.of("fast", storageClass),
                        Map.of("n", csiNode)));
        assertThat(store.volumeOf(claim.key())).isEqualTo("pv");
        assertThat(store.apply(new ClusterDelta.CsiNodeChanged(new CsiNode("n", Map.of("csi", 3)))))
                .as("an equal record changes nothing")
                .isFalse();

        store.apply(new PodChanged(pod("p", 1, null, PodPhase.PENDING)));
        assertThat(store.snapshot().storage())
                .as("shared while it stays the same")
                .isSameAs(full.storage());

        store.apply(new ClusterDelta.NamespaceGone("shop"));
        store.apply(new ClusterDelta.PersistentVolumeClaimGone(claim.key()));
        store.apply(new ClusterDelta.PersistentVolumeGone("pv"));
        store.apply(new ClusterDelta.StorageClassGone("fast"));
        store.apply(new ClusterDelta.CsiNodeGone("n"));
        assertThat(store.snapshot().namespaces()).isEmpty();
        assertThat(store.snapshot().storage()).isEqualTo(Storage.NONE);
        assertThat(store.volumeOf(claim.key())).isNull();
        assertThat(full.storage().volumes()).as("a snapshot stays as it was").containsKey("pv");
    }

    @Test
    void theNewestOfSeveralDefaultClassesCounts() {
        assertThat(storage().defaultClass()).isNull();
        assertThat(storage(sc("plain", 9, false), sc("old", 1, true)).defaultClass())
                .isEqualTo(sc("old", 1, true));
        assertThat(storage(sc("old", 1, true), sc("new", 2, true), sc("older", 0, true))
                        .defaultClass())
                .isEqualTo(sc("new", 2, true));
        assertThat(storage(sc("b", 1, true), sc("a", 1, true), sc("c", 1, true)).defaultClass())
                .as("of equally old ones the first by name")
                .isEqualTo(sc("a", 1, true));
    }

    private static StorageClass sc(String name, long age, boolean markedDefault) {
        return new StorageClass(name, "csi", true, markedDefault, T0.plusSeconds(age), List.of());
    }

    private static Storage storage(StorageClass... classes) {
        Map<String, StorageClass> byName = new HashMap<>();
        for (StorageClass storageClass : classes) {
            byName.put(storageClass.name(), storageClass);
        }
        return new Storage(Map.of(), Map.of(), byName, Map.of());
    }

    @Test
    void findsNodesAndClaimsByProviderId() {
        store.apply(new NodeChanged(node("n", 1, Map.of(), List.of(), 1)));
        store.apply(new NodeClaimChanged(claim("c", 2, "", List.of(), 1)));
        assertThat(store.nodesOf("fake://n")).extracting(Node::name).containsExactly("n");
        assertThat(store.claimsOf("fake://n")).isEmpty();
        assertThat(store.claimsOf("")).as("an empty id matches nothing").isEmpty();

        store.apply(new NodeClaimChanged(claim("c", 3, "fake://n", List.of(), 1)));
        store.apply(new NodeClaimChanged(claim("d", 4, "fake://n", List.of(), 1)));
        assertThat(store.claimsOf("fake://n")).extracting(NodeClaim::name).containsExactly("c", "d");

        store.apply(new NodeClaimChanged(claim("d", 5, "fake://other", List.of(), 1)));
        assertThat(store.claimsOf("fake://n")).extracting(NodeClaim::name).containsExactly("c");
        store.apply(new NodeGone("n", "uid-n"));
        store.apply(new NodeClaimGone("c", "uid-c"));
        assertThat(store.nodesOf("fake://n")).isEmpty();
        assertThat(store.claimsOf("fake://n")).isEmpty();
    }

    @Test
    @Covers("state: sync")
    void claimWithoutMachineIsNoMachineAndKeepsTheImageUnsynced() {
        store.apply(new ClusterDelta.Listed());
        store.apply(new NodeClaimChanged(claim("c", 1, "", List.of(), 0)));

        assertThat(store.snapshot().machines()).isEmpty();
        assertThat(store.snapshot().synced()).isFalse();

        store.apply(new NodeClaimChanged(claim("c", 2, "fake://c", List.of(), 1000)));

        assertThat(store.snapshot().machines()).hasSize(1);
        assertThat(store.snapshot().synced()).isTrue();
    }

    @Test
    @Covers("state: sync")
    void isNotSyncedBeforeTheFirstListIsComplete() {
        assertThat(store.snapshot().synced()).isFalse();
    }

    @Test
    @Covers("state: informers")
    void dropsTheWatchsEchoOfAnOwnWrite() {
        store.apply(new NodeClaimChanged(claim("c", 10, "fake://c", List.of(), 1000)));
        long revision = store.snapshot().revision();

        assertThat(store.apply(new NodeClaimChanged(claim("c", 9, "", List.of(), 0))))
                .isFalse();
        assertThat(store.apply(new NodeClaimChanged(claim("c", 10, "", List.of(), 0))))
                .isFalse();

        assertThat(store.snapshot().revision()).isEqualTo(revision);
        assertThat(store.snapshot().machines()).hasSize(1);
    }

    @Test
    @Covers("state: deletion")
    void ignoresTheDeletionOfAnEarlierObjectOfTheSameName() {
        store.apply(new PodChanged(pod("p", 5, "n", PodPhase.RUNNING)));

        assertThat(store.apply(new PodGone(new PodKey("default", "p"), "uid-of-another")))
                .isFalse();
        assertThat(store.snapshot().pods()).hasSize(1);
    }

    @Test
    void answerToAWriteThatArrivesAfterTheDeletionDoesNotBringTheObjectBack() {
        store.apply(new NodeClaimChanged(claim("c", 1, "fake://c", List.of(), 1000)));
        store.apply(new NodeClaimGone("c", "uid-c"));

        assertThat(store.apply(new NodeClaimChanged(claim("c", 2, "fake://c", List.of(), 1000))))
                .isFalse();
        assertThat(store.snapshot().claims()).isEmpty();
    }

    @Test
    void leavesTerminalPodsOutOfAMachine() {
        store.apply(new NodeChanged(node("n", 1, Map.of(), List.of(), 4000)));
        store.apply(new PodChanged(pod("p", 2, "n", PodPhase.RUNNING)));
        assertThat(store.snapshot().machines().getFirst().pods()).hasSize(1);

        store.apply(new PodChanged(pod("p", 3, "n", PodPhase.SUCCEEDED)));

        assertThat(store.snapshot().machines().getFirst().pods()).isEmpty();
    }

    @Test
    void snapshotStaysAsItWasAndSharesWhatDidNotChange() {
        store.apply(new NodeChanged(node("a", 1, Map.of(), List.of(), 1000)));
        store.apply(new NodeChanged(node("b", 2, Map.of(), List.of(), 1000)));
        ClusterSnapshot before = store.snapshot();

        store.apply(new PodChanged(pod("p", 3, "b", PodPhase.RUNNING)));
        ClusterSnapshot after = store.snapshot();

        assertThat(before.machines().get(1).pods()).isEmpty();
        assertThat(after.machines().get(1).pods()).hasSize(1);
        assertThat(after.machines().get(0)).isSameAs(before.machines().get(0));
        assertThat(store.snapshot()).isSameAs(after);
    }

    @Test
    @Covers("state: nomination")
    void marksAndNominationsGoWithTheMachine() {
        store.apply(new NodeChanged(node("n", 1, Map.of(), List.of(), 1000)));
        store.mark(List.of("fake://n"), true);
        store.nominate("fake://n", T0.plusSeconds(20));

        NodeState machine = store.snapshot().machines().getFirst();
        assertThat(machine.leaving()).isTrue();
        assertThat(machine.nominated(T0.plusSeconds(19))).isTrue();
        assertThat(machine.nominated(T0.plusSeconds(20))).isFalse();

        store.apply(new NodeGone("n", "uid-n"));
        assertThat(store.snapshot().machines()).isEmpty();
        Node again = node("n", 3, Map.of(), List.of(), 1000);
        store.apply(new NodeChanged(again.withMetadata(new karpenter.api.ObjectMeta(
                "n", "", "", "another-uid", "3", 1, T0, null, Map.of(), Map.of(), List.of(), List.of()))));

        assertThat(store.snapshot().machines().getFirst().leaving()).isFalse();
    }

    @Test
    @Covers("state: nomination")
    void machineAwaitsThePodsThatTheSchedulerKeepsRoomForOnIt() {
        store.apply(new PodChanged(pod("p", 1, null, PodPhase.PENDING).withNominatedNodeName("b")));
        store.apply(new NodeChanged(node("a", 2, Map.of(), List.of(), 1000)));
        store.apply(new NodeChanged(node("b", 3, Map.of(), List.of(), 1000)));
        assertThat(awaiting()).containsExactly("b");
        assertThat(machineOf("b").nominated(T0)).isTrue();
        assertThat(machineOf("b").available().milliCpu()).isEqualTo(500);
        assertThat(machineOf("b").podRequests().milliCpu()).isZero();
        assertThat(machineOf("a").available().milliCpu()).isEqualTo(1000);

        store.apply(new PodChanged(pod("p", 4, null, PodPhase.PENDING).withNominatedNodeName("a")));
        assertThat(awaiting()).containsExactly("a");

        store.apply(new PodChanged(pod("p", 5, "a", PodPhase.PENDING).withNominatedNodeName("a")));
        assertThat(awaiting()).isEmpty();
        assertThat(machineOf("a").nominated(T0)).isFalse();
        assertThat(machineOf("a").available().milliCpu()).isEqualTo(500);
    }

    @Test
    void whoeverIsAwaitedNoLongerLeavesRoomForOthers() {
        store.apply(new NodeChanged(node("n", 1, Map.of(), List.of(), 1000)));
        Pod awaited = pod("p", 2, null, PodPhase.PENDING).withNominatedNodeName("n");
        store.apply(new PodChanged(awaited));
        long before = store.snapshot().topologyRevision();

        store.apply(new PodChanged(pod("p", 3, null, PodPhase.PENDING)));
        assertThat(awaiting()).isEmpty();
        assertThat(store.snapshot().topologyRevision()).isGreaterThan(before);

        store.apply(new PodChanged(pod("p", 4, null, PodPhase.PENDING).withNominatedNodeName("n")));
        assertThat(awaiting()).containsExactly("n");
        store.apply(new PodGone(awaited.key(), awaited.uid()));
        assertThat(awaiting()).isEmpty();
    }

    @Test
    void noPodOfADaemonSetIsAwaited() {
        store.apply(new NodeChanged(node("n", 1, Map.of(), List.of(), 1000)));
        Pod pod = pod("p", 2, null, PodPhase.PENDING).withNominatedNodeName("n");
        PodOwner daemonSet = new PodOwner("apps/v1", "DaemonSet", "agent", "uid");

        store.apply(new PodChanged(
                pod.withShape(pod.shape().toBuilder().owner(daemonSet).build())));

        assertThat(awaiting()).isEmpty();
    }

    /** The machines that await pods. */
    private List<String> awaiting() {
        return store.snapshot().machines().stream()
                .filter(machine -> !machine.awaitedPods().isEmpty())
                .map(NodeState::name)
                .toList();
    }

    private NodeState machineOf(String nodeName) {
        return Objects.requireNonNull(store.snapshot().machinesByNodeName().get(nodeName));
    }

    /** Any order of deltas gives the image that the final objects give. */
    @Test
    void imageDependsOnlyOnTheNewestVersions() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            List<ClusterDelta> deltas = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                int which = random.nextInt(4);
                String node = "n" + random.nextInt(4);
                deltas.add(
                        switch (random.nextInt(3)) {
                            case 0 -> new NodeChanged(node(node, i + 1, Map.of("v", "" + i), List.of(), 1000));
                            case 1 ->
                                new NodeClaimChanged(claim("c" + which, i + 1, "fake://n" + which, List.of(), 1000));
                            default -> new PodChanged(pod("p" + which, i + 1, "n" + which, PodPhase.RUNNING));
                        });
            }
            ClusterStore inOrder = new ClusterStore();
            ClusterStore shuffled = new ClusterStore();
            deltas.forEach(delta -> {
                inOrder.apply(delta);
                if (random.nextBoolean()) {
                    assertThat(inOrder.snapshot()).isNotNull();
                }
            });
            java.util.Collections.shuffle(deltas, random);
            deltas.forEach(shuffled::apply);

            assertThat(describe(shuffled)).as("seed %d", seed).isEqualTo(describe(inOrder));
        }
    }

    private static List<String> describe(ClusterStore store) {
        return store.snapshot().machines().stream()
                .map(machine -> machine.key() + " " + machine.node() + " " + machine.claim() + " " + machine.pods())
                .toList();
    }

    @Test
    @Covers("state: deletion")
    void removingAClaimLeavesTheNode() {
        store.apply(new NodeChanged(node("n", 1, Map.of(), List.of(), 1000)));
        store.apply(new NodeClaimChanged(claim("c", 2, "fake://n", List.of(), 1000)));
        store.apply(new NodeClaimGone("c", "uid-c"));

        assertThat(store.snapshot().machines())
                .singleElement()
                .satisfies(machine -> assertThat(machine.managed()).isFalse());
    }
}
