package karpenter.runtime;

/** Whether this process can do its work, as told to the kubelet. */
public sealed interface Readiness {
    /** It can. */
    record Ready() implements Readiness {}

    /** It can't, yet or any more. */
    record NotReady(String reason) implements Readiness {}

    /** Returns the answer of a process that can work. */
    static Readiness ready() {
        return new Ready();
    }

    /** Returns the answer of a process that can't work for {@code reason}. */
    static Readiness notReady(String reason) {
        return new NotReady(reason);
    }
}
