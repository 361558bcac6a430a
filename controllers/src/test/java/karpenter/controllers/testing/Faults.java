package karpenter.controllers.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides for each call that changes the world whether it works. Calls are counted from 1 over the API server and the cloud
 * together, so that a test can crash the controller at each of them in turn.
 */
public final class Faults {
    /** What goes wrong with a call. */
    public enum Fault {
        /** Nothing. */
        NONE,
        /** Somebody else was quicker: nothing is written. A cloud answers with a failure. */
        CONFLICT,
        /** Nothing is done. */
        UNAVAILABLE,
        /** It is done, but the answer says that the server was away. */
        LOST_ANSWER,
        /** The process dies before the call reaches the server. */
        CRASH_BEFORE,
        /** The process dies after the call was carried out, before it hears of it. */
        CRASH_AFTER
    }

    /** The process has died. Every call fails with this until {@link Faults#restart}. */
    public static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash(String call) {
            super("the process died at " + call);
        }
    }

    private final Map<Integer, Fault> planned = new HashMap<>();
    private final List<String> calls = new ArrayList<>();
    private boolean crashed;

    /** Plans a fault for the n-th call that changes something, counted from 1 since the beginning. */
    public synchronized void at(int call, Fault fault) {
        planned.put(call, fault);
    }

    /** Plans a fault for the next call that changes something. */
    public synchronized void next(Fault fault) {
        at(calls.size() + 1, fault);
    }

    /** What was called so far, in order, for example {@code patch nodeclaims/default-1}. */
    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    /** Whether the process has died. */
    public synchronized boolean crashed() {
        return crashed;
    }

    /** The process is started anew: calls work again. */
    public synchronized void restart() {
        crashed = false;
    }

    /** Counts a call and says what is to become of it; {@link Fault#CRASH_BEFORE} never comes back from here. */
    synchronized Fault arriving(String call) {
        if (crashed) {
            throw new Crash(call);
        }
        calls.add(call);
        Fault fault = planned.getOrDefault(calls.size(), Fault.NONE);
        if (fault == Fault.CRASH_BEFORE) {
            crashed = true;
            throw new Crash(call);
        }
        return fault;
    }

    /** Lets the process die when that is planned for the call that has just been carried out. */
    synchronized void answering(Fault fault) {
        if (fault == Fault.CRASH_AFTER) {
            crashed = true;
            throw new Crash(calls.getLast());
        }
    }
}
