package karpenter.controllers.nodeclaim.hydration;

import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.runtime.ConcurrencyScale;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;

/** The controller {@code nodeclaim.hydration}. */
public final class ClaimHydrationController {
    private static final int FEWEST = 1_000;
    private static final int MOST = 5_000;

    private final ClusterState state;
    private final ObjectWriter<NodeClaim> claims;
    private final CloudProvider cloud;

    private ClaimHydrationController(ClusterState state, ObjectWriter<NodeClaim> claims, CloudProvider cloud) {
        this.state = state;
        this.claims = new ImageWriter<>(claims, state);
        this.cloud = cloud;
    }

    /**
     * Makes the controller; keys are names of NodeClaims.
     *
     * @param cpuRequestsMilli the container's CPU in thousandths of a core
     */
    public static Controller<String> controller(
            ClusterState state,
            ObjectWriter<NodeClaim> claims,
            CloudProvider cloud,
            ControllerContext context,
            int cpuRequestsMilli) {
        ClaimHydrationController hydration = new ClaimHydrationController(state, claims, cloud);
        Controller<String> controller = Controller.<String>named("nodeclaim.hydration")
                .logField("controllerGroup", NodeClaim.KIND.group())
                .logField("controllerKind", NodeClaim.KIND.kind())
                .concurrency(ConcurrencyScale.of(FEWEST, MOST, cpuRequestsMilli))
                .reconciler(hydration::reconcile)
                .build(context);
        state.listen(delta -> {
            if (delta instanceof ClusterDelta.NodeClaimChanged(NodeClaim claim) && hydration.lacksLabel(claim)) {
                controller.enqueue(claim.name());
            }
        });
        return controller;
    }

    private boolean lacksLabel(NodeClaim claim) {
        NodeClassReference reference = claim.spec().nodeClassRef();
        return cloud.manages(claim)
                && !reference.name().equals(claim.metadata().labels().get(reference.labelKey()));
    }

    private Outcome reconcile(String name) {
        NodeClaim claim = state.claim(name);
        if (claim == null || !lacksLabel(claim)) {
            return Outcome.done();
        }
        NodeClassReference reference = claim.spec().nodeClassRef();
        return WriteOutcomes.of(claims.patch(
                claim,
                claim.withMetadata(claim.metadata().withLabel(reference.labelKey(), reference.name())),
                Lock.NONE));
    }
}
