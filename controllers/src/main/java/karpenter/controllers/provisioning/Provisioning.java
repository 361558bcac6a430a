package karpenter.controllers.provisioning;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.launch.NodeClaimLauncher;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.port.EventRecorder;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingResult;
import karpenter.runtime.Batcher;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Singleton;

/** Makes the provisioner and its triggers. */
public final class Provisioning {
    private static final Duration BACKOFF_MIN = Duration.ofMillis(100);
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(10);

    private Provisioning() {}

    /**
     * The controllers {@code provisioner.trigger.pod}, {@code provisioner.trigger.node} and {@code provisioner}, listening to
     * the image already; they run once they are started.
     *
     * @param scheduler places pods; deterministic, see {@link karpenter.core.scheduling.Scheduler#schedule}
     */
    public static List<Controller<?>> controllers(
            ControllerContext context,
            ClusterState state,
            CloudProvider cloud,
            NodeClaimLauncher launcher,
            EventRecorder events,
            Function<SchedulingInput, SchedulingResult> scheduler,
            ProvisioningSettings settings) {
        Batcher<String> batcher = new Batcher<>(context.time(), settings.batchIdle(), settings.batchMax());
        RecentPods recent = new RecentPods(context.time(), settings.batchIdle());
        state.listen(recent::heard);
        batcher.holdWhile(recent::moreIsComing);
        OrderedClaims ordered = new OrderedClaims(state, settings.nominationWindow(), batcher);
        ProvisioningMetrics metrics = new ProvisioningMetrics(context.metrics(), context.time());
        ClusterStateMetrics.register(context, state);
        PassEffects effects =
                new PassEffects(state, launcher, ordered, events, metrics, settings.nominationWindow(), context.time());
        Provisioner loop = new Provisioner(
                context, state, cloud, launcher, scheduler, settings, batcher, ordered, effects, metrics);
        Controller<Singleton> provisioner = Controller.singleton("provisioner", loop::run)
                .backoff(BACKOFF_MIN, BACKOFF_MAX)
                .build(context);
        batcher.follow(new Batcher.Listener() {
            @Override
            public void opened() {
                provisioner.enqueue(Singleton.INSTANCE);
            }

            @Override
            public void ended() {
                provisioner.enqueue(Singleton.INSTANCE);
            }
        });
        state.listen(delta -> {
            if (mayUnblock(delta)) {
                provisioner.enqueue(Singleton.INSTANCE);
            }
        });
        List<Controller<?>> controllers = new ArrayList<>(
                new BatchTriggers(context, state, batcher, recent, settings.cpuRequestsMilli()).controllers());
        controllers.add(provisioner);
        return List.copyOf(controllers);
    }

    /** Whether a pass that had to wait may run now: everything is listed, or a claim was launched or is going. */
    private static boolean mayUnblock(ClusterDelta delta) {
        return switch (delta) {
            case ClusterDelta.Listed listed -> true;
            case ClusterDelta.NodeClaimGone gone -> true;
            case ClusterDelta.NodeClaimChanged(var claim) ->
                !claim.status().providerID().isEmpty() || claim.metadata().deleting();
            default -> false;
        };
    }
}
