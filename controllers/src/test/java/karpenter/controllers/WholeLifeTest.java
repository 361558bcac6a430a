package karpenter.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import karpenter.controllers.WholeLife.End;
import karpenter.controllers.testing.Faults.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A claim lives from creation to the end of its machine, with one thing going wrong at each call that changes the world in
 * turn. Whatever it is, the end is the same: one launch, every pod asked before its machine went, nothing left over.
 */
final class WholeLifeTest {
    @ParameterizedTest
    @EnumSource(End.class)
    void endsWellWhenAllGoesWell(End how) {
        WholeLife test = new WholeLife(how);
        test.live();
        test.assertGoodEnd();
    }

    @Test
    void needsFewSecondsFromDeletionToTheEnd() {
        int seconds = new WholeLife(End.CLAIM_DELETED).live();
        assertThat(seconds).as("launch, join, ready, pod, drain and end").isLessThanOrEqualTo(17);
    }

    static Stream<Arguments> mishaps() {
        return Stream.of(End.values())
                .flatMap(end -> Stream.of(Fault.values())
                        .filter(fault -> fault != Fault.NONE)
                        .map(fault -> Arguments.of(end, fault)));
    }

    @ParameterizedTest
    @MethodSource("mishaps")
    void endsTheSameWhateverGoesWrongAtAnyCall(End how, Fault fault) {
        WholeLife undisturbed = new WholeLife(how);
        undisturbed.live();
        int calls = undisturbed.world.faults.calls().size();
        assertThat(calls).isGreaterThan(4);
        IntStream.rangeClosed(1, calls).forEach(call -> {
            WholeLife disturbed = new WholeLife(how);
            disturbed.world.faults.at(call, fault);
            try {
                disturbed.live();
                disturbed.assertGoodEnd();
            } catch (AssertionError e) {
                throw new AssertionError(
                        fault + " at call " + call + " ("
                                + disturbed.world.faults.calls().get(call - 1) + "): " + e.getMessage(),
                        e);
            }
        });
    }

    @ParameterizedTest
    @EnumSource(End.class)
    void endsTheSameWhenTheProcessDiesAgainAndAgain(End how) {
        WholeLife test = new WholeLife(how);
        for (int call = 1; call < 60; call += 2) {
            test.world.faults.at(call, call % 4 == 1 ? Fault.CRASH_AFTER : Fault.CRASH_BEFORE);
        }
        test.live();
        test.assertGoodEnd();
    }
}
