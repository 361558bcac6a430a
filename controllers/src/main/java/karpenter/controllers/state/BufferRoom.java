package karpenter.controllers.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import karpenter.core.buffer.BufferDemand;
import karpenter.core.buffer.BufferOutcome;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import org.jspecify.annotations.Nullable;

/**
 * The room that CapacityBuffers ask for, where the last pass found it, and what the buffers are told.
 *
 * <p>Who works out what buffers ask for and who plans meet here: the one says {@link #ask}, the other {@link
 * ClusterState#settleBuffers}. Memory only: after a restart every buffer counts as undecided, which is how the disruption loop
 * knows that it must not yet take a node on which there is room for one. Thread-safe; listeners are called outside the lock.
 */
public final class BufferRoom {
    private final Map<PodKey, BufferDemand> demands = new TreeMap<>();
    private final Set<PodKey> decided = new HashSet<>();
    private final Map<PodKey, BufferOutcome> outcomes = new HashMap<>();
    /** By uid of a virtual pod: the NodeClaim, or Node without one, that the last pass put it on. */
    private Map<String, String> places = Map.of();

    private final List<Consumer<String>> passListeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<PodKey>> outcomeListeners = new CopyOnWriteArrayList<>();

    BufferRoom() {}

    /** Calls the listener whenever a pass is due for the sake of buffers, with what it is about. */
    public void listenForPasses(Consumer<String> listener) {
        passListeners.add(listener);
    }

    /** Calls the listener with each buffer for which a pass found something else than the one before. */
    public void listenForOutcomes(Consumer<PodKey> listener) {
        outcomeListeners.add(listener);
    }

    /** Has a pass look at the room soon. */
    public void requestPass(String about) {
        passListeners.forEach(listener -> listener.accept(about));
    }

    /** Takes in what a buffer asks for from now on. Returns whether that is new. */
    public synchronized boolean ask(BufferDemand demand) {
        if (demand.equals(demands.get(demand.buffer()))) {
            return false;
        }
        demands.put(demand.buffer(), demand);
        if (demand.pods().isEmpty()) {
            decided.add(demand.buffer());
        }
        return true;
    }

    /** Notes that a buffer can't be served. Returns whether it was until now. */
    public synchronized boolean withdraw(PodKey buffer) {
        decided.add(buffer);
        outcomes.remove(buffer);
        return demands.remove(buffer) != null;
    }

    /** Notes that a buffer is gone. Returns whether it asked for anything. */
    public synchronized boolean forget(PodKey buffer) {
        decided.remove(buffer);
        outcomes.remove(buffer);
        return demands.remove(buffer) != null;
    }

    /** Whether what this very buffer asks for is known. */
    public synchronized boolean knows(PodKey buffer, String uid) {
        BufferDemand demand = demands.get(buffer);
        return demand != null && demand.uid().equals(uid);
    }

    /** What all buffers ask for, by key. */
    public synchronized List<BufferDemand> demands() {
        return List.copyOf(demands.values());
    }

    /** The virtual pods of all buffers: what there must be room for, besides the pods that exist. */
    public List<Pod> pods() {
        List<Pod> pods = new ArrayList<>();
        for (BufferDemand demand : demands()) {
            pods.addAll(demand.pods());
        }
        return pods;
    }

    /** Where the last pass put a virtual pod: the name of a NodeClaim, or of a Node without one; null when nowhere. */
    public synchronized @Nullable String placeOf(String podUid) {
        return places.get(podUid);
    }

    /** What the last pass found for the buffer, or null when none has looked yet. */
    public synchronized @Nullable BufferOutcome outcomeOf(PodKey buffer) {
        return outcomes.get(buffer);
    }

    /** Whether each of these buffers was looked at by a pass since it was first heard of, or needs no look. */
    public synchronized boolean decided(Collection<PodKey> buffers) {
        return decided.containsAll(buffers);
    }

    /** Whether anything is kept or asked for at all. */
    public synchronized boolean isEmpty() {
        return demands.isEmpty() && places.isEmpty();
    }

    /** Returns whose outcome is another than before. */
    synchronized List<PodKey> settle(Map<String, String> newPlaces, Map<PodKey, BufferOutcome> newOutcomes) {
        List<PodKey> changed = new ArrayList<>();
        newOutcomes.forEach((buffer, outcome) -> {
            if (!outcome.equals(outcomes.get(buffer))) {
                changed.add(buffer);
            }
        });
        places = Map.copyOf(newPlaces);
        outcomes.clear();
        outcomes.putAll(newOutcomes);
        decided.addAll(newOutcomes.keySet());
        return changed;
    }

    void tell(List<PodKey> buffers) {
        for (PodKey buffer : buffers) {
            outcomeListeners.forEach(listener -> listener.accept(buffer));
        }
    }
}
