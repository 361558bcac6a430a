package karpenter.app.fidelity;

/**
 * Something that kube-scheduler and this project's scheduler don't see alike.
 *
 * @param kind what kind of thing
 * @param subject the pod and the node that it is about
 * @param theirs kube-scheduler's words
 * @param ours this project's
 */
record Disagreement(Kind kind, String subject, String theirs, String ours) {
    enum Kind {
        /** A pod isn't let onto the node that it is planned for, with all its mates bound. */
        REFUSED_WHERE_PLANNED,
        /** There is no order in which the pods can be bound to their nodes. */
        NO_ORDER,
        /** A pod was called unschedulable although a node takes it, or could have been made that does. */
        COULD_RUN,
        /** The answer is no answer: a pod is missing or there twice, or a plan can't be launched. */
        BROKEN
    }

    String text() {
        return kind + " " + subject + "\n    kube-scheduler: " + theirs + "\n    here: " + ours;
    }
}
