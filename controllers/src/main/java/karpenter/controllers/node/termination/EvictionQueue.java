package karpenter.controllers.node.termination;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.disruption.DoNotDisrupt;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.core.port.PodEvictor;
import karpenter.core.port.PodEvictor.EvictionResult;
import karpenter.runtime.ConcurrencyScale;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Metrics;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;

/**
 * The controller {@code eviction-queue}: asks the API server to evict pods, each with its own growing pause while a budget
 * refuses, so that one blocked pod holds up no other.
 *
 * <p>Keys carry the pod's uid: a pod that was made anew under the same name is never evicted on behalf of the old one. A pod
 * that has ended, is going or has come under do-not-disrupt leaves the queue; the drain adds it again if need be.
 */
public final class EvictionQueue {
    private static final Duration BACKOFF_MIN = Duration.ofMillis(100);
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(10);
    private static final int FEWEST = 100;
    private static final int MOST = 5_000;
    private static final int BURST_PER_QPS = 10;

    private final ClusterState state;
    private final PodEvictor evictor;
    private final EventRecorder events;
    private final TimeSource time;
    private final DrainedPods drained;
    private final Metrics.Counter requests;
    private final Controller<Eviction> controller;
    private final Set<Eviction> queued = ConcurrentHashMap.newKeySet();

    /** One pod to evict. */
    public record Eviction(PodKey pod, String uid) {}

    /** @param cpuRequestsMilli the container's CPU in thousandths of a core */
    public EvictionQueue(
            ClusterState state,
            PodEvictor evictor,
            EventRecorder events,
            ControllerContext context,
            int cpuRequestsMilli) {
        this.state = state;
        this.evictor = evictor;
        this.events = events;
        this.time = context.time();
        this.drained = new DrainedPods(state, context.metrics());
        this.requests = context.metrics()
                .counter(
                        "karpenter_pods_eviction_requests_total",
                        "The total number of eviction requests made by Karpenter",
                        "code");
        int concurrency = ConcurrencyScale.of(FEWEST, MOST, cpuRequestsMilli);
        this.controller = Controller.<Eviction>named("eviction-queue")
                .concurrency(concurrency)
                .backoff(BACKOFF_MIN, BACKOFF_MAX)
                .overallRate(concurrency, concurrency * BURST_PER_QPS)
                .keyFields(eviction -> Map.of(
                        "namespace",
                        eviction.pod().namespace(),
                        "name",
                        eviction.pod().name()))
                .reconciler(this::reconcile)
                .build(context);
    }

    /** The loop that works the queue off; to be started with the others. */
    public Controller<Eviction> controller() {
        return controller;
    }

    /** Has the pod evicted. Adding it again while it waits doesn't shorten its pause. */
    void add(Pod pod) {
        Eviction eviction = new Eviction(pod.key(), pod.uid());
        if (queued.add(eviction)) {
            controller.enqueue(eviction);
        }
    }

    private Outcome reconcile(Eviction eviction) {
        Outcome outcome = evict(eviction);
        if (outcome instanceof Outcome.Done) {
            queued.remove(eviction);
        }
        return outcome;
    }

    private Outcome evict(Eviction eviction) {
        Pod pod = state.pod(eviction.pod());
        if (pod == null
                || !pod.uid().equals(eviction.uid())
                || pod.terminating()
                || pod.phase().terminal()
                || DoNotDisrupt.protects(pod, time.instant())) {
            return Outcome.done();
        }
        EvictionResult result = evictor.evict(pod.key(), pod.uid());
        requests.inc(Integer.toString(result.code()));
        return switch (result) {
            case EvictionResult.Accepted _ -> {
                events.publish(Event.normal(
                        ObjectReference.to(pod),
                        "Evicted",
                        "Evicted pod: " + drained.count(pod),
                        pod.key().name()));
                yield Outcome.done();
            }
            case EvictionResult.Gone _ -> Outcome.done();
            case EvictionResult.Blocked(int code, boolean multipleBudgets, String message) -> {
                tellBlocked(pod, multipleBudgets);
                // Expected, so told by the event and not as an error; the pause grows as after any lost race.
                yield Outcome.conflict();
            }
            case EvictionResult.Failed(int code, String message) ->
                Outcome.retry("eviction answered " + code + ": " + message);
        };
    }

    /** Apart from how many pods a node still waits for: that is told first, and would suppress why it waits. */
    private void tellBlocked(Pod pod, boolean multipleBudgets) {
        String nodeName = pod.nodeName();
        Node node = nodeName == null ? null : state.node(nodeName);
        if (node == null) {
            return;
        }
        events.publish(Event.warning(
                ObjectReference.to(Node.KIND, node),
                "FailedDraining",
                "Failed to drain node, "
                        + (multipleBudgets ? "eviction does not support multiple PDBs" : "evicting pod violates a PDB")
                        + " (Pod=" + pod.key() + ")",
                node.name(),
                "budget"));
    }
}
