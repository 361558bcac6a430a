package karpenter.controllers.state;

import static org.assertj.core.api.Assertions.assertThat;

import karpenter.api.Condition;
import karpenter.controllers.state.RegistrationHealth.Health;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("nodepoolhealth: ring buffer of outcomes")
final class RegistrationHealthTest {
    private final RegistrationHealth health = new RegistrationHealth();

    private static Condition stored(String status) {
        return new Condition("NodeRegistrationHealthy", status, "", "", null, 1);
    }

    @Test
    void isUnknownUntilSomethingHappened() {
        assertThat(health.of("pool")).isEqualTo(Health.UNKNOWN);
    }

    @Test
    void forgivesOneFailureOfFourButNotTwo() {
        assertThat(health.record("pool", true)).isEqualTo(Health.HEALTHY);
        assertThat(health.record("pool", false)).isEqualTo(Health.HEALTHY);
        assertThat(health.record("pool", false)).isEqualTo(Health.UNHEALTHY);
        assertThat(health.record("pool", true)).isEqualTo(Health.UNHEALTHY);
        assertThat(health.record("pool", true)).isEqualTo(Health.UNHEALTHY);
        assertThat(health.record("pool", true)).isEqualTo(Health.HEALTHY);
    }

    @Test
    void takesOverWhatWasStoredOnlyWhenItKnowsNothing() {
        health.hydrate("sick", stored(Condition.FALSE));
        health.hydrate("well", stored(Condition.TRUE));
        health.hydrate("new", stored(Condition.UNKNOWN));
        assertThat(health.of("sick")).isEqualTo(Health.UNHEALTHY);
        assertThat(health.of("well")).isEqualTo(Health.HEALTHY);
        assertThat(health.of("new")).isEqualTo(Health.UNKNOWN);
        health.hydrate("well", stored(Condition.FALSE));
        assertThat(health.of("well")).isEqualTo(Health.HEALTHY);
    }

    @Test
    void startsOverWhenThePoolChanged() {
        health.hydrate("sick", stored(Condition.FALSE));
        health.reset("sick");
        assertThat(health.of("sick")).isEqualTo(Health.UNKNOWN);
    }
}
