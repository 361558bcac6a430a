package karpenter.app.demo;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What is to be undone, last first. On Ctrl-C the thread that owns it is interrupted and undoes on its own way out, while
 * the end of the program waits for it; so there is one path of cleaning up, whatever the reason.
 */
final class Teardown implements AutoCloseable {
    private static final long UNWIND_SECONDS = 120;

    private final Deque<Task> tasks = new ArrayDeque<>();
    private final Consumer<String> complaints;
    private final CountDownLatch unwound = new CountDownLatch(1);
    private volatile boolean interrupted;

    private record Task(String what, AutoCloseable undo) {}

    /** @param complaints told what could not be undone, and why */
    Teardown(Consumer<String> complaints) {
        this.complaints = complaints;
    }

    /** Makes Ctrl-C and SIGTERM interrupt the calling thread and wait until it has undone everything. */
    void guard() {
        Thread owner = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> interruptAndWait(owner), "teardown"));
    }

    private void interruptAndWait(Thread owner) {
        if (unwound.getCount() == 0) {
            return;
        }
        interrupted = true;
        owner.interrupt();
        try {
            unwound.await(UNWIND_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException ignored) {
            // the program ends anyway
        }
    }

    /** Whether the user wants it to end. */
    boolean interrupted() {
        return interrupted;
    }

    /** @param what the task in words, to complain with: "stop the controller" */
    <T extends AutoCloseable> T add(String what, T undo) {
        tasks.push(new Task(what, undo));
        return undo;
    }

    /** Leaves that one as it is. */
    void forget(AutoCloseable undo) {
        tasks.removeIf(task -> task.undo.equals(undo));
    }

    /** Undoes everything; a task that fails does not keep the others from being done. */
    @Override
    public void close() {
        // The interrupt has done its work; undoing must be able to wait.
        boolean wasInterrupted = Thread.interrupted();
        while (!tasks.isEmpty()) {
            Task task = tasks.pop();
            try {
                task.undo.close();
            } catch (Exception e) {
                complaints.accept("could not " + task.what + ": " + e.getMessage());
                wasInterrupted |= Thread.interrupted();
            }
        }
        unwound.countDown();
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
