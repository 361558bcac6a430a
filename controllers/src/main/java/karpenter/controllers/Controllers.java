package karpenter.controllers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.NodeLifecycleHook;
import karpenter.cloudprovider.OverlaidCloudProvider;
import karpenter.controllers.capacitybuffer.CapacityBufferController;
import karpenter.controllers.disruption.Disruption;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.launch.MachineTerminations;
import karpenter.controllers.launch.NodeClaimLauncher;
import karpenter.controllers.metrics.ClusterObservability;
import karpenter.controllers.metrics.ProviderCallMetrics;
import karpenter.controllers.node.health.NodeHealthController;
import karpenter.controllers.node.hydration.NodeHydrationController;
import karpenter.controllers.node.termination.EvictionQueue;
import karpenter.controllers.node.termination.NodeTerminationController;
import karpenter.controllers.nodeclaim.consistency.ConsistencyController;
import karpenter.controllers.nodeclaim.disruption.DisruptionConditionsController;
import karpenter.controllers.nodeclaim.expiration.ExpirationController;
import karpenter.controllers.nodeclaim.garbagecollection.GarbageCollectionController;
import karpenter.controllers.nodeclaim.hydration.ClaimHydrationController;
import karpenter.controllers.nodeclaim.lifecycle.NodeClaimLifecycleController;
import karpenter.controllers.nodeclaim.podevents.PodEventsController;
import karpenter.controllers.nodeoverlay.NodeOverlayController;
import karpenter.controllers.nodepool.NodePoolControllers;
import karpenter.controllers.nomination.LostNominations;
import karpenter.controllers.nomination.PodNominations;
import karpenter.controllers.provisioning.Provisioning;
import karpenter.controllers.provisioning.ProvisioningSettings;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.PoolCosts;
import karpenter.controllers.state.RegistrationHealth;
import karpenter.controllers.status.StatusControllers;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.ObjectReader;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.PodEvictor;
import karpenter.core.port.PodNominator;
import karpenter.core.port.ScalableReader;
import karpenter.core.scheduling.Objective;
import karpenter.core.scheduling.Packing;
import karpenter.core.scheduling.Scheduler;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingOptions;
import karpenter.core.scheduling.SchedulingResult;
import karpenter.core.validation.LabelRules;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/** Every controller there is, in the order of a node's life. */
public final class Controllers {
    /** A pass that takes longer goes on with what it has found. */
    private static final Duration LONGEST_SOLVE = Duration.ofSeconds(60);

    private Controllers() {}

    /** Makes them all and lets them listen to the image; call before the source of deltas starts. */
    public static List<Controller<?>> all(Parts parts) {
        ControllerContext context = parts.context();
        ClusterState state = parts.state();
        CloudProvider metered = ProviderCallMetrics.metered(parts.cloud(), context);
        OverlaidCloudProvider overlaid = parts.settings().nodeOverlay() ? new OverlaidCloudProvider(metered) : null;
        CloudProvider cloud = overlaid == null ? metered : overlaid;
        EventRecorder events = parts.events();
        int cpu = parts.settings().cpuRequestsMilli();
        ObjectWriter<NodePool> pools = new ImageWriter<>(parts.pools(), state);
        ObjectWriter<NodeClaim> claims = new ImageWriter<>(parts.claims(), state);
        ObjectWriter<Node> nodes = new ImageWriter<>(parts.nodes(), state);
        LabelRules rules =
                LabelRules.with(cloud.labels().wellKnown(), cloud.labels().restrictedDomains());
        RegistrationHealth health = new RegistrationHealth();
        ClaimDeletions deletions = new ClaimDeletions(claims, state, context.metrics());
        MachineTerminations machines = new MachineTerminations(cloud, state, context.time());
        NodeClaimLauncher launcher =
                new NodeClaimLauncher(claims, parts.storedClaims(), state, rules, parts.random(), context.metrics());
        EvictionQueue evictions = new EvictionQueue(state, parts.evictor(), events, context, cpu);

        List<Controller<?>> all = new ArrayList<>();
        if (overlaid != null) {
            all.add(NodeOverlayController.controller(state, metered, overlaid, parts.overlays(), rules, context));
        }
        all.addAll(NodePoolControllers.controllers(context, state, cloud, rules, pools, claims, health, cpu));
        all.addAll(Provisioning.controllers(
                context,
                state,
                cloud,
                launcher,
                events,
                input -> scheduled(input, context.time()),
                provisioning(parts, rules)));
        if (parts.settings().capacityBuffer()) {
            all.add(CapacityBufferController.controller(state, parts.scalables(), parts.buffers(), context));
        }
        all.add(NodeClaimLifecycleController.controller(
                state, claims, nodes, pools, cloud, deletions, machines, health, events, hooks(parts), context, cpu));
        all.add(DisruptionConditionsController.controller(state, claims, cloud, context, cpu));
        PodNominator nominator = parts.nominator();
        if (nominator != null) {
            all.add(LostNominations.controller(state, nominator, context));
        }
        all.add(PodEventsController.controller(state, claims, cloud, context));
        all.add(ConsistencyController.controller(state, claims, cloud, events, context, cpu));
        all.add(ExpirationController.controller(state, cloud, deletions, context));
        all.add(GarbageCollectionController.controller(state, cloud, parts.storedClaims(), deletions, context));
        all.add(ClaimHydrationController.controller(state, claims, cloud, context, cpu));
        all.add(NodeHydrationController.controller(state, nodes, cloud, context, cpu));
        all.add(NodeTerminationController.controller(
                state, nodes, claims, cloud, machines, parts.evictor(), evictions, events, context, cpu));
        all.add(evictions.controller());
        if (parts.settings().nodeRepair() && !cloud.repairPolicies().isEmpty()) {
            all.add(NodeHealthController.controller(state, claims, cloud, deletions, events, context, cpu));
        }
        all.add(new PoolCosts(context, state, cloud).controller());
        all.addAll(Disruption.controllers(context, state, cloud, nodes, claims, deletions, events, cpu));
        if (parts.settings().observability()) {
            ClusterObservability.register(context, state, cloud.labels());
            all.addAll(StatusControllers.all(
                    context,
                    state,
                    events,
                    cloud.supportedNodeClasses(),
                    parts.settings().capacityBuffer()));
        }
        return List.copyOf(all);
    }

    private static SchedulingResult scheduled(SchedulingInput input, TimeSource time) {
        long end = time.nanoTime() + LONGEST_SOLVE.toNanos();
        return Scheduler.schedule(input, () -> time.nanoTime() - end >= 0);
    }

    private static List<NodeLifecycleHook> hooks(Parts parts) {
        PodNominator nominator = parts.nominator();
        return nominator == null
                ? List.of()
                : List.of(new PodNominations(
                        parts.state(), nominator, parts.context().time()));
    }

    private static ProvisioningSettings provisioning(Parts parts, LabelRules rules) {
        Settings settings = parts.settings();
        SchedulingOptions scheduling = new SchedulingOptions(
                rules.wellKnown(),
                settings.respectPreferences(),
                settings.relaxMinValues(),
                settings.ignoreResourceClaims(),
                SchedulingOptions.MOST_INSTANCE_TYPES,
                parts.cloud().unsupportedVolumes(),
                settings.defaultConstraints(),
                parts.cloud().labels().reservation(),
                settings.packing(),
                Objective.withNodeCost(settings.nodeCostPerHourUsd()));
        return new ProvisioningSettings(
                settings.batchIdle(), settings.batchMax(), scheduling, settings.cpuRequestsMilli());
    }

    /**
     * What all of them are made from. Writers are bare: what they wrote is taken into the image here.
     *
     * @param nominator null when the cluster's scheduler is to choose by itself
     */
    public record Parts(
            ControllerContext context,
            ClusterState state,
            CloudProvider cloud,
            ObjectWriter<NodePool> pools,
            ObjectWriter<NodeClaim> claims,
            ObjectWriter<Node> nodes,
            ObjectWriter<NodeOverlay> overlays,
            ObjectWriter<CapacityBuffer> buffers,
            ObjectReader<NodeClaim> storedClaims,
            ScalableReader scalables,
            PodEvictor evictor,
            @Nullable PodNominator nominator,
            EventRecorder events,
            RandomGenerator random,
            Settings settings) {}

    /**
     * What operators choose.
     *
     * @param batchIdle BATCH_IDLE_DURATION
     * @param batchMax BATCH_MAX_DURATION
     * @param cpuRequestsMilli CPU_REQUESTS, scales concurrency
     * @param nodeOverlay whether NodeOverlays change what the provider sells
     * @param capacityBuffer whether room is kept for CapacityBuffers
     * @param nodeRepair whether nodes that stay sick are replaced
     * @param observability whether single pods, nodes and pools show in metrics
     * @param defaultConstraints for pods without spread constraints of their own, without selectors
     * @param packing how pods are packed onto new nodes
     * @param nodeCostPerHourUsd what a node counts for beyond its price
     */
    public record Settings(
            Duration batchIdle,
            Duration batchMax,
            int cpuRequestsMilli,
            boolean respectPreferences,
            boolean relaxMinValues,
            boolean ignoreResourceClaims,
            boolean nodeOverlay,
            boolean capacityBuffer,
            boolean nodeRepair,
            boolean observability,
            List<TopologySpreadConstraint> defaultConstraints,
            Packing packing,
            double nodeCostPerHourUsd) {
        /** With no constraints but the pods' own, packed at the least price. */
        public Settings(
                Duration batchIdle,
                Duration batchMax,
                int cpuRequestsMilli,
                boolean respectPreferences,
                boolean relaxMinValues,
                boolean ignoreResourceClaims,
                boolean nodeOverlay,
                boolean capacityBuffer,
                boolean nodeRepair,
                boolean observability) {
            this(
                    batchIdle,
                    batchMax,
                    cpuRequestsMilli,
                    respectPreferences,
                    relaxMinValues,
                    ignoreResourceClaims,
                    nodeOverlay,
                    capacityBuffer,
                    nodeRepair,
                    observability,
                    List.of(),
                    Packing.COST,
                    0);
        }
    }
}
