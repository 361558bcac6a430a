package karpenter.controllers.provisioning;

import java.time.Duration;
import karpenter.core.scheduling.SchedulingOptions;

/**
 * What operators can choose about provisioning.
 *
 * @param batchIdle BATCH_IDLE_DURATION: planning begins when no new pod came for so long
 * @param batchMax BATCH_MAX_DURATION: and at the latest so long after the first
 * @param scheduling how pods and pools are read
 * @param cpuRequestsMilli CPU_REQUESTS, which scales concurrency
 */
public record ProvisioningSettings(
        Duration batchIdle, Duration batchMax, SchedulingOptions scheduling, int cpuRequestsMilli) {
    private static final Duration SHORTEST_NOMINATION = Duration.ofSeconds(10);

    /** How long a machine that pods were promised to is safe from voluntary disruption, unless the promise is renewed. */
    Duration nominationWindow() {
        Duration twoBatches = batchMax.multipliedBy(2);
        return twoBatches.compareTo(SHORTEST_NOMINATION) > 0 ? twoBatches : SHORTEST_NOMINATION;
    }
}
