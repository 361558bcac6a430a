package karpenter.controllers.testing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import karpenter.api.Condition;
import karpenter.api.Labels;
import karpenter.api.Taint;
import karpenter.api.v1.NodeClaim;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.Node;
import karpenter.core.resource.ResourceVector;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.TestingTimeSource;

/**
 * Clock, API server, cloud and image, tied together. A test makes controllers with {@link #context} and {@link #state}, puts
 * objects into {@link #api}, and lets {@link #settle} and {@link #pass} run everything on its own thread.
 */
public final class FakeWorld {
    public final TestingTimeSource time = new TestingTimeSource();
    public final Faults faults = new Faults();
    public final FakeApiServer api = new FakeApiServer(time, faults);
    public final FakeCloudProvider cloud = new FakeCloudProvider(faults);
    public final FakeWorkloads workloads = new FakeWorkloads();
    /** Replaced by {@link #restart}. */
    public ControllerContext context = ControllerContext.standalone(time);

    /** Replaced by {@link #restart}. */
    public ClusterState state = new ClusterState(time);

    private List<Controller<?>> controllers = List.of();

    public FakeWorld() {
        api.connect(state);
    }

    /** Puts a NodeClaim of that name and the Node that has joined for it, {@code node-} and that name. */
    public void joined(String claim) {
        String providerId = "fake:///" + claim;
        api.nodeClaims()
                .put(NodeClaimBuilder.claim(claim).providerId(providerId).build());
        api.nodes().put(NodeBuilder.node("node-" + claim).providerId(providerId).build());
    }

    /** Says which controllers {@link #settle} and {@link #pass} run. */
    public void run(Controller<?>... running) {
        controllers = List.of(running);
    }

    /**
     * Forgets everything that the process kept in memory and lists anew. Make new controllers afterwards, then call
     * {@link #listAgain}; objects only reach controllers that listen.
     */
    public void restart() {
        controllers = List.of();
        faults.restart();
        context = ControllerContext.standalone(time);
        state = new ClusterState(time);
    }

    /** Delivers the first list to the image, after controllers have begun to listen. */
    public void listAgain() {
        api.connect(state);
    }

    /** Runs the controllers until no key is ready, without letting time pass. Stops when the process dies. */
    public void settle() {
        boolean busy = true;
        while (busy && !faults.crashed()) {
            busy = false;
            for (Controller<?> controller : controllers) {
                busy |= controller.runReady() > 0;
            }
        }
    }

    /** Lets time pass second by second, settling after each; stops when the process dies. */
    public void pass(Duration span) {
        settle();
        Instant end = now().plus(span);
        while (now().isBefore(end) && !faults.crashed()) {
            Duration left = Duration.between(now(), end);
            Duration step = left.compareTo(Duration.ofSeconds(1)) < 0 ? left : Duration.ofSeconds(1);
            time.advance(step);
            settle();
        }
    }

    public Instant now() {
        return time.instant();
    }

    public NodeClaim claim(String name) {
        return api.nodeClaims().stored(name);
    }

    public Node node(String name) {
        return api.nodes().stored(name);
    }

    /** The kubelet's part: the machine of a launched claim joins as a node, not ready, with the unregistered taint. */
    public Node join(String claimName) {
        NodeClaim claim = claim(claimName);
        return api.nodes()
                .put(NodeBuilder.node("node-" + claimName)
                        .providerId(claim.status().providerID())
                        .taint(Taint.of(Labels.UNREGISTERED_TAINT, "", Taint.NO_EXECUTE))
                        .capacity(ResourceVector.of(claim.status().capacity()))
                        .ready(false)
                        .build());
    }

    /** The kubelet's part: the node reports Ready. */
    public Node becomeReady(String nodeName) {
        return api.nodes()
                .change(nodeName, node -> NodeBuilder.of(node).ready(true).build());
    }

    /** The status of a claim's condition, {@code absent} when it has none of that type. */
    public String conditionStatus(String claimName, String type) {
        Condition condition = claim(claimName).condition(type);
        return condition == null ? "absent" : condition.status();
    }

    /** A claim's condition, which must be there. */
    public Condition condition(String claimName, String type) {
        return Objects.requireNonNull(claim(claimName).condition(type), () -> claimName + " has no condition " + type);
    }
}
