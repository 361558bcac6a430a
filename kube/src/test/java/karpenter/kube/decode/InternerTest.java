package karpenter.kube.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InternerTest {
    @Test
    void equalValuesBecomeOneObject() {
        Interner<List<String>> interner = new Interner<>();
        List<String> first = new ArrayList<>(List.of("a"));
        assertThat(interner.intern(first)).isSameAs(first);
        assertThat(interner.intern(new ArrayList<>(List.of("a")))).isSameAs(first);
        assertThat(interner.intern(new ArrayList<>(List.of("b")))).isNotSameAs(first);
        assertThat(interner.size()).isEqualTo(2);
    }

    @Test
    void forgetsWhatNobodyUses() {
        Interner<List<String>> interner = new Interner<>();
        List<String> kept = interner.intern(new ArrayList<>(List.of("kept")));
        for (int i = 0; i < 100; i++) {
            interner.intern(new ArrayList<>(List.of("value " + i)));
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (interner.size() > 1 && System.nanoTime() < deadline) {
            System.gc();
            Thread.onSpinWait();
        }
        assertThat(interner.size()).isEqualTo(1);
        assertThat(interner.intern(new ArrayList<>(List.of("kept")))).isSameAs(kept);
    }
}
