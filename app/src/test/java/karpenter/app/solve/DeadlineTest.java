package karpenter.app.solve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class DeadlineTest {
    @Test
    void givesTheResultOfWorkThatEndsInTime() throws Exception {
        assertThat(Deadline.within(Duration.ofMinutes(1), () -> "done")).isEqualTo("done");
    }

    @Test
    void givesUpOnWorkThatDoesNot() throws Exception {
        CountDownLatch never = new CountDownLatch(1);

        assertThat(Deadline.<String>within(Duration.ofMillis(1), () -> {
                    never.await();
                    return "done";
                }))
                .isNull();
        never.countDown();
    }

    @Test
    void passesOnAFailureWithItsCause() {
        assertThatThrownBy(() -> Deadline.within(Duration.ofMinutes(1), () -> {
                    throw new UnsupportedOperationException("no");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage("no");
    }
}
