package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class LeaderGateTest {
    private final LeaderGate gate = new LeaderGate();
    private final List<String> events = new ArrayList<>();

    @Test
    void refusesEffectsUnlessItIsHeld() {
        assertThatThrownBy(gate::require).isInstanceOf(LeaderGate.NotLeaderException.class);
        gate.acquired();
        assertThatCode(gate::require).doesNotThrowAnyException();
        gate.lost();
        assertThatThrownBy(gate::require).isInstanceOf(LeaderGate.NotLeaderException.class);
    }

    @Test
    void tellsListenersEachChangeOnceAndLateOnesWhereItStands() {
        gate.addListener(listener("a"));
        gate.acquired();
        gate.acquired();
        gate.addListener(listener("b"));
        gate.lost();
        gate.lost();
        assertThat(events).containsExactly("a acquired", "b acquired", "a lost", "b lost");
    }

    @Test
    void tellsTheOthersWhenOneListenerFails() {
        gate.addListener(new LeaderGate.Listener() {
            @Override
            public void acquired() {
                throw new IllegalStateException("broken listener");
            }

            @Override
            public void lost() {
                throw new IllegalStateException("broken listener");
            }
        });
        gate.addListener(listener("b"));
        gate.acquired();
        gate.lost();
        assertThat(events).containsExactly("b acquired", "b lost");
    }

    @Test
    void shutsByItselfWhenTheProofFails() {
        AtomicBoolean valid = new AtomicBoolean(true);
        gate.acquired(valid::get);
        assertThat(gate.held()).isTrue();
        valid.set(false);
        assertThat(gate.held()).isFalse();
    }

    @Test
    void letsWaitersGoWhenAcquired() throws InterruptedException {
        Thread waiter = Thread.ofVirtual().start(() -> {
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        gate.acquired();
        assertThat(waiter.join(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void isNeverShutWithoutElection() {
        assertThat(LeaderGate.open().held()).isTrue();
    }

    private LeaderGate.Listener listener(String name) {
        return new LeaderGate.Listener() {
            @Override
            public void acquired() {
                events.add(name + " acquired");
            }

            @Override
            public void lost() {
                events.add(name + " lost");
            }
        };
    }
}
