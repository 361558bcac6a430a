package karpenter.controllers.nodeclaim.lifecycle;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProvider.LaunchResult;
import karpenter.cloudprovider.CloudProvider.Machine;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.lifecycle.Launch;
import karpenter.core.lifecycle.LaunchedMachine;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Buys the machine of a claim, once.
 *
 * <p>The provider knows a launch by the claim's uid; on top of that the answer is remembered here until the claim is gone,
 * so that a write that has to be repeated costs no second request. Failures have their own growing pause, because the write
 * that records one wakes the claim's loop at once.
 */
final class ClaimLaunch {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimLaunch.class);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final int MOST_DOUBLINGS = 6;

    private final CloudProvider cloud;
    private final ClusterState state;
    private final ClaimDeletions deletions;
    private final EventRecorder events;
    private final TimeSource time;
    private final Map<String, Machine> machineByClaimUid = new ConcurrentHashMap<>();
    private final Map<String, Failure> failureByClaimUid = new ConcurrentHashMap<>();

    private record Failure(int count, long retryAtNanos) {}

    ClaimLaunch(
            CloudProvider cloud, ClusterState state, ClaimDeletions deletions, EventRecorder events, TimeSource time) {
        this.cloud = cloud;
        this.state = state;
        this.deletions = deletions;
        this.events = events;
        this.time = time;
    }

    void advance(ClaimPass pass) {
        NodeClaim claim = pass.stored();
        if (claim.isTrue(NodeClaim.LAUNCHED)) {
            pass.change(claim.withConditions(claim.conditions().refresh(NodeClaim.LAUNCHED, time.instant())));
            return;
        }
        String uid = claim.metadata().uid();
        Machine known = machineByClaimUid.get(uid);
        if (known != null) {
            record(pass, known);
            return;
        }
        Failure failure = failureByClaimUid.get(uid);
        if (failure != null && failure.retryAtNanos() - time.nanoTime() > 0) {
            pass.lookAgain(Outcome.requeueAfter(Duration.ofNanos(failure.retryAtNanos() - time.nanoTime())));
            return;
        }
        launch(pass, claim);
    }

    private void launch(ClaimPass pass, NodeClaim claim) {
        switch (cloud.launch(claim)) {
            case LaunchResult.Launched(Machine machine) -> {
                machineByClaimUid.put(claim.metadata().uid(), machine);
                failureByClaimUid.remove(claim.metadata().uid());
                logLaunched(claim, machine);
                record(pass, machine);
            }
            case LaunchResult.InsufficientCapacity(String message) -> {
                events.publish(Event.warning(
                        ObjectReference.to(NodeClaim.KIND, claim),
                        "InsufficientCapacityError",
                        "NodeClaim " + claim.name() + " event: " + Launch.shortened(message),
                        claim.metadata().uid()));
                giveUp(pass, claim, "insufficient_capacity", message);
            }
            case LaunchResult.NodeClassNotReady(String message) -> giveUp(pass, claim, "nodeclass_not_ready", message);
            case LaunchResult.Failed(String reason, String message) -> failed(pass, claim, reason, message);
        }
    }

    private void record(ClaimPass pass, Machine machine) {
        // The launch took its time; others may have written to the claim meanwhile.
        NodeClaim newest = state.claim(pass.stored().name());
        if (newest != null
                && newest.metadata().uid().equals(pass.stored().metadata().uid())) {
            pass.restart(newest);
        }
        LaunchedMachine launched = new LaunchedMachine(
                machine.providerId(),
                machine.imageId(),
                machine.labels(),
                machine.annotations(),
                machine.capacity(),
                machine.allocatable());
        pass.change(Launch.launched(pass.claim(), launched, time.instant()));
    }

    private void giveUp(ClaimPass pass, NodeClaim claim, String reason, String message) {
        LOG.atError()
                .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                .addKeyValue("error", message)
                .log("failed launching nodeclaim");
        pass.end(WriteOutcomes.of(deletions.delete(claim, reason)));
    }

    private void failed(ClaimPass pass, NodeClaim claim, String reason, String message) {
        String uid = claim.metadata().uid();
        Failure before = failureByClaimUid.get(uid);
        int count = before == null ? 1 : before.count() + 1;
        Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(count - 1, MOST_DOUBLINGS));
        Duration pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
        failureByClaimUid.put(uid, new Failure(count, time.nanoTime() + pause.toNanos()));
        LOG.atError()
                .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                .addKeyValue("error", message)
                .log("failed launching nodeclaim");
        String shown = reason.equals(LaunchResult.Failed.LAUNCH_FAILED) ? Launch.shortened(message) : message;
        pass.change(Launch.failed(claim, reason, shown, time.instant()));
        pass.lookAgain(Outcome.requeueAfter(pause));
    }

    private static void logLaunched(NodeClaim claim, Machine machine) {
        LOG.atInfo()
                .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                .addKeyValue("provider-id", machine.providerId())
                .addKeyValue("instance-type", machine.labels().getOrDefault(Labels.INSTANCE_TYPE, ""))
                .addKeyValue("zone", machine.labels().getOrDefault(Labels.ZONE, ""))
                .addKeyValue("capacity-type", machine.labels().getOrDefault(Labels.CAPACITY_TYPE, ""))
                .addKeyValue("allocatable", machine.allocatable())
                .log("launched nodeclaim");
    }

    void forget(String claimUid) {
        machineByClaimUid.remove(claimUid);
        failureByClaimUid.remove(claimUid);
    }
}
