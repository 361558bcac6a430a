package karpenter.controllers.nodeclaim.expiration;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.lifecycle.Expiration;
import karpenter.core.port.WriteResult;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The controller {@code nodeclaim.expiration}: one timer for each claim that has an end. */
public final class ExpirationController {
    private static final Logger LOG = LoggerFactory.getLogger(ExpirationController.class);

    private static final int CONCURRENCY = 10;

    private final ClusterState state;
    private final CloudProvider cloud;
    private final ClaimDeletions deletions;
    private final TimeSource time;

    private ExpirationController(ClusterState state, CloudProvider cloud, ClaimDeletions deletions, TimeSource time) {
        this.state = state;
        this.cloud = cloud;
        this.deletions = deletions;
        this.time = time;
    }

    /** Makes the controller; keys are names of NodeClaims. */
    public static Controller<String> controller(
            ClusterState state, CloudProvider cloud, ClaimDeletions deletions, ControllerContext context) {
        ExpirationController expiration = new ExpirationController(state, cloud, deletions, context.time());
        Controller<String> controller = Controller.<String>named("nodeclaim.expiration")
                .logField("controllerGroup", NodeClaim.KIND.group())
                .logField("controllerKind", NodeClaim.KIND.kind())
                .concurrency(CONCURRENCY)
                .reconciler(expiration::reconcile)
                .build(context);
        state.listen(delta -> {
            if (delta instanceof ClusterDelta.NodeClaimChanged(NodeClaim claim)) {
                controller.enqueue(claim.name());
            }
        });
        return controller;
    }

    private Outcome reconcile(String name) {
        NodeClaim claim = state.claim(name);
        Instant end = claim == null ? null : Expiration.of(claim);
        if (claim == null || end == null || claim.metadata().deleting() || !cloud.manages(claim)) {
            return Outcome.done();
        }
        Duration left = Duration.between(time.instant(), end);
        if (left.isPositive()) {
            return Outcome.requeueAfter(left);
        }
        WriteResult<NodeClaim> result = deletions.delete(claim, "expired");
        if (result instanceof WriteResult.Written<NodeClaim>) {
            LOG.atDebug()
                    .addKeyValue("NodeClaim", Map.of("name", name))
                    .addKeyValue("expired", end)
                    .log("deleting expired nodeclaim");
        }
        return WriteOutcomes.of(result);
    }
}
