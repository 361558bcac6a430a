package karpenter.controllers.nodeclaim.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.OwnerReference;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider.LaunchResult;
import karpenter.cloudprovider.NodeLifecycleHook;
import karpenter.controllers.NodeLife;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.core.cluster.Node;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

final class RegistrationTest {
    private static final Taint DEDICATED = Taint.of("dedicated", "gpu", Taint.NO_SCHEDULE);
    private static final Taint STARTUP = Taint.of("cni", "", Taint.NO_EXECUTE);

    private final NodeLife life = new NodeLife();
    private final NodePool pool =
            life.world.api.nodePools().put(NodePoolBuilder.pool("default").build());

    private NodeClaimBuilder claim(String name) {
        return NodeClaimBuilder.claim(name).pool(pool).request("cpu", "1");
    }

    private void put(NodeClaimBuilder claim) {
        life.world.api.nodeClaims().put(claim.build());
        life.world.settle();
    }

    private Node join(String claim) {
        Node node = life.world.join(claim);
        life.world.settle();
        return life.world.node(node.name());
    }

    @Test
    @Covers("nodeclaim/lifecycle: registration")
    void laysTheClaimOverItsNodeAndOpensIt() {
        put(claim("a").taint(DEDICATED).startupTaint(STARTUP).label("team", "x").annotation("note", "y"));
        Node node = join("a");
        NodeClaim registered = life.world.claim("a");
        assertThat(registered.isTrue(NodeClaim.REGISTERED)).isTrue();
        assertThat(registered.status().nodeName()).isEqualTo("node-a");
        assertThat(node.metadata().labels())
                .containsEntry("team", "x")
                .containsEntry(Labels.NODE_POOL, "default")
                .containsEntry(Labels.REGISTERED, "true")
                .containsEntry(Labels.INSTANCE_TYPE, "fake-4x")
                .doesNotContainKey(Labels.INITIALIZED);
        assertThat(node.metadata().annotations()).containsEntry("note", "y");
        assertThat(node.metadata().finalizers()).containsExactly(Labels.TERMINATION_FINALIZER);
        assertThat(node.metadata().ownerReferences())
                .containsExactly(new OwnerReference(
                        "karpenter.sh/v1",
                        "NodeClaim",
                        "a",
                        registered.metadata().uid(),
                        null,
                        true));
        assertThat(node.taints()).containsExactlyInAnyOrder(DEDICATED, STARTUP);
        assertThat(life.counted("karpenter_nodes_created_total", List.of("nodepool", "zone"), "default", "zone-a"))
                .isEqualTo(1);
        assertThat(life.world.api.events()).isEmpty();
    }

    @Test
    @Covers("nodeclaim/lifecycle: registration")
    void keepsTheTaintsOfANodeThatOptsOut() {
        put(claim("a").taint(DEDICATED).label(Labels.DO_NOT_SYNC_TAINTS, "true"));
        assertThat(join("a").taints()).isEmpty();
    }

    @Test
    void doesNotReplaceATaintOfTheSameKeyAndEffect() {
        put(claim("a").taint(DEDICATED));
        Taint other = Taint.of("dedicated", "cpu", Taint.NO_SCHEDULE);
        life.world
                .api
                .nodes()
                .put(NodeBuilder.node("n")
                        .providerId(life.world.claim("a").status().providerID())
                        .taint(Taint.of(Labels.UNREGISTERED_TAINT, "", Taint.NO_EXECUTE))
                        .taint(other)
                        .build());
        life.world.settle();
        assertThat(life.world.node("n").taints()).containsExactly(other);
    }

    @Test
    @Covers("nodeclaim/lifecycle: registration")
    void saysWhenANodeJoinedWithoutTheTaint() {
        put(claim("a"));
        life.world
                .api
                .nodes()
                .put(NodeBuilder.node("n")
                        .providerId(life.world.claim("a").status().providerID())
                        .build());
        life.world.settle();
        assertThat(life.world.api.eventMessages("UnregisteredTaintMissing")).hasSize(1);
        assertThat(life.world.claim("a").isTrue(NodeClaim.REGISTERED)).isTrue();
    }

    @Test
    void recoversWhenOneOfTwoNodesGoes() {
        put(claim("a"));
        String providerId = life.world.claim("a").status().providerID();
        life.world.join("a");
        life.world
                .api
                .nodes()
                .put(NodeBuilder.node("twin").providerId(providerId).build());
        life.world.settle();
        Condition registered = life.world.condition("a", NodeClaim.REGISTERED);
        assertThat(registered.status()).isEqualTo(Condition.FALSE);
        assertThat(registered.reason()).isEqualTo("MultipleNodesFound");
        life.world.api.nodes().remove("twin");
        life.world.settle();
        assertThat(life.world.claim("a").isTrue(NodeClaim.REGISTERED)).isTrue();
        assertThat(life.world.claim("a").status().nodeName()).isEqualTo("node-a");
    }

    @Test
    @Covers("nodeclaim/lifecycle: registration")
    void neverMatchesNodesWithoutProviderId() {
        life.world.cloud.answerLaunches(claim -> new LaunchResult.Failed("Wait", "not yet"));
        put(claim("a"));
        life.world.api.nodes().put(NodeBuilder.node("n").providerId("").build());
        life.world.settle();
        assertThat(life.world.node("n").metadata().finalizers()).isEmpty();
        assertThat(life.world.conditionStatus("a", NodeClaim.REGISTERED)).isEqualTo(Condition.UNKNOWN);
    }

    @Test
    @Covers("nodeclaim/lifecycle: registration hooks")
    void waitsForHooksWithTheNodeSyncedButClosed() {
        AtomicReference<NodeLifecycleHook.HookResult> answer =
                new AtomicReference<>(new NodeLifecycleHook.HookResult.Pending(Duration.ofSeconds(3)));
        life.hooks.add(hook("volume-setup", answer));
        life.hooks.add(hook("dns", new AtomicReference<>(new NodeLifecycleHook.HookResult.Done())));
        life.restart();
        put(claim("a").label("team", "x"));
        Node node = join("a");
        Condition registered = life.world.condition("a", NodeClaim.REGISTERED);
        assertThat(registered.reason()).isEqualTo("RegistrationHookPending");
        assertThat(registered.message()).isEqualTo("volume-setup");
        assertThat(node.metadata().labels()).containsEntry("team", "x").doesNotContainKey(Labels.REGISTERED);
        assertThat(node.taints()).extracting(Taint::key).containsExactly(Labels.UNREGISTERED_TAINT);

        answer.set(new NodeLifecycleHook.HookResult.Done());
        life.world.pass(Duration.ofSeconds(3));
        assertThat(life.world.claim("a").isTrue(NodeClaim.REGISTERED)).isTrue();
        assertThat(life.world.node("node-a").taints()).isEmpty();
    }

    private static NodeLifecycleHook hook(String name, AtomicReference<NodeLifecycleHook.HookResult> answer) {
        return new NodeLifecycleHook() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public HookResult registered(NodeClaim claim) {
                return Objects.requireNonNull(answer.get());
            }
        };
    }

    @Test
    @Covers("nodeclaim/lifecycle: initialization")
    void initializesANodeStepByStep() {
        put(claim("a").startupTaint(STARTUP));
        join("a");
        assertReason("NodeNotReady");
        life.world.becomeReady("node-a");
        life.world.settle();
        assertReason("StartupTaintsExist");
        assertThat(life.world.condition("a", NodeClaim.INITIALIZED).message())
                .isEqualTo("StartupTaint \"cni:NoExecute\" still exists");
        Taint notReady = Taint.of("node.kubernetes.io/not-ready", "", Taint.NO_SCHEDULE);
        life.world.api.nodes().change("node-a", node -> node.withTaints(List.of(notReady)));
        life.world.settle();
        assertReason("KnownEphemeralTaintsExist");
        life.world.api.nodes().change("node-a", node -> node.withTaints(List.of()));
        life.world.settle();
        assertThat(life.world.claim("a").isTrue(NodeClaim.INITIALIZED)).isTrue();
        assertThat(life.world.claim("a").isTrue(NodeClaim.READY)).isTrue();
        assertThat(life.world.node("node-a").metadata().labels()).containsEntry(Labels.INITIALIZED, "true");
    }

    @Test
    @Covers("nodeclaim/lifecycle: initialization")
    void waitsForResourcesThatWereRequested() {
        put(claim("a").request("vendor.com/gpu", "1"));
        Node node = join("a");
        life.world
                .api
                .nodes()
                .put(NodeBuilder.of(node)
                        .ready(true)
                        .allocatable(node.allocatable().with("vendor.com/gpu", 0))
                        .build());
        life.world.settle();
        assertReason("ResourceNotRegistered");
        assertThat(life.world.condition("a", NodeClaim.INITIALIZED).message())
                .isEqualTo("Resource \"vendor.com/gpu\" was requested but not registered");
    }

    @Test
    void staysInitializedWhenTheNodeFallsSick() {
        put(claim("a"));
        join("a");
        life.world.becomeReady("node-a");
        life.world.settle();
        life.world
                .api
                .nodes()
                .change("node-a", node -> NodeBuilder.of(node).ready(false).build());
        life.world.settle();
        assertThat(life.world.claim("a").isTrue(NodeClaim.READY)).isTrue();
    }

    private void assertReason(String reason) {
        assertThat(life.world.condition("a", NodeClaim.INITIALIZED).reason()).isEqualTo(reason);
        assertThat(life.world.conditionStatus("a", NodeClaim.INITIALIZED)).isEqualTo(Condition.UNKNOWN);
    }

    @Test
    @Covers("nodeclaim/lifecycle: liveness")
    void deletesAClaimThatIsNotLaunchedInFiveMinutes() {
        life.world.cloud.answerLaunches(claim -> new LaunchResult.Failed("NoQuota", "ask for more"));
        put(claim("a"));
        life.world.pass(Duration.ofSeconds(299));
        assertThat(life.world.api.nodeClaims().find("a")).isNotNull();
        life.world.pass(Duration.ofSeconds(2));
        assertThat(life.world.api.nodeClaims().find("a")).isNull();
        assertDisrupted("launch_timeout", 1);
        assertDisrupted("registration_timeout", 0);
    }

    @Test
    @Covers("nodeclaim/lifecycle: liveness")
    void deletesAClaimThatDoesNotRegisterInFifteenMinutes() {
        put(claim("a"));
        life.world.pass(Duration.ofSeconds(899));
        assertThat(life.world.api.nodeClaims().find("a")).isNotNull();
        life.world.pass(Duration.ofSeconds(4));
        assertThat(life.world.api.nodeClaims().find("a")).isNull();
        assertThat(life.world.cloud.machines()).isEmpty();
        assertDisrupted("registration_timeout", 1);
    }

    private void assertDisrupted(String reason, int times) {
        assertThat(life.counted(
                        "karpenter_nodeclaims_disrupted_total",
                        List.of("reason", "nodepool", "capacity_type", "consolidation_policy", "termination_mode"),
                        reason,
                        "default",
                        reason.equals("launch_timeout") ? "" : "on-demand",
                        "WhenEmptyOrUnderutilized",
                        "graceful"))
                .isEqualTo(times);
    }

    @Test
    @Covers("nodeclaim/lifecycle: NodeRegistrationHealthy")
    void judgesAPoolByItsLastFourRegistrations() {
        life.world.cloud.answerLaunches(
                claim -> claim.name().startsWith("bad") ? new LaunchResult.Failed("NoQuota", "ask for more") : null);
        registers("good-1");
        assertHealth(Condition.TRUE, NodePool.NODE_REGISTRATION_HEALTHY);
        put(claim("bad-1"));
        life.world.pass(Duration.ofSeconds(301));
        assertHealth(Condition.TRUE, NodePool.NODE_REGISTRATION_HEALTHY);
        put(claim("bad-2"));
        life.world.pass(Duration.ofSeconds(301));
        assertHealth(Condition.FALSE, "NoQuota");
        registers("good-2");
        assertHealth(Condition.FALSE, "NoQuota");
        registers("good-3");
        assertHealth(Condition.FALSE, "NoQuota");
        registers("good-4");
        assertHealth(Condition.TRUE, NodePool.NODE_REGISTRATION_HEALTHY);
    }

    @Test
    void remembersAnUnhealthyPoolOverARestart() {
        life.world
                .api
                .nodePools()
                .change(
                        "default",
                        stored -> stored.withConditions(stored.conditions()
                                .setFalse(
                                        NodePool.NODE_REGISTRATION_HEALTHY,
                                        "RegistrationFailed",
                                        "",
                                        life.world.now())));
        registers("good-1");
        registers("good-2");
        assertHealth(Condition.FALSE, "RegistrationFailed");
        registers("good-3");
        assertHealth(Condition.TRUE, NodePool.NODE_REGISTRATION_HEALTHY);
    }

    @Test
    void writesAPoolsHealthAgainAfterAConflict() {
        put(claim("a"));
        life.world.faults.at(life.world.faults.calls().size() + 3, Fault.CONFLICT); // node, claim, pool
        join("a");
        life.world.pass(Duration.ofSeconds(2));
        assertThat(life.world.faults.calls())
                .filteredOn("patch status nodepools/default"::equals)
                .hasSize(2);
        assertHealth(Condition.TRUE, NodePool.NODE_REGISTRATION_HEALTHY);
    }

    @Test
    void doesNotJudgeAPoolByClaimsOfItsNamesake() {
        put(NodeClaimBuilder.claim("a").label(Labels.NODE_POOL, "default").request("cpu", "1"));
        join("a");
        assertThat(life.world.api.nodePools().stored("default").condition(NodePool.NODE_REGISTRATION_HEALTHY))
                .isNull();
    }

    private void registers(String name) {
        put(claim(name));
        join(name);
        assertThat(life.world.claim(name).isTrue(NodeClaim.REGISTERED)).isTrue();
    }

    private void assertHealth(String status, String reason) {
        Condition health = life.world.api.nodePools().stored("default").condition(NodePool.NODE_REGISTRATION_HEALTHY);
        assertThat(health).isNotNull();
        assertThat(health.status()).isEqualTo(status);
        assertThat(health.reason()).isEqualTo(reason);
    }
}
