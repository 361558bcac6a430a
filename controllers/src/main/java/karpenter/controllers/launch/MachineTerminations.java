package karpenter.controllers.launch;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProvider.TerminateResult;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.ClusterDelta;
import karpenter.runtime.TimeSource;

/**
 * Asks the cloud to end machines, on behalf of whoever ends their Node or their claim.
 *
 * <p>Problem: a termination is asked for until the machine is gone, by loops that are woken far more often than the cloud
 * wants to hear of it, and by two of them in turn.
 *
 * <p>Method: one memory by claim uid. After a request that was accepted the next one waits a second, later ones five; that a
 * machine is gone is final and answered from memory. The memory ends with the claim; a restart only asks once more.
 *
 * <p>Concurrency: any thread; one claim's requests are made by one at a time as each claim is one key of its loop.
 */
public final class MachineTerminations {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LATER_PAUSE = Duration.ofSeconds(5);

    private final CloudProvider cloud;
    private final TimeSource time;
    private final Map<String, Asked> askedByClaimUid = new ConcurrentHashMap<>();

    private record Asked(boolean gone, int times, long nextNanos) {}

    public MachineTerminations(CloudProvider cloud, ClusterState state, TimeSource time) {
        this.cloud = cloud;
        this.time = time;
        state.listen(delta -> {
            if (delta instanceof ClusterDelta.NodeClaimGone(String name, String uid)) {
                askedByClaimUid.remove(uid);
            }
        });
    }

    /** Where the end of a machine stands. */
    public sealed interface Progress {
        /** There is no machine of this claim any more. */
        record Gone() implements Progress {}

        /** The cloud has accepted and is at it; ask again after that time. */
        record Ending(Duration askAgainIn) implements Progress {}

        record Failed(String message) implements Progress {}
    }

    /** Asks for the end of the claim's machine, recorded in its status or not. */
    public Progress end(NodeClaim claim) {
        String uid = claim.metadata().uid();
        Asked before = askedByClaimUid.get(uid);
        if (before != null && before.gone()) {
            return new Progress.Gone();
        }
        long now = time.nanoTime();
        if (before != null && before.nextNanos() - now > 0) {
            return new Progress.Ending(Duration.ofNanos(before.nextNanos() - now));
        }
        return switch (cloud.terminate(claim)) {
            case TerminateResult.Gone _ -> {
                askedByClaimUid.put(uid, new Asked(true, 0, 0));
                yield new Progress.Gone();
            }
            case TerminateResult.Accepted _ -> {
                int times = before == null ? 1 : before.times() + 1;
                Duration pause = times == 1 ? FIRST_PAUSE : LATER_PAUSE;
                askedByClaimUid.put(uid, new Asked(false, times, time.nanoTime() + pause.toNanos()));
                yield new Progress.Ending(pause);
            }
            case TerminateResult.Failed(String message) -> new Progress.Failed(message);
        };
    }
}
