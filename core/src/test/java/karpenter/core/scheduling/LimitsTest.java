package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.core.cluster.NodeState;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

/** What a pool's limits leave. */
class LimitsTest {
    private static final ResourceVector EIGHT = ResourceVector.of(8000, 32 * Types.GIB);

    private static Limits limits(String... pairs) {
        Problem.Pool pool = new Problem.Pool();
        for (int i = 0; i < pairs.length; i += 2) {
            pool.limit(pairs[i], pairs[i + 1]);
        }
        return Limits.of(pool.build("default"), List.of(), Reservations.NONE);
    }

    @Test
    void allowWhatReachesThemExactly() {
        Limits limits = limits("cpu", "10", "memory", "32Gi");
        assertThat(limits.allows(limits.use(EIGHT))).isTrue();
        limits.take(limits.use(ResourceVector.of(2000, 0)));
        assertThat(limits.allows(limits.use(EIGHT))).isTrue();
        limits.take(limits.use(ResourceVector.of(1, 0)));
        assertThat(limits.allows(limits.use(EIGHT))).isFalse();
        limits.giveBack(limits.use(ResourceVector.of(1, 0)));
        assertThat(limits.allows(limits.use(EIGHT))).isTrue();
    }

    @Test
    void nameWhatIsExceeded() {
        Limits limits = limits("cpu", "10", "memory", "31Gi", "nodes", "1");
        assertThat(limits.exceededBy(limits.use(EIGHT))).containsExactly("memory");
        limits.take(limits.use(EIGHT));
        assertThat(limits.exceededBy(limits.use(EIGHT))).containsExactly("cpu", "memory", "nodes");
        assertThat(limits.exceededBy(limits.use(ResourceVector.of(2000, 0)))).containsExactly("nodes");
    }

    @Test
    void doNotConcernMachinesThatHaveNoneOfTheResource() {
        Limits limits = limits("example.com/gpu", "0");
        assertThat(limits.allows(limits.use(EIGHT))).isTrue();
        assertThat(limits.timesAllowed(limits.use(EIGHT), 7)).isEqualTo(7);
        assertThat(limits.allows(limits.use(EIGHT.with("example.com/gpu", 1)))).isFalse();
    }

    @Test
    void sayHowManyMachinesTheyLeaveRoomFor() {
        Limits limits = limits("cpu", "25", "memory", "65Gi");
        assertThat(limits.timesAllowed(limits.use(EIGHT), 9))
                .as("memory is scarcer")
                .isEqualTo(2);
        assertThat(limits.timesAllowed(limits.use(EIGHT), 1)).isEqualTo(1);
        limits.take(limits.use(ResourceVector.of(99_000, 0)));
        assertThat(limits.timesAllowed(limits.use(EIGHT), 9)).as("overdrawn").isZero();
    }

    @Test
    void areExhaustedInNodesOnlyWhenNodesAreLimited() {
        assertThat(limits().nodesExhausted()).isFalse();
        assertThat(limits("cpu", "0").nodesExhausted()).isFalse();
        assertThat(limits("nodes", "1").nodesExhausted()).isFalse();
        assertThat(limits("nodes", "0").nodesExhausted()).isTrue();
        assertThat(limits().unlimited()).isTrue();
        assertThat(limits("cpu", "1").unlimited()).isFalse();
    }

    @Test
    void countTheMachinesOfTheirOwnPool() {
        Problem problem = new Problem()
                .machine("own", machine -> machine)
                .machine("other", machine -> machine.pool("other"))
                .machine("foreign", machine -> machine.pool(null));
        List<NodeState> machines = problem.input().machines();
        assertThat(machines).hasSize(3);
        Limits limits = Limits.of(
                new Problem.Pool().limit("cpu", "10").limit("nodes", "5").build("default"),
                machines,
                Reservations.NONE);
        assertThat(limits.left()).containsExactly(6000, 4);
    }

    @Test
    void goBackToWhatWasLeft() {
        Limits limits = limits("cpu", "10");
        long[] before = limits.left();
        limits.take(limits.use(EIGHT));
        assertThat(limits.left()).containsExactly(2000);
        assertThat(before).as("a copy").containsExactly(10_000);
        limits.restore(before);
        assertThat(limits.left()).containsExactly(10_000);
    }

    @Test
    void boundTheSumOfSeveralNodes() {
        Limits limits = limits("cpu", "10", "memory", "1Ti");
        Bin four = bin(limits, 4000);
        Bin six = bin(limits, 6000);
        assertThat(limits.allow(List.of(four, six))).isTrue();
        assertThat(limits.allow(List.of(six, six))).isFalse();
        assertThat(limits.allow(List.of())).isTrue();
    }

    private static Bin bin(Limits limits, long milliCpu) {
        return new Bin(0, 1, new int[] {0}, new int[0], limits.use(ResourceVector.of(milliCpu, 1)));
    }
}
