package karpenter.controllers.nodeclaim.lifecycle;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.NodeLifecycleHook;
import karpenter.cloudprovider.NodeLifecycleHook.HookResult;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.Node;
import karpenter.core.lifecycle.Initialization;
import karpenter.core.lifecycle.Registration;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.port.WriteResult;
import karpenter.runtime.Metrics;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a Node that has joined in: lays the claim over it, waits for hooks, opens it for pods. */
final class ClaimRegistration {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimRegistration.class);

    private final ObjectWriter<Node> nodes;
    private final ClusterState state;
    private final RegistrationOutcomes outcomes;
    private final EventRecorder events;
    private final List<NodeLifecycleHook> hooks;
    private final TimeSource time;
    private final Metrics.Counter created;

    ClaimRegistration(
            ObjectWriter<Node> nodes,
            ClusterState state,
            RegistrationOutcomes outcomes,
            EventRecorder events,
            List<NodeLifecycleHook> hooks,
            TimeSource time,
            Metrics metrics) {
        this.nodes = nodes;
        this.state = state;
        this.outcomes = outcomes;
        this.events = events;
        this.hooks = List.copyOf(hooks);
        this.time = time;
        this.created = metrics.counter(
                "karpenter_nodes_created_total",
                "Number of nodes created in total by Karpenter. Labeled by owning nodepool and zone.",
                "nodepool",
                "zone");
    }

    void advance(ClaimPass pass) {
        NodeClaim claim = pass.claim();
        Instant now = time.instant();
        if (claim.isTrue(NodeClaim.REGISTERED)) {
            pass.change(claim.withConditions(claim.conditions().refresh(NodeClaim.REGISTERED, now)));
            return;
        }
        switch (Registration.look(claim, state.nodesOf(claim.status().providerID()), now)) {
            case Registration.View.Waiting(NodeClaim waiting) -> pass.change(waiting);
            case Registration.View.Joined(Node node, boolean taintMissing) -> {
                if (taintMissing) {
                    events.publish(Event.warning(
                            ObjectReference.to(NodeClaim.KIND, claim),
                            "UnregisteredTaintMissing",
                            "The node joined without the taint " + Labels.UNREGISTERED_TAINT
                                    + ", so pods may run on it before it is registered; let its kubelet register with it",
                            claim.metadata().uid()));
                }
                register(pass, node);
            }
        }
    }

    private void register(ClaimPass pass, Node node) {
        NodeClaim claim = pass.claim();
        Node synced = Registration.synced(claim, node);
        List<String> pending = askHooks(pass);
        Node next = pending.isEmpty() ? opened(claim, synced) : synced;
        WriteResult<Node> result = nodes.patch(node, next, Lock.RESOURCE_VERSION);
        if (!(result instanceof WriteResult.Written<Node>(Node written))) {
            pass.lookAgain(WriteOutcomes.of(result));
            return;
        }
        if (!pending.isEmpty()) {
            LOG.atDebug()
                    .addKeyValue("Node", Map.of("name", node.name()))
                    .addKeyValue("provider-id", node.providerId())
                    .addKeyValue("hooks", pending)
                    .log("awaiting registration hooks");
            pass.change(Registration.pending(claim, pending, time.instant()));
            return;
        }
        pass.change(Registration.completed(claim, written, time.instant()));
        pass.onceStored(() -> registered(claim, written));
    }

    /** The registered Node; one that is ready already is labelled as initialized in the same write. */
    private Node opened(NodeClaim claim, Node synced) {
        Node registered = Registration.registered(synced);
        Instant now = time.instant();
        NodeClaim completed = Registration.completed(claim, registered, now);
        return Initialization.look(completed, List.of(registered), now) instanceof Initialization.View.Complete
                ? Initialization.labelled(registered)
                : registered;
    }

    private void registered(NodeClaim claim, Node node) {
        LOG.atInfo()
                .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                .addKeyValue("provider-id", node.providerId())
                .addKeyValue("Node", Map.of("name", node.name()))
                .log("registered nodeclaim");
        created.inc(
                node.metadata().labels().getOrDefault(Labels.NODE_POOL, ""),
                node.metadata().labels().getOrDefault(Labels.ZONE, ""));
        outcomes.registered(claim);
    }

    /** Asks all hooks at once; answers the names of those that are pending. */
    private List<String> askHooks(ClaimPass pass) {
        if (hooks.isEmpty()) {
            return List.of();
        }
        NodeClaim claim = pass.claim();
        List<String> pending = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HookResult>> answers = hooks.stream()
                    .map(hook -> threads.submit(() -> hook.registered(claim)))
                    .toList();
            for (int i = 0; i < answers.size(); i++) {
                switch (answer(answers.get(i))) {
                    case HookResult.Done _ -> {}
                    case HookResult.Pending(Duration again) -> {
                        pending.add(hooks.get(i).name());
                        pass.lookAgain(Outcome.requeueAfter(again));
                    }
                    case HookResult.Failed(String message) -> {
                        pending.add(hooks.get(i).name());
                        pass.lookAgain(Outcome.retry(
                                "registration hook " + hooks.get(i).name() + ": " + message));
                    }
                }
            }
        }
        return pending;
    }

    private static HookResult answer(Future<HookResult> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new HookResult.Failed("interrupted");
        } catch (ExecutionException e) {
            return new HookResult.Failed(String.valueOf(e.getCause()));
        }
    }
}
