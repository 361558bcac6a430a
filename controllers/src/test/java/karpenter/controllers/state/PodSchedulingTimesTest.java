package karpenter.controllers.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import karpenter.controllers.state.PodSchedulingTimes.Times;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodPhase;
import karpenter.runtime.TestingScrape;
import org.junit.jupiter.api.Test;

class PodSchedulingTimesTest {
    private static final String HISTOGRAM = "karpenter_pods_scheduling_decision_duration_seconds";

    private final FakeWorld world = new FakeWorld();
    private final PodSchedulingTimes times = new PodSchedulingTimes(world.state, world.context);

    private Pod put(PodBuilder pod) {
        return world.api.putPod(pod.build());
    }

    private Times of(Pod pod) {
        Times known = times.of(pod.key(), pod.uid());
        return Objects.requireNonNull(known, () -> "nothing is known of " + pod.key());
    }

    private String page() {
        return TestingScrape.text(world.context.metrics());
    }

    @Test
    void observesTheFirstDecisionSinceTheFirstSight() {
        Pod pod = put(PodBuilder.pod("p"));
        times.acknowledged(pod);
        world.time.advance(Duration.ofSeconds(1));
        times.acknowledged(pod);
        world.time.advance(Duration.ofSeconds(1));
        times.rejected(pod);
        assertThat(page()).contains(HISTOGRAM + "_sum 2\n" + HISTOGRAM + "_count 1\n");
        assertThat(of(pod).placed()).isNull();
        Instant decided = of(pod).decided();
        world.time.advance(Duration.ofSeconds(5));
        times.placed(pod);
        assertThat(page()).contains(HISTOGRAM + "_count 1\n");
        assertThat(of(pod).decided()).isEqualTo(decided);
        assertThat(of(pod).placed()).isEqualTo(world.now());
    }

    @Test
    void keepsTheFirstPlacementWhileItHolds() {
        Pod pod = put(PodBuilder.pod("p"));
        times.placed(pod);
        Instant first = world.now();
        world.time.advance(Duration.ofSeconds(5));
        times.placed(pod);
        assertThat(of(pod).placed()).isEqualTo(first);
        assertThat(page()).contains(HISTOGRAM + "_count 0\n");
    }

    @Test
    void passesOverPodsThatAreBoundAlready() {
        Pod pod = put(PodBuilder.pod("p").on("n"));
        times.placed(pod);
        times.rejected(pod);
        assertThat(times.of(pod.key(), pod.uid())).isNull();
    }

    @Test
    void forgetsPodsThatEndAreGoneOrReplaced() {
        Pod gone = put(PodBuilder.pod("gone"));
        Pod ended = put(PodBuilder.pod("ended").uid("ended"));
        Pod replaced = put(PodBuilder.pod("replaced"));
        times.acknowledged(gone);
        times.acknowledged(ended);
        times.acknowledged(replaced);
        world.api.removePod(gone.key());
        put(PodBuilder.pod("ended").uid("ended").phase(PodPhase.FAILED));
        world.api.removePod(replaced.key());
        Pod successor = put(PodBuilder.pod("replaced"));
        times.acknowledged(successor);
        assertThat(times.of(gone.key(), gone.uid())).isNull();
        assertThat(times.of(ended.key(), ended.uid())).isNull();
        assertThat(times.of(replaced.key(), replaced.uid())).isNull();
        times.forget(replaced.key(), replaced.uid());
        assertThat(of(successor).acknowledged()).isEqualTo(world.now());
    }
}
