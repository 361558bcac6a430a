package karpenter.testbed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What {@link FaultProxy} knows of the requests: their numbers, their faults, what became of them. All methods may be
 * called from any thread.
 *
 * <p>From the moment a fault that kills is drawn until the client is dead, no other mutating request is admitted: what
 * the client had under way besides would otherwise take effect or not as threads run, and a failure could not be
 * repeated.
 */
final class Traffic {
    private static final Set<String> MUTATING = Set.of("POST", "PUT", "PATCH", "DELETE");

    private final Predicate<RecordedRequest> numbered;
    private final List<RecordedRequest> requests = new ArrayList<>();
    private final Map<Integer, Fault> faults = new TreeMap<>();
    private final Map<Integer, RecordedRequest> struck = new LinkedHashMap<>();
    private int count;
    private boolean killing;
    private @Nullable RuntimeException failure;

    /**
     * A request that may go on.
     *
     * @param index its place in {@link #requests}; -1 if it changes nothing and is not recorded
     */
    record Admission(int index, Fault fault) {}

    Traffic(Predicate<RecordedRequest> numbered) {
        this.numbered = numbered;
    }

    synchronized void inject(int number, Fault fault) {
        if (number <= count) {
            throw new IllegalArgumentException("Request " + number + " has passed; the next is " + (count + 1));
        }
        faults.put(number, fault);
    }

    /** Returns what is to be done with the request, or null if its client is being killed and it comes too late. */
    synchronized @Nullable Admission admit(String method, String target, String body) throws InterruptedException {
        if (!MUTATING.contains(method)) {
            return new Admission(-1, Fault.NONE);
        }
        if (killing) {
            while (killing) {
                wait();
            }
            return null;
        }
        RecordedRequest request = new RecordedRequest(0, method, target, body, 0, Fault.NONE);
        if (numbered.test(request)) {
            count++;
            Fault fault = faults.getOrDefault(count, Fault.NONE);
            request = new RecordedRequest(count, method, target, body, 0, fault);
            killing = fault.kills();
        }
        requests.add(request);
        notifyAll();
        return new Admission(requests.size() - 1, request.fault());
    }

    synchronized void answered(Admission admission, int status) {
        if (admission.index() >= 0) {
            requests.set(admission.index(), requests.get(admission.index()).withStatus(status));
            notifyAll();
        }
    }

    /** Says that the request's fault is done: answered, lost, or the client dead. */
    synchronized void struck(Admission admission, @Nullable RuntimeException killFailure) {
        RecordedRequest request = requests.get(admission.index());
        struck.put(request.number(), request);
        killing = false;
        failure = killFailure == null ? failure : killFailure;
        notifyAll();
    }

    synchronized List<RecordedRequest> requests() {
        return List.copyOf(requests);
    }

    synchronized int count() {
        return count;
    }

    /** Waits until each injected fault has struck, and returns their requests in the order in which they did. */
    synchronized List<RecordedRequest> awaitFaults(Duration deadline) {
        boolean done = await(deadline, () -> failure != null || struck.keySet().containsAll(injected()));
        if (failure != null) {
            throw new IllegalStateException("The client could not be killed", failure);
        }
        if (!done) {
            throw new IllegalStateException("Within " + deadline.toMillis() + " ms " + count
                    + " numbered requests came; faults are set for " + injected() + ", done are those of "
                    + struck.keySet());
        }
        return List.copyOf(struck.values());
    }

    /** Waits until the requests satisfy the condition, and returns them. */
    synchronized List<RecordedRequest> awaitRequests(Duration deadline, Predicate<List<RecordedRequest>> condition) {
        if (!await(deadline, () -> condition.test(List.copyOf(requests)))) {
            throw new IllegalStateException("Within " + deadline.toMillis()
                    + " ms the requests did not come to what was waited for: " + requests);
        }
        return List.copyOf(requests);
    }

    private List<Integer> injected() {
        return faults.entrySet().stream()
                .filter(entry -> entry.getValue() != Fault.NONE)
                .map(Map.Entry::getKey)
                .toList();
    }

    private synchronized boolean await(Duration deadline, BooleanSupplier condition) {
        long end = System.nanoTime() + deadline.toNanos();
        try {
            while (!condition.getAsBoolean()) {
                long leftMillis = (end - System.nanoTime()) / 1_000_000;
                if (leftMillis <= 0) {
                    return false;
                }
                wait(leftMillis);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for requests", e);
        }
    }
}
