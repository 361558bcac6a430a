package karpenter.controllers.nomination;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LostNominationsTest {
    private final FakeWorld world = new FakeWorld();
    private final ClusterState state = world.state;
    private final List<String> nominated = new ArrayList<>();
    private boolean away;

    private boolean nominate(PodKey pod, String uid, String node) {
        nominated.add(pod.name() + " to " + node);
        return !away;
    }

    /** Nominated to a node of its own before that was opened. */
    private Pod pod;

    @BeforeEach
    void aPodIsNominated() {
        world.joined("c");
        world.joined("d");
        world.run(LostNominations.controller(state, this::nominate, world.context));
        pod = world.api.putPod(PodBuilder.pod("a").build());
        state.planned(pod, "c");
        state.nominations().note(pod.uid(), "node-c");
        world.settle();
    }

    private void hears(Pod version) {
        world.api.putPod(version);
        world.settle();
    }

    private Pod seen() {
        return Objects.requireNonNull(state.pod(pod.key()));
    }

    @Test
    void nominatesAgainWhenTheSchedulerTookTheNominationBack() {
        hears(pod.withNominatedNodeName("node-c"));
        assertThat(nominated).isEmpty();

        hears(pod);
        assertThat(nominated).containsExactly("a to node-c");

        hears(pod.withNominatedNodeName("node-c"));
        assertThat(nominated).hasSize(1);
        assertThat(seen().provisionable()).as("it is still planned for").isTrue();

        hears(pod);
        assertThat(nominated).hasSize(2);
    }

    @Test
    void isPatientUntilTheNominationHasBeenHeardOf() {
        hears(pod);
        assertThat(nominated).isEmpty();
    }

    @Test
    void triesOnceWhenTheWriteFails() {
        away = true;
        hears(pod.withNominatedNodeName("node-c"));
        hears(pod);
        hears(pod);

        assertThat(nominated).hasSize(1);
    }

    @Test
    void leavesAPodAloneThatIsPlannedElsewhereSince() {
        hears(pod.withNominatedNodeName("node-c"));
        state.planned(pod, "d");
        hears(pod);

        assertThat(nominated).isEmpty();
    }

    @Test
    void leavesAPodAloneThatIsBoundMeanwhile() {
        hears(pod.withNominatedNodeName("node-c"));
        world.api.putPod(pod);
        hears(PodBuilder.pod("a").uid(pod.uid()).on("node-c").build());
        assertThat(nominated).isEmpty();
    }

    @Test
    void leavesAPodAloneThatTheSchedulerNominatesElsewhere() {
        hears(pod.withNominatedNodeName("node-c"));
        hears(pod.withNominatedNodeName("node-d"));

        assertThat(nominated).isEmpty();
        assertThat(seen().provisionable()).isFalse();
    }
}
