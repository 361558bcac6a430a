package karpenter.controllers.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import karpenter.controllers.state.PodWaits.Wait;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodPhase;
import org.junit.jupiter.api.Test;

class PodWaitsTest {
    private final FakeWorld world = new FakeWorld();
    private final PodWaits waits = world.state.waits();

    private Wait of(String uid) {
        return Objects.requireNonNull(waits.of(uid), () -> "nothing is known of " + uid);
    }

    @Test
    void tellsHowLongTheFirstDecisionTookFromTheFirstSight() {
        waits.acknowledge("p");
        world.time.advance(Duration.ofSeconds(1));
        waits.acknowledge("p");
        world.time.advance(Duration.ofSeconds(1));
        assertThat(waits.decided("p")).isFalse();
        assertThat(waits.decide("p", false)).isEqualTo(Duration.ofSeconds(2));
        assertThat(waits.decided("p")).isTrue();
        Instant decidedAt = of("p").decidedAt();
        world.time.advance(Duration.ofSeconds(5));
        assertThat(waits.decide("p", true)).isNull();
        assertThat(of("p").decidedAt()).isEqualTo(decidedAt);
    }

    @Test
    void remembersSinceWhenEveryPassFoundAPlace() {
        waits.decide("p", true);
        Instant first = world.now();
        world.time.advance(Duration.ofSeconds(5));
        waits.decide("p", true);
        assertThat(of("p").placedAt()).isEqualTo(first);
        waits.decide("p", false);
        assertThat(of("p").placedAt()).isNull();
        waits.decide("p", true);
        assertThat(of("p").placedAt()).isEqualTo(world.now());
    }

    @Test
    void forgetsPodsThatAreBoundEndedOrGone() {
        for (String name : new String[] {"bound", "ended", "gone", "waiting"}) {
            world.api.putPod(PodBuilder.pod(name).uid(name).build());
            waits.acknowledge(name);
        }
        world.api.putPod(PodBuilder.pod("bound").uid("bound").on("n").build());
        world.api.putPod(
                PodBuilder.pod("ended").uid("ended").phase(PodPhase.FAILED).build());
        world.api.removePod(new PodKey("default", "gone"));
        assertThat(waits.of("bound")).isNull();
        assertThat(waits.of("ended")).isNull();
        assertThat(waits.of("gone")).isNull();
        assertThat(waits.of("waiting")).isNotNull();
    }
}
