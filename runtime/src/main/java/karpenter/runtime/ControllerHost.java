package karpenter.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns all controllers: starts them together and stops them together.
 *
 * <p>All are started at once; the leader-only ones hold their keys back until the gate opens (see {@link Controller}), so
 * a standby that takes over works on what it has gathered without listing again.
 */
public final class ControllerHost {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerHost.class);

    private final List<Controller<?>> controllers;

    /**
     * Takes over the controllers.
     *
     * @param controllers in the order in which they are started and waited for at the end; names must differ
     */
    public ControllerHost(List<? extends Controller<?>> controllers) {
        this.controllers = List.copyOf(controllers);
        Map<String, Long> byName =
                controllers.stream().collect(Collectors.groupingBy(Controller::name, Collectors.counting()));
        byName.forEach((name, count) -> {
            if (count > 1) {
                throw new IllegalArgumentException("There are " + count + " controllers named " + name);
            }
        });
    }

    /** Returns the controllers in order. */
    public List<Controller<?>> controllers() {
        return controllers;
    }

    /** Starts every controller in order. When one can't be started, those before it are told to stop. */
    public void start() {
        try {
            controllers.forEach(Controller::start);
        } catch (RuntimeException e) {
            controllers.forEach(Controller::signalStop);
            throw e;
        }
    }

    /**
     * Stops every controller: first all are told, then each is waited for in order.
     *
     * @param deadline the longest wait for all together, in real time
     * @return the names of those that still run; empty when all has ended
     */
    public List<String> stop(Duration deadline) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + deadline.toNanos();
        controllers.forEach(Controller::signalStop);
        List<String> stuck = new ArrayList<>();
        for (Controller<?> controller : controllers) {
            if (!controller.join(deadlineNanos)) {
                stuck.add(controller.name());
            }
        }
        if (!stuck.isEmpty()) {
            LOG.atError()
                    .addKeyValue("controllers", stuck)
                    .addKeyValue("deadline", deadline)
                    .log(
                            "Some controllers did not stop in time; what they do now is cut off by the end of the process");
        }
        return stuck;
    }
}
