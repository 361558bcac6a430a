package karpenter.core.lifecycle;

import static karpenter.core.lifecycle.Samples.DAEMON_SET;
import static karpenter.core.lifecycle.Samples.NODE;
import static karpenter.core.lifecycle.Samples.T0;
import static karpenter.core.lifecycle.Samples.pod;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.Toleration;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DrainTest {
    private static final Pod ORDINARY = pod("ordinary");
    private static final Pod DAEMON = pod("daemon", DAEMON_SET, "", List.of(), PodPhase.RUNNING, null, null);
    private static final Pod CRITICAL =
            pod("critical", null, "system-cluster-critical", List.of(), PodPhase.RUNNING, null, null);
    private static final Pod CRITICAL_DAEMON =
            pod("critical-daemon", DAEMON_SET, "system-node-critical", List.of(), PodPhase.RUNNING, null, null);

    private static Pod terminating(String name, Instant end) {
        return pod(name, null, "", List.of(), PodPhase.RUNNING, end, null);
    }

    private static Drain.Step step(@Nullable Instant deadline, Pod... pods) {
        return Drain.next(List.of(pods), T0, deadline);
    }

    @Test
    void isDoneWithoutPods() {
        assertThat(step(null).isDone()).isTrue();
    }

    @Test
    @Covers("node/termination: drain tiers")
    void evictsOneTierAtATimeAndCountsAll() {
        Drain.Step first = step(null, CRITICAL_DAEMON, CRITICAL, DAEMON, ORDINARY);
        assertThat(first.evict()).containsExactly(ORDINARY);
        assertThat(first.waiting()).isEqualTo(4);
        assertThat(step(null, CRITICAL_DAEMON, CRITICAL, DAEMON).evict()).containsExactly(DAEMON);
        assertThat(step(null, CRITICAL_DAEMON, CRITICAL).evict()).containsExactly(CRITICAL);
        assertThat(step(null, CRITICAL_DAEMON).evict()).containsExactly(CRITICAL_DAEMON);
    }

    @Test
    @Covers("node/termination: drain tiers")
    void waitsForATierThatIsStillEndingBeforeTheNext() {
        Drain.Step step = step(null, terminating("p", T0.plusSeconds(30)), CRITICAL);
        assertThat(step.evict()).isEmpty();
        assertThat(step.waiting()).isEqualTo(2);
    }

    @Test
    @Covers("node/termination: static pods")
    void ignoresPodsThatNoDrainEnds() {
        Pod ended = pod("ended", null, "", List.of(), PodPhase.FAILED, null, null);
        Pod mirror = pod("mirror", NODE, "", List.of(), PodPhase.RUNNING, null, null);
        Pod tolerates = pod("tolerates", null, "", List.of(Toleration.EVERYTHING), PodPhase.RUNNING, null, null);
        Pod stuck = terminating("stuck", T0.minusSeconds(61));
        assertThat(step(T0.minusSeconds(100), ended, mirror, tolerates, stuck))
                .isEqualTo(new Drain.Step(List.of(), List.of(), 0));
    }

    @Test
    void waitsForProtectedPodsWithoutAskingThem() {
        Pod forGood = pod("for-good", null, "", List.of(), PodPhase.RUNNING, null, "true");
        Pod forAMinute = pod("for-a-minute", null, "", List.of(), PodPhase.RUNNING, null, "1m");
        Pod nonsense = pod("nonsense", null, "", List.of(), PodPhase.RUNNING, null, "soon");
        Drain.Step early = step(null, forGood, forAMinute, nonsense);
        assertThat(early.evict()).containsExactly(nonsense);
        assertThat(early.waiting()).isEqualTo(3);
        assertThat(Drain.next(List.of(forGood, forAMinute), T0.plusSeconds(60), null)
                        .evict())
                .containsExactly(forAMinute);
    }

    @Test
    @Covers("terminator: deadlines")
    void forcesEachPodSoEarlyThatItGetsItsGraceBeforeTheDeadline() {
        Pod protectedPod = pod("protected", null, "", List.of(), PodPhase.RUNNING, null, "true");
        assertThat(step(T0.plusSeconds(30), protectedPod, CRITICAL).force()).isEmpty();
        Drain.Step step = step(T0.plusSeconds(29), protectedPod, CRITICAL);
        assertThat(step.force())
                .containsExactly(
                        new Drain.ForcedDeletion(protectedPod, Duration.ofSeconds(29)),
                        new Drain.ForcedDeletion(CRITICAL, Duration.ofSeconds(29)));
        assertThat(step.evict()).isEmpty();
        assertThat(step.waiting()).isEqualTo(2);
    }

    @Test
    @Covers("terminator: clamp to 1 s")
    void grantsAtLeastOneSecond() {
        assertThat(step(T0.minusSeconds(3600), ORDINARY).force())
                .containsExactly(new Drain.ForcedDeletion(ORDINARY, Duration.ofSeconds(1)));
    }

    @Test
    @Covers("terminator: upgrade to force")
    void bringsAnEndForwardOnlyWhenThatHelps() {
        Pod late = terminating("late", T0.plusSeconds(100));
        assertThat(step(T0.plusSeconds(50), late).force())
                .containsExactly(new Drain.ForcedDeletion(late, Duration.ofSeconds(50)));
        assertThat(step(T0.plusSeconds(100), late).force()).isEmpty();
        Pod aboutToEnd = terminating("about-to-end", T0.plusSeconds(1));
        assertThat(step(T0.minusSeconds(10), aboutToEnd).force()).isEmpty();
    }
}
