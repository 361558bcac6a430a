package karpenter.controllers.nodepool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.ObjectMeta;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1.NodePoolHash;
import karpenter.controllers.state.RegistrationHealth;
import karpenter.controllers.state.RegistrationHealth.Health;
import karpenter.controllers.testing.FakeCloudProvider;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.NodePoolBuilder;
import karpenter.core.cluster.NodeClass;
import karpenter.core.validation.LabelRules;
import karpenter.runtime.Controller;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class NodePoolControllersTest {
    private final FakeWorld world = new FakeWorld();
    private RegistrationHealth health = new RegistrationHealth();

    @BeforeEach
    void start() {
        health = new RegistrationHealth();
        world.run(NodePoolControllers.controllers(
                        world.context,
                        world.state,
                        world.cloud,
                        LabelRules.with(Set.of(), Set.of("karpenter.test.sh")),
                        world.api.nodePools(),
                        world.api.nodeClaims(),
                        health,
                        1000)
                .toArray(Controller[]::new));
    }

    private void restart() {
        world.restart();
        start();
        world.listAgain();
    }

    private NodePool pool() {
        return world.api.nodePools().stored("default");
    }

    private Condition condition(String type) {
        return Objects.requireNonNull(pool().condition(type), () -> "no " + type);
    }

    private void nodeClass(@Nullable Condition ready) {
        world.api.putNodeClass(new NodeClass(
                FakeCloudProvider.NODE_CLASS.group(),
                FakeCloudProvider.NODE_CLASS.kind(),
                ObjectMeta.named("default"),
                ready));
    }

    private static Condition ready(String status, String reason, String message) {
        return new Condition("Ready", status, reason, message, null, 1);
    }

    @Test
    @Covers({"nodepool/readiness: NodeClassReady", "nodepool/validation: ValidationSucceeded"})
    void isReadyOnceItIsValidAndItsNodeClassIsReady() {
        world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.settle();
        assertThat(condition(NodePool.NODE_CLASS_READY).reason()).isEqualTo("NodeClassNotFound");
        assertThat(condition(NodePool.READY).isFalse()).isTrue();
        nodeClass(null);
        world.settle();
        assertThat(condition(NodePool.NODE_CLASS_READY).reason()).isEqualTo("NodeClassReadinessUnknown");
        nodeClass(ready(Condition.FALSE, "SubnetsNotFound", "no subnet matches"));
        world.settle();
        assertThat(condition(NodePool.NODE_CLASS_READY).message()).isEqualTo("no subnet matches");
        nodeClass(ready(Condition.TRUE, "Ready", ""));
        world.settle();
        assertThat(condition(NodePool.READY).isTrue()).isTrue();
        world.api.removeNodeClass("default");
        world.settle();
        assertThat(condition(NodePool.READY).isFalse()).isTrue();
    }

    @Test
    @Covers("Lifecycle: conditions' observedGeneration rules")
    void followsItsOwnSpecWithTheGenerationItLookedAt() {
        nodeClass(ready(Condition.TRUE, "Ready", ""));
        world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.settle();
        world.api
                .nodePools()
                .change(
                        "default",
                        stored -> NodePoolBuilder.pool("default")
                                .weight(3)
                                .status(stored.status())
                                .build()
                                .withMetadata(stored.metadata()));
        world.settle();
        assertThat(pool().metadata().generation()).isEqualTo(2);
        assertThat(condition(NodePool.READY).isTrue()).isTrue();
        assertThat(condition(NodePool.VALIDATION_SUCCEEDED).observedGeneration())
                .isEqualTo(2);
    }

    @Test
    @Covers("nodepool/validation: ValidationSucceeded")
    void saysWhatIsWrongWithItsTemplate() {
        nodeClass(ready(Condition.TRUE, "Ready", ""));
        world.api
                .nodePools()
                .put(NodePoolBuilder.pool("default")
                        .requirement("karpenter.test.sh/secret", "In", "x")
                        .taint(Taint.of("a", "", Taint.NO_SCHEDULE))
                        .startupTaint(Taint.of("a", "", Taint.NO_SCHEDULE))
                        .build());
        world.settle();
        Condition validation = condition(NodePool.VALIDATION_SUCCEEDED);
        assertThat(validation.reason()).isEqualTo("NodePoolValidationFailed");
        assertThat(validation.message())
                .contains("karpenter.test.sh/secret is restricted")
                .contains("a:NoSchedule is a duplicate");
        assertThat(condition(NodePool.READY).isFalse()).isTrue();
    }

    @Test
    void leavesPoolsOfOtherProvidersAlone() {
        world.api
                .nodePools()
                .put(NodePoolBuilder.pool("default")
                        .nodeClass("other.sh", "Other", "default")
                        .build());
        world.pass(Duration.ofSeconds(10));
        assertThat(world.faults.calls()).isEmpty();
    }

    @Test
    @Covers("nodepool/hash: hash and version")
    void writesTheHashOfTheTemplate() {
        world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.settle();
        assertThat(pool().metadata().annotations())
                .containsEntry(Labels.NODE_POOL_HASH, NodePoolHash.of(pool()))
                .containsEntry(Labels.NODE_POOL_HASH_VERSION, NodePoolHash.VERSION);
    }

    @Test
    @Covers("nodepool/hash: hash and version")
    void rehashesClaimsOfAnOlderVersionUnlessTheyHaveDrifted() {
        NodePool old = world.api
                .nodePools()
                .put(NodePoolBuilder.pool("default")
                        .annotation(Labels.NODE_POOL_HASH, "1")
                        .annotation(Labels.NODE_POOL_HASH_VERSION, "v2")
                        .build());
        world.api.nodeClaims().put(NodeClaimBuilder.claim("good").pool(old).build());
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("drifted")
                        .pool(old)
                        .trueSince(NodeClaim.DRIFTED, world.now())
                        .build());
        restart();
        world.settle();
        String hash = NodePoolHash.of(pool());
        assertThat(world.claim("good").metadata().annotations())
                .containsEntry(Labels.NODE_POOL_HASH, hash)
                .containsEntry(Labels.NODE_POOL_HASH_VERSION, NodePoolHash.VERSION);
        assertThat(world.claim("drifted").metadata().annotations())
                .containsEntry(Labels.NODE_POOL_HASH, "1")
                .containsEntry(Labels.NODE_POOL_HASH_VERSION, NodePoolHash.VERSION);
        assertThat(pool().metadata().annotations()).containsEntry(Labels.NODE_POOL_HASH, hash);
    }

    @Test
    @Covers("nodepool/counter: resources and node count")
    void countsWhatItsMachinesHave() {
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.pass(Duration.ofSeconds(5));
        assertThat(pool().status().resources())
                .containsEntry("nodes", Quantity.ZERO)
                .containsEntry("cpu", Quantity.ZERO)
                .containsKeys("memory", "pods", "ephemeral-storage");
        machine(pool, "a");
        machine(pool, "b");
        world.pass(Duration.ofSeconds(1));
        assertThat(pool().status().nodes()).isEqualTo(2L);
        assertThat(pool().status().resources())
                .containsEntry("cpu", Quantity.parse("8"))
                .containsEntry("memory", Quantity.parse("32Gi"))
                .containsEntry("nodes", Quantity.of(2));
        world.api.nodeClaims().startDeletion("b");
        world.pass(Duration.ofSeconds(1));
        assertThat(pool().status().nodes()).isEqualTo(1L);
        int calls = world.faults.calls().size();
        world.pass(Duration.ofSeconds(30));
        assertThat(world.faults.calls()).hasSize(calls);
    }

    private void machine(NodePool pool, String name) {
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim(name)
                        .pool(pool)
                        .initialized("fake:///" + name, name, world.now())
                        .build());
        world.api.nodes().put(NodeBuilder.node(name).managedBy("default").build());
    }

    @Test
    @Covers("nodepool/registrationhealth: reset and hydration")
    void forgetsHowRegistrationWentWhenThePoolOrItsNodeClassChanges() {
        nodeClass(ready(Condition.TRUE, "Ready", ""));
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.settle();
        assertThat(condition(NodePool.NODE_REGISTRATION_HEALTHY).reason()).isEqualTo("AwaitingReconciliation");
        String uid = pool.metadata().uid();
        health.record(uid, false);
        health.record(uid, false);
        world.api
                .nodePools()
                .change(
                        "default",
                        stored -> stored.withConditions(stored.conditions()
                                .setFalse(NodePool.NODE_REGISTRATION_HEALTHY, "RegistrationFailed", "", world.now())));
        world.settle();
        assertThat(condition(NodePool.NODE_REGISTRATION_HEALTHY).isFalse()).isTrue();
        nodeClass(ready(Condition.TRUE, "Ready", ""));
        world.settle();
        assertThat(health.of(uid)).isEqualTo(Health.UNHEALTHY);
    }

    @Test
    @Covers("nodepool/registrationhealth: reset and hydration")
    void remembersHowRegistrationWentOverARestart() {
        nodeClass(ready(Condition.TRUE, "Ready", ""));
        NodePool pool =
                world.api.nodePools().put(NodePoolBuilder.pool("default").build());
        world.settle();
        world.api
                .nodePools()
                .change(
                        "default",
                        stored -> stored.withConditions(stored.conditions()
                                .setFalse(NodePool.NODE_REGISTRATION_HEALTHY, "RegistrationFailed", "", world.now())));
        restart();
        world.settle();
        assertThat(health.of(pool.metadata().uid())).isEqualTo(Health.UNHEALTHY);
        assertThat(condition(NodePool.NODE_REGISTRATION_HEALTHY).isFalse()).isTrue();
    }

    @Test
    void comesToTheSameConditionsWhicheverOfItsWritesFails() {
        for (int call = 1; call <= 8; call++) {
            for (Fault fault : Fault.values()) {
                NodePoolControllersTest run = new NodePoolControllersTest();
                run.start();
                run.world.faults.at(call, fault);
                run.nodeClass(ready(Condition.TRUE, "Ready", ""));
                run.world.api.nodePools().put(NodePoolBuilder.pool("default").build());
                run.world.pass(Duration.ofSeconds(3));
                if (run.world.faults.crashed()) {
                    run.restart();
                }
                run.world.pass(Duration.ofSeconds(6));
                assertThat(run.condition(NodePool.READY).isTrue())
                        .as("%s at call %d", fault, call)
                        .isTrue();
                assertThat(run.pool().status().nodes()).isEqualTo(0L);
                assertThat(run.pool().metadata().annotations()).containsKey(Labels.NODE_POOL_HASH);
            }
        }
    }
}
