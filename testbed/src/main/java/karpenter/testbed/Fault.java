package karpenter.testbed;

/** What {@link FaultProxy} does at one numbered request. A client must survive each of them at each request. */
public enum Fault {
    /** Forwards and answers like any other request: the run to compare with. */
    NONE(false, false),

    /** Kills the client; the API server never sees the request. */
    KILL_BEFORE(false, true),

    /** Forwards, then kills the client: the request took effect and nobody knows. */
    KILL_AFTER(true, true),

    /** Answers 409 Conflict in the API server's place. */
    ANSWER_409(false, false),

    /** Answers 429 Too Many Requests in the API server's place, with a {@code Retry-After} of one second. */
    ANSWER_429(false, false),

    /** Neither forwards nor answers: the client waits until its own deadline. */
    TIMEOUT_BEFORE(false, false),

    /** Forwards and keeps the answer: the client waits until its own deadline for what has happened long since. */
    TIMEOUT_AFTER(true, false);

    private final boolean forwards;
    private final boolean kills;

    Fault(boolean forwards, boolean kills) {
        this.forwards = forwards;
        this.kills = kills;
    }

    /** Returns whether the API server sees the request although the client does not get its answer. */
    public boolean forwards() {
        return forwards;
    }

    /** Returns whether the client is killed. */
    public boolean kills() {
        return kills;
    }
}
