package karpenter.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TeardownTest {
    private final List<String> done = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();
    private final Teardown teardown = new Teardown(complaints::add);

    private void add(String what) {
        AutoCloseable ignored = teardown.add(what, () -> done.add(what));
        assertThat(ignored).isNotNull();
    }

    @Test
    void undoesLastFirstAndOnlyOnce() {
        add("stop the control plane");
        add("stop the controller");

        teardown.close();
        teardown.close();

        assertThat(done).containsExactly("stop the controller", "stop the control plane");
    }

    @Test
    void oneFailureDoesNotKeepTheRestFromBeingUndone() {
        add("stop the control plane");
        teardown.add("stop the controller", (AutoCloseable) () -> {
            throw new IllegalStateException("it won't");
        });

        teardown.close();

        assertThat(done).containsExactly("stop the control plane");
        assertThat(complaints).containsExactly("could not stop the controller: it won't");
    }

    @Test
    void undoingCanWaitAlthoughTheThreadWasInterrupted() {
        teardown.add("wait", (AutoCloseable)
                () -> done.add("interrupted: " + Thread.currentThread().isInterrupted()));
        Thread.currentThread().interrupt();

        teardown.close();

        assertThat(done).containsExactly("interrupted: false");
        assertThat(Thread.interrupted()).as("still known to the caller").isTrue();
    }

    @Test
    void whatIsForgottenStaysAsItIs() {
        AutoCloseable kept = teardown.add("stop the control plane", () -> done.add("stop the control plane"));
        add("end the watch");

        teardown.forget(kept);
        teardown.close();

        assertThat(done).containsExactly("end the watch");
    }
}
