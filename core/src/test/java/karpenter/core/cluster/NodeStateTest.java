package karpenter.core.cluster;

import static karpenter.core.cluster.Records.claim;
import static karpenter.core.cluster.Records.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NodeStateTest {
    private static final Taint UNREGISTERED = Taint.of(Labels.UNREGISTERED_TAINT, "", Taint.NO_EXECUTE);
    private static final Taint NOT_READY = Taint.of("node.kubernetes.io/not-ready", "", Taint.NO_SCHEDULE);
    private static final Taint STARTUP = Taint.of("cni", "wait", Taint.NO_SCHEDULE);
    private static final Taint LASTING = Taint.of("dedicated", "gpu", Taint.NO_SCHEDULE);
    private static final Map<String, String> REGISTERED = Map.of(Labels.REGISTERED, "true", "from", "node");
    private static final Map<String, String> INITIALIZED =
            Map.of(Labels.REGISTERED, "true", Labels.INITIALIZED, "true", "from", "node");

    private static NodeState state(@Nullable Node node, @Nullable NodeClaim claim) {
        return new NodeState("fake://n", node, claim, List.of(), List.of(), false, null, 0);
    }

    @Test
    void claimSpeaksUntilTheNodeIsRegistered() {
        NodeState state = state(
                node("n", 1, Map.of("from", "node"), List.of(UNREGISTERED), 1000),
                claim("c", 1, "fake://n", List.of(), 1000));

        assertThat(state.name()).isEqualTo("c");
        assertThat(state.labels()).containsEntry("from", "claim");
        assertThat(state.taints()).isEmpty();
    }

    @Test
    @Covers({"pkg/scheduling: ephemeral taints", "scheduling: in-flight nodes and taints"})
    void taintsOfStartingNodesDoNotCountUntilInitialized() {
        NodeClaim claim = claim("c", 1, "fake://n", List.of(STARTUP), 1000);
        List<Taint> taints = List.of(NOT_READY, STARTUP, LASTING);

        assertThat(state(node("n", 1, REGISTERED, taints, 1000), claim).taints())
                .containsExactly(LASTING);
        assertThat(state(node("n", 1, INITIALIZED, taints, 1000), claim).taints())
                .isEqualTo(taints);
    }

    @Test
    @Covers("pkg/scheduling: ephemeral taints")
    void readinessGatesOfANodeCountAsEphemeral() {
        assertThat(NodeState.isEphemeral(Taint.of("readiness.k8s.io/network", "", Taint.NO_SCHEDULE)))
                .isTrue();
        assertThat(NodeState.isEphemeral(LASTING)).isFalse();
    }

    @Test
    @Covers("state: usage")
    void claimStandsInForWhatTheKubeletDoesNotReportYet() {
        NodeClaim claim = claim("c", 1, "fake://n", List.of(), 4000);

        assertThat(state(null, claim).allocatable().milliCpu()).isEqualTo(4000);
        assertThat(state(node("n", 1, REGISTERED, List.of(), 0), claim)
                        .allocatable()
                        .milliCpu())
                .isEqualTo(4000);
        assertThat(state(node("n", 1, REGISTERED, List.of(), 3000), claim)
                        .allocatable()
                        .milliCpu())
                .isEqualTo(3000);
        assertThat(state(node("n", 1, INITIALIZED, List.of(), 0), claim)
                        .allocatable()
                        .milliCpu())
                .isZero();
    }

    @Test
    void unmanagedNodeSpeaksForItself() {
        NodeState state = state(node("n", 1, Map.of("from", "node"), List.of(NOT_READY), 1000), null);

        assertThat(state.managed()).isFalse();
        assertThat(state.name()).isEqualTo("n");
        assertThat(state.taints()).containsExactly(NOT_READY);
    }

    @Test
    void neitherNodeNorClaimIsAnError() {
        assertThatThrownBy(() -> state(null, null)).hasMessageContaining("fake://n");
    }
}
