package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is left of a pool's node once pods join it. */
class NarrowingTest {
    private static final List<InstanceType> TYPES = List.of(
            type("cpu").size(8, 8, 110).price(1).build(),
            type("memory").size(2, 64, 110).price(1).build(),
            type("small").size(2, 4, 110).price(0.5).zones("zone-1").build());

    private final SchedulingPass pass = pass(pool -> pool);

    private static SchedulingPass pass(UnaryOperator<Problem.Pool> pool) {
        return new SchedulingPass(
                new Problem()
                        .pool("default", TYPES, pool)
                        .waiting(
                                pod("0-plain").cpu(1).build(),
                                pod("1-zone-1")
                                        .cpu(2)
                                        .selector(Labels.ZONE, "zone-1")
                                        .build(),
                                pod("2-zone-2")
                                        .cpu(3)
                                        .selector(Labels.ZONE, "zone-2")
                                        .build(),
                                pod("3-either")
                                        .cpu(4)
                                        .require(in(Labels.ZONE, "zone-1", "zone-2"))
                                        .build(),
                                pod("4-port").cpu(5).port("", 80, "TCP").build(),
                                pod("5-port").cpu(6).port("10.0.0.1", 80, "TCP").build(),
                                pod("6-other-port").cpu(7).port("", 81, "TCP").build())
                        .input(),
                new Cutoff(() -> false));
    }

    private static NodeAsk ask(SchedulingPass pass, int number) {
        return pass.classes().stream()
                .filter(each -> each.amounts()[0] == number + 1)
                .findFirst()
                .orElseThrow()
                .asks()
                .getFirst();
    }

    private static @Nullable Narrowing narrowed(SchedulingPass pass, int... numbers) {
        Narrowing narrowing = pass.pools().getFirst().untouched();
        for (int number : numbers) {
            narrowing = narrowing == null ? null : narrowing.with(ask(pass, number));
        }
        return narrowing;
    }

    private @Nullable Narrowing narrowed(int... numbers) {
        return narrowed(pass, numbers);
    }

    private static Narrowing found(@Nullable Narrowing narrowing) {
        return Objects.requireNonNull(narrowing);
    }

    @Test
    void keepsTheRowsThatAllPodsAllow() {
        assertThat(found(narrowed(0)).rows().cardinality()).isEqualTo(14);
        assertThat(found(narrowed(1)).rows().cardinality()).isEqualTo(6);
        assertThat(found(narrowed(2)).rows().cardinality()).isEqualTo(4);
        assertThat(found(narrowed(3, 1)).requirements().get(Labels.ZONE).values())
                .containsExactly("zone-1");
        assertThat(narrowed(1, 2)).as("no node is in two zones").isNull();
    }

    @Test
    void isOneObjectForNodesNarrowedAlike() {
        assertThat(narrowed(0)).isSameAs(narrowed());
        assertThat(narrowed(1, 3)).isSameAs(narrowed(3, 1));
        assertThat(narrowed(1)).isNotSameAs(narrowed(2));
    }

    @Test
    void refusesPortsThatAreTaken() {
        assertThat(narrowed(4, 5)).isNull();
        assertThat(narrowed(4, 4)).isNull();
        assertThat(found(narrowed(4, 6)).ports().taken()).hasSize(2);
    }

    @Test
    void refusesPodsThatDoNotTolerateThePool() {
        assertThat(narrowed(pass(pool -> pool.taint("x", "", Taint.NO_SCHEDULE)), 0))
                .isNull();
        assertThat(narrowed(pass(pool -> pool.startupTaint("x")), 0)).isNotNull();
    }

    @Test
    void holdsWhatSomeMachineHoldsAtOnce() {
        Narrowing any = found(narrowed());
        assertThat(any.holds(amounts(7000, 1))).isTrue();
        assertThat(any.holds(amounts(1000, 60))).isTrue();
        assertThat(any.holds(amounts(7000, 60)))
                .as("neither the one nor the other")
                .isFalse();
        assertThat(any.holds(amounts(9000, 1))).isFalse();
        assertThat(any.holds(new long[] {0, 0, 111})).isFalse();
    }

    private static long[] amounts(long milliCpu, long gib) {
        return new long[] {milliCpu, gib * Types.GIB, 1};
    }
}
