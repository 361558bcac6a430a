package karpenter.controllers.nodeoverlay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.Conditions;
import karpenter.api.ObjectMeta;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProvider.InstanceTypesResult;
import karpenter.cloudprovider.OverlaidCloudProvider;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.cluster.NodeClass;
import karpenter.core.overlay.OverlayJudgement;
import karpenter.core.overlay.OverlayVerdict;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.core.validation.LabelRules;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import karpenter.runtime.Singleton;

/**
 * Judges all overlays together whenever one of them, a pool or a NodeClass changes, and every six hours, as the types that a
 * provider sells change too. What is in force takes effect at once; then each overlay's status says what became of it.
 *
 * <p>A pool whose types can't be had is left out, and its types aren't told until it can be judged.
 */
public final class NodeOverlayController {
    private static final Duration AGAIN = Duration.ofHours(6);

    /** How soon a pool that could not be judged is tried again. */
    private static final Duration UNJUDGED_AGAIN = Duration.ofSeconds(10);

    private final ClusterState state;
    private final CloudProvider cloud;
    private final OverlaidCloudProvider overlaid;
    private final ObjectWriter<NodeOverlay> overlays;
    private final LabelRules rules;
    private final ControllerContext context;
    /** By uid, the generations that were judged or are about to be. */
    private final Map<String, Long> generations = new ConcurrentHashMap<>();

    private NodeOverlayController(
            ClusterState state,
            CloudProvider cloud,
            OverlaidCloudProvider overlaid,
            ObjectWriter<NodeOverlay> overlays,
            LabelRules rules,
            ControllerContext context) {
        this.state = state;
        this.cloud = cloud;
        this.overlaid = overlaid;
        this.overlays = overlays;
        this.rules = rules;
        this.context = context;
    }

    /**
     * The controller {@code nodeoverlay.controller}, listening to the image already; it runs once it is started.
     *
     * @param cloud says what is sold without overlays
     * @param overlaid gets the overlays in force
     */
    public static Controller<Singleton> controller(
            ClusterState state,
            CloudProvider cloud,
            OverlaidCloudProvider overlaid,
            ObjectWriter<NodeOverlay> overlays,
            LabelRules rules,
            ControllerContext context) {
        NodeOverlayController made =
                new NodeOverlayController(state, cloud, overlaid, new ImageWriter<>(overlays, state), rules, context);
        Controller<Singleton> controller =
                Controller.singleton("nodeoverlay.controller", made::judge).build(context);
        state.listen(delta -> {
            if (made.matters(delta)) {
                controller.enqueue(Singleton.INSTANCE);
            }
        });
        return controller;
    }

    /** Pools and overlays change their status all the time, which is no news. */
    private boolean matters(ClusterDelta delta) {
        return switch (delta) {
            case ClusterDelta.NodeOverlayChanged(NodeOverlay overlay) -> isNew(overlay.metadata());
            case ClusterDelta.NodePoolChanged(NodePool pool) -> isNew(pool.metadata());
            case ClusterDelta.NodeClassChanged(NodeClass nodeClass) -> isNew(nodeClass.metadata());
            case ClusterDelta.NodeOverlayGone(String name, String uid) -> forget(uid);
            case ClusterDelta.NodePoolGone(String name, String uid) -> forget(uid);
            case ClusterDelta.Listed() -> true;
            default -> false;
        };
    }

    private boolean isNew(ObjectMeta metadata) {
        Long seen = generations.put(metadata.uid(), metadata.generation());
        return seen == null || seen != metadata.generation();
    }

    private boolean forget(String uid) {
        generations.remove(uid);
        return true;
    }

    private Outcome judge() {
        ClusterSnapshot snapshot = state.snapshot();
        if (!snapshot.listed()) {
            // Comes again with the end of the list; until then overlays may be missing.
            return Outcome.done();
        }
        List<OverlayJudgement.Sold> sold = new ArrayList<>();
        boolean unjudged = false;
        for (NodePool pool : snapshot.nodePools().values()) {
            if (cloud.instanceTypes(pool) instanceof InstanceTypesResult.Found(List<InstanceType> types)) {
                sold.add(new OverlayJudgement.Sold(pool, types));
            } else {
                unjudged = true;
            }
        }
        OverlayJudgement judgement = OverlayJudgement.of(snapshot.nodeOverlays().values(), sold, rules);
        if (overlaid.use(judgement.overlays())) {
            state.touchTopology();
        }
        Outcome next = Outcome.requeueAfter(unjudged ? UNJUDGED_AGAIN : AGAIN);
        List<NodeOverlay> byName = new ArrayList<>(snapshot.nodeOverlays().values());
        byName.sort(Comparator.comparing(NodeOverlay::name));
        for (NodeOverlay overlay : byName) {
            OverlayVerdict verdict = judgement.verdicts().get(overlay.name());
            Outcome written = verdict == null ? Outcome.done() : tell(overlay, verdict);
            next = WriteOutcomes.soonest(next, written);
        }
        return next;
    }

    private Outcome tell(NodeOverlay overlay, OverlayVerdict verdict) {
        Conditions before = overlay.conditions();
        Conditions after = switch (verdict) {
            case OverlayVerdict.InForce() ->
                before.setTrue(NodeOverlay.VALIDATION_SUCCEEDED, context.time().instant());
            case OverlayVerdict.Invalid(String message) ->
                before.setFalse(
                        NodeOverlay.VALIDATION_SUCCEEDED,
                        NodeOverlay.RUNTIME_VALIDATION,
                        message,
                        context.time().instant());
            case OverlayVerdict.Conflict(String message) ->
                before.setFalse(
                        NodeOverlay.VALIDATION_SUCCEEDED,
                        NodeOverlay.CONFLICT,
                        message,
                        context.time().instant());
        };
        NodeOverlay told = overlay.withConditions(after);
        return told.equals(overlay)
                ? Outcome.done()
                : WriteOutcomes.of(overlays.patchStatus(overlay, told, Lock.RESOURCE_VERSION));
    }
}
