package karpenter.controllers.nomination;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.NodeLifecycleHook.HookResult;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PodNominationsTest {
    private final FakeWorld world = new FakeWorld();
    private final ClusterState state = world.state;
    private final Map<String, String> nominated = new ConcurrentSkipListMap<>();
    private boolean away;
    private Runnable duringAWrite = () -> {};
    private final PodNominations hook = new PodNominations(state, this::nominate, world.context.time());

    private boolean nominate(PodKey pod, String uid, String node) {
        nominated.put(pod.name(), node);
        duringAWrite.run();
        return !away;
    }

    @BeforeEach
    void aNodeThatHasJoined() {
        world.joined("c");
        planned("unlike-all-others", "another claim");
    }

    private Pod planned(String name, String claim) {
        Pod pod = world.api.putPod(PodBuilder.pod(name).build());
        state.planned(pod, claim);
        return pod;
    }

    private HookResult register() {
        return register("c");
    }

    private HookResult register(String name) {
        NodeClaim claim = Objects.requireNonNull(state.claim(name));
        return hook.registered(claim);
    }

    private Pod pod(String name) {
        return Objects.requireNonNull(state.pod(new PodKey("default", name)), name);
    }

    @Test
    void nominatesThePodsOfThePlan() {
        planned("a", "c");
        planned("b", "c");
        planned("other", "d");

        register();
        assertThat(nominated).containsOnly(Map.entry("a", "node-c"), Map.entry("b", "node-c"));
    }

    @Test
    void keepsTheNodeShutUntilTheWatchTellsOfTheNominations() {
        Pod pod = planned("a", "c");
        assertThat(register()).isInstanceOf(HookResult.Pending.class);
        world.api.putPod(pod.withNominatedNodeName("node-c"));

        assertThat(register()).isEqualTo(new HookResult.Done());
    }

    @Test
    void opensTheNodeWhenTheWatchIsSilentForLong() {
        planned("a", "c");
        assertThat(register()).isInstanceOf(HookResult.Pending.class);
        world.pass(Duration.ofSeconds(6));

        assertThat(register()).isEqualTo(new HookResult.Done());
    }

    @Test
    void opensANodeThatIsPlannedForNobodyAtOnce() {
        assertThat(register()).isEqualTo(new HookResult.Done());
    }

    @Test
    void nominatesEachPodOnce() {
        planned("a", "c");
        register();
        nominated.clear();
        planned("late", "c");
        register();

        assertThat(nominated).containsOnlyKeys("late");
    }

    @Test
    void nominatesAPodAgainThatTheSchedulerCameToBeforeItsNodeOpened() {
        Pod pod = planned("a", "c");
        register();
        world.api.putPod(pod.withNominatedNodeName("node-c"));
        world.api.putPod(pod);
        nominated.clear();

        assertThat(register()).isInstanceOf(HookResult.Pending.class);
        assertThat(nominated).containsOnlyKeys("a");
    }

    @Test
    void nominatesNobodyWhileAllThatWaitAreAlike() {
        world.api.removePod(pod("unlike-all-others").key());
        Pod pod = planned("a", "c");
        Pod sibling = world.api.putPod(PodBuilder.pod("b").build().withShape(pod.shape()));
        state.planned(sibling, "c");
        assertThat(register()).isEqualTo(new HookResult.Done());
        assertThat(nominated).isEmpty();

        planned("another", "d");
        register();
        assertThat(nominated).containsOnlyKeys("a", "b");
    }

    @Test
    void oneNodeAfterTheOtherHasItsTurn() {
        world.joined("d");
        planned("a", "c");
        planned("b", "d");
        List<HookResult> meanwhile = new ArrayList<>();
        duringAWrite = () -> meanwhile.add(register("d"));
        register();
        duringAWrite = () -> {};

        assertThat(meanwhile).singleElement().isInstanceOf(HookResult.Pending.class);
        assertThat(nominated).containsOnlyKeys("a");
        register("d");
        assertThat(nominated).containsOnlyKeys("a", "b");
    }

    @Test
    void leavesPodsAloneThatAreBoundMeanwhile() {
        Pod pod = planned("a", "c");
        world.api.putPod(PodBuilder.pod("a").uid(pod.uid()).on("elsewhere").build());
        register();

        assertThat(nominated).isEmpty();
    }

    @Test
    void holdsNothingUpWhenThePodCanNotBeWritten() {
        planned("a", "c");
        away = true;

        assertThat(register()).isEqualTo(new HookResult.Done());
    }

    @Test
    void doesNotHideAPodFromProvisioning() {
        Pod pod = planned("a", "c");
        assertThat(pod.provisionable()).isTrue();
        register();
        world.api.putPod(pod.withNominatedNodeName("node-c"));

        assertThat(pod("a").nominatedNodeName()).isNull();
        assertThat(pod("a").provisionable()).isTrue();
    }

    @Test
    void leavesTheSchedulersOwnNominationVisible() {
        Pod pod = planned("a", "c");
        register();
        world.api.putPod(pod.withNominatedNodeName("another"));

        assertThat(pod("a").provisionable()).isFalse();
    }
}
