package karpenter.core.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.core.cluster.ClusterStore;
import karpenter.core.cluster.Pod;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.RejectionReason;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingOptions;
import karpenter.core.scheduling.SchedulingResult;
import org.junit.jupiter.api.Test;

class BufferSolveTest {
    private final List<SchedulingInput> asked = new ArrayList<>();
    private final Pod real = Buffers.waiting("web-1");
    private final List<Pod> virtual = Buffers.demand(2).pods();

    /** Refuses all but so many pods, the first of each question first. */
    private SchedulingResult solve(SchedulingInput input, int places) {
        asked.add(input);
        return new SchedulingResult(
                List.of(),
                List.of(),
                input.pods().stream()
                        .skip(places)
                        .map(pod -> new PodRejection(pod, new RejectionReason.NoPools()))
                        .toList(),
                List.of());
    }

    private SchedulingResult schedule(List<Pod> pods, int places) {
        SchedulingInput input = new SchedulingInput(
                new ClusterStore().snapshot(),
                List.of(),
                pods,
                List.of(),
                Map.of("web-1", "node"),
                new SchedulingOptions(Set.of(), true, false, true, SchedulingOptions.MOST_INSTANCE_TYPES));
        return BufferSolve.schedule(input, question -> solve(question, places));
    }

    private static List<String> refused(SchedulingResult result) {
        return result.rejections().stream()
                .map(rejection -> rejection.pod().uid())
                .toList();
    }

    @Test
    void asksOnceWhenEveryPodThatExistsHasAPlace() {
        assertThat(refused(schedule(List.of(real, virtual.get(0), virtual.get(1)), 1)))
                .containsExactly("uid-1", "uid-2");
        assertThat(asked).hasSize(1);
    }

    @Test
    void givesTheRoomUpForAPodThatExists() {
        assertThat(refused(schedule(List.of(virtual.get(0), virtual.get(1), real), 1)))
                .isEmpty();
        assertThat(asked).hasSize(2);
        assertThat(asked.getLast().pods()).containsExactly(real);
        assertThat(asked.getLast().promised()).isEqualTo(Map.of("web-1", "node"));
    }

    @Test
    void keepsTheRoomWhenThatHelpsNobody() {
        assertThat(refused(schedule(List.of(virtual.get(0), virtual.get(1), real), 0)))
                .containsExactly("uid-1", "uid-2", "web-1");
    }

    @Test
    void asksOnceWhenThereAreNoBuffers() {
        assertThat(refused(schedule(List.of(real), 0))).containsExactly("web-1");
        assertThat(asked).hasSize(1);
    }
}
