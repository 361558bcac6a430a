package karpenter.controllers.state;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which pods this program nominated to which Nodes, and what became of it. A nomination by the scheduler means that room is being
 * made for the pod; one by this program is only its own plan, so the image doesn't show it. Forgotten once the pod is bound or
 * gone. Thread-safe.
 */
public final class OwnNominations {
    private enum Stage {
        UNDERWAY,
        HEARD_OF,
        /** The scheduler took it back: it came to the pod while the node was still shut, or the node's room is gone. */
        LOST,
        GIVEN_UP
    }

    private record Nomination(String nodeName, Stage stage) {}

    private final Map<String, Nomination> byPodUid = new ConcurrentHashMap<>();

    /** Notes that a pod is about to be nominated, of which the watch is then to tell. */
    public void note(String podUid, String nodeName) {
        byPodUid.put(podUid, new Nomination(nodeName, Stage.UNDERWAY));
    }

    /** Whether the pod was nominated to that node, and the scheduler hasn't taken that back. */
    public boolean stands(String podUid, String nodeName) {
        Nomination nomination = byPodUid.get(podUid);
        return nomination != null && nomination.nodeName().equals(nodeName) && nomination.stage() != Stage.LOST;
    }

    /** Says that a nomination wasn't written after all, so that nobody waits to hear of it. */
    public void giveUp(String podUid) {
        become(podUid, Stage.GIVEN_UP);
    }

    /**
     * Whether the watch has told of the pod's nomination, or never will; the cluster's scheduler knows of it then too, or soon.
     */
    public boolean isSeen(String podUid) {
        Nomination nomination = byPodUid.get(podUid);
        return nomination != null && nomination.stage() != Stage.UNDERWAY;
    }

    /** The node to which the pod was nominated until the scheduler took that back; null when it didn't. */
    public @Nullable String lost(String podUid) {
        Nomination nomination = byPodUid.get(podUid);
        return nomination != null && nomination.stage() == Stage.LOST ? nomination.nodeName() : null;
    }

    /**
     * Notes which node the watch says that a pod is nominated to.
     *
     * @return whether this program nominated it to that node
     */
    boolean hear(String podUid, @Nullable String nodeName) {
        Nomination nomination = byPodUid.get(podUid);
        if (nomination == null) {
            return false;
        }
        boolean own = nomination.nodeName().equals(nodeName);
        if (own) {
            become(podUid, Stage.HEARD_OF);
        } else if (nodeName == null && nomination.stage() == Stage.HEARD_OF) {
            become(podUid, Stage.LOST);
        }
        return own;
    }

    private void become(String podUid, Stage stage) {
        byPodUid.computeIfPresent(podUid, (uid, nomination) -> new Nomination(nomination.nodeName(), stage));
    }

    void forget(String podUid) {
        byPodUid.remove(podUid);
    }
}
