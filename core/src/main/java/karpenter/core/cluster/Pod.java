package karpenter.core.cluster;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One pod, compact: what differs between siblings, plus the shared {@link PodShape}.
 *
 * @param nodeName null while unbound
 * @param nominatedNodeName where the scheduler wants to put it, once others have made room for it or its volumes are ready;
 *     null when nowhere
 * @param verdict what the PodScheduled condition says while the pod is not bound
 * @param ready the Ready condition
 * @param doNotDisrupt raw value of the do-not-disrupt annotation, null when absent
 * @param deletionCost the pod-deletion-cost annotation, 0 when absent or malformed
 */
public record Pod(
        PodKey key,
        String uid,
        String resourceVersion,
        PodShape shape,
        PodPhase phase,
        @Nullable String nodeName,
        @Nullable String nominatedNodeName,
        SchedulerVerdict verdict,
        boolean ready,
        Instant creationTimestamp,
        @Nullable Instant deletionTimestamp,
        @Nullable Instant startTime,
        @Nullable String doNotDisrupt,
        double deletionCost) {

    /** A pod that the scheduler has found no node for, with nothing else to say about it. */
    public static Pod waiting(PodKey key, String uid, PodShape shape, Instant created) {
        return waiting(key, uid, shape, created, null, 0);
    }

    /** A pod that the scheduler has found no node for, and what its annotations say of disruptions. */
    public static Pod waiting(
            PodKey key,
            String uid,
            PodShape shape,
            Instant created,
            @Nullable String doNotDisrupt,
            double deletionCost) {
        return new Pod(
                key,
                uid,
                "",
                shape,
                PodPhase.PENDING,
                null,
                null,
                SchedulerVerdict.UNSCHEDULABLE,
                false,
                created,
                null,
                null,
                doNotDisrupt,
                deletionCost);
    }

    /** The same pod, of another shape. */
    public Pod withShape(PodShape newShape) {
        return with(key, uid, newShape, nominatedNodeName);
    }

    /** The same pod under another name. */
    public Pod named(PodKey newKey, String newUid) {
        return with(newKey, newUid, shape, nominatedNodeName);
    }

    /** The same pod, nominated to another node or to none. */
    public Pod withNominatedNodeName(@Nullable String newName) {
        return with(key, uid, shape, newName);
    }

    private Pod with(PodKey newKey, String newUid, PodShape newShape, @Nullable String newNominatedNodeName) {
        return new Pod(
                newKey,
                newUid,
                resourceVersion,
                newShape,
                phase,
                nodeName,
                newNominatedNodeName,
                verdict,
                ready,
                creationTimestamp,
                deletionTimestamp,
                startTime,
                doNotDisrupt,
                deletionCost);
    }

    public boolean unschedulable() {
        return verdict == SchedulerVerdict.UNSCHEDULABLE;
    }

    public boolean bound() {
        return nodeName != null;
    }

    public boolean terminating() {
        return deletionTimestamp != null;
    }

    public boolean daemon() {
        PodOwner owner = shape.owner();
        return owner != null && owner.isDaemonSet();
    }

    /** A static pod's image in the API. */
    public boolean mirror() {
        PodOwner owner = shape.owner();
        return owner != null && owner.isNode();
    }

    /**
     * Whether capacity should be bought for it. Unlike the reference, a pod that is being deleted or has ended asks for
     * nothing.
     */
    public boolean provisionable() {
        return unschedulable() && isLooking();
    }

    /**
     * Whether the scheduler may come to it any moment. What it then says of the pod it says of each sibling of the same
     * {@link #shape}.
     */
    public boolean unjudged() {
        return verdict == SchedulerVerdict.NONE && isLooking();
    }

    private boolean isLooking() {
        return !bound() && nominatedNodeName == null && !daemon() && !mirror() && !terminating() && !phase.terminal();
    }

    /**
     * The node on which the scheduler keeps room for it until it is bound; null when on none. A DaemonSet's pod comes to each
     * node anyway, and is counted with its DaemonSet.
     */
    public @Nullable String awaitedOn() {
        return bound() || daemon() || terminating() || phase.terminal() ? null : nominatedNodeName;
    }

    /** Whether it must find another node when its own goes. */
    public boolean reschedulable() {
        PodOwner owner = shape.owner();
        boolean lives = !terminating() || (owner != null && owner.isStatefulSet());
        return !phase.terminal() && lives && !daemon() && !mirror();
    }
}
