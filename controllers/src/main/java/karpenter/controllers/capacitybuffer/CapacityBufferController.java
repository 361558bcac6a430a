package karpenter.controllers.capacitybuffer;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import karpenter.api.Condition;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.controllers.state.BufferRoom;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.buffer.BufferConditions;
import karpenter.core.buffer.BufferConditions.Template;
import karpenter.core.buffer.BufferDemand;
import karpenter.core.buffer.BufferReference;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodTemplate;
import karpenter.core.port.ObjectReader.ReadResult;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ScalableReader;
import karpenter.core.port.ScalableReader.Scalable;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import karpenter.runtime.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * Works out what each buffer asks for, has passes look after the room, and tells the buffer what they found.
 *
 * <p><b>Method.</b> A buffer is looked at when it or its PodTemplate changes, when a pass found something new for it, and every
 * 30 seconds: workloads aren't watched, and the room is used up by pods that this program has no part in. A pass is asked for
 * when the demand changed and at each of those 30 seconds, not at the other looks, or passes and looks would chase each other.
 *
 * <p><b>Differs from upstream.</b> The provisioner there writes one condition and this controller the other, in conflict with
 * each other. A workload that can't be read for a while doesn't unsettle a buffer whose size is known. And a buffer that is
 * deleted, or can't be served any more, gives its room back at once, not at the next pass for something else.
 */
public final class CapacityBufferController {
    private static final int CONCURRENCY = 10;
    private static final Duration AGAIN = Duration.ofSeconds(30);

    private final ClusterState state;
    private final BufferRoom room;
    private final ScalableReader workloads;
    private final ObjectWriter<CapacityBuffer> buffers;
    private final TimeSource time;
    /** By buffer: when the next pass is due for its sake. */
    private final Map<PodKey, Instant> passDue = new ConcurrentHashMap<>();

    private CapacityBufferController(
            ClusterState state, ScalableReader workloads, ObjectWriter<CapacityBuffer> buffers, TimeSource time) {
        this.state = state;
        this.room = state.buffers();
        this.workloads = workloads;
        this.buffers = buffers;
        this.time = time;
    }

    /** The controller {@code capacitybuffer}, listening to the image already; it runs once it is started. */
    public static Controller<PodKey> controller(
            ClusterState state,
            ScalableReader workloads,
            ObjectWriter<CapacityBuffer> buffers,
            ControllerContext context) {
        CapacityBufferController self =
                new CapacityBufferController(state, workloads, new ImageWriter<>(buffers, state), context.time());
        Controller<PodKey> controller = Controller.<PodKey>named("capacitybuffer")
                .concurrency(CONCURRENCY)
                .logField("controllerGroup", CapacityBuffer.KIND.group())
                .logField("controllerKind", CapacityBuffer.KIND.kind())
                .reconciler(self::reconcile)
                .build(context);
        state.listen(delta -> self.heard(delta, controller));
        state.buffers().listenForOutcomes(controller::enqueue);
        return controller;
    }

    private void heard(ClusterDelta delta, Controller<PodKey> controller) {
        switch (delta) {
            case ClusterDelta.CapacityBufferChanged(CapacityBuffer buffer) -> controller.enqueue(keyOf(buffer));
            case ClusterDelta.CapacityBufferGone(PodKey key, String uid) -> controller.enqueue(key);
            case ClusterDelta.PodTemplateChanged(PodTemplate template) -> enqueueUsers(template.key(), controller);
            case ClusterDelta.PodTemplateGone(PodKey key) -> enqueueUsers(key, controller);
            case ClusterDelta.Listed() ->
                state.snapshot().capacityBuffers().keySet().forEach(controller::enqueue);
            default -> {
                // Workloads aren't watched, and passes tell by themselves.
            }
        }
    }

    private void enqueueUsers(PodKey template, Controller<PodKey> controller) {
        state.snapshot().capacityBuffers().forEach((key, buffer) -> {
            CapacityBuffer.PodTemplateReference reference = buffer.spec().podTemplateRef();
            if (reference != null
                    && reference.name().equals(template.name())
                    && key.namespace().equals(template.namespace())) {
                controller.enqueue(key);
            }
        });
    }

    private static PodKey keyOf(CapacityBuffer buffer) {
        return new PodKey(buffer.metadata().namespace(), buffer.name());
    }

    private Outcome reconcile(PodKey key) {
        if (!state.listed()) {
            // Comes again with the end of the list; until then a template may be missing.
            return Outcome.done();
        }
        CapacityBuffer buffer = state.capacityBuffer(key);
        if (buffer == null || buffer.metadata().deleting()) {
            passDue.remove(key);
            if (room.forget(key)) {
                room.requestPass("gone " + key);
            }
            return Outcome.done();
        }
        return switch (resolve(buffer)) {
            case Resolution.Found found -> serve(key, buffer, found);
            case Resolution.Failed(String reason, String why) -> refuse(key, buffer, reason, why);
            case Resolution.Unread(String why) -> {
                if (!room.knows(key, buffer.metadata().uid()) && !isReady(buffer)) {
                    write(
                            buffer,
                            BufferConditions.unresolved(buffer, CapacityBuffer.RESOLUTION_FAILED, why, time.instant()));
                }
                yield Outcome.retry("reading the pod template of the buffer, " + why);
            }
        };
    }

    private static boolean isReady(CapacityBuffer buffer) {
        Condition ready = buffer.status().condition(CapacityBuffer.READY_FOR_PROVISIONING);
        return ready != null && ready.status().equals(Condition.TRUE);
    }

    /** What came of the buffer's reference. */
    private sealed interface Resolution {
        /**
         * @param source the PodTemplate, null for a workload's own
         * @param workloadReplicas null for a PodTemplate
         */
        record Found(
                PodShape template,
                @Nullable Template source,
                @Nullable Integer workloadReplicas) implements Resolution {}

        /** Nothing will help but a change of the buffer or of what it refers to. */
        record Failed(String reason, String why) implements Resolution {}

        /** The API server doesn't say. */
        record Unread(String why) implements Resolution {}
    }

    private Resolution resolve(CapacityBuffer buffer) {
        return switch (BufferReference.of(buffer)) {
            case BufferReference.ToTemplate(PodKey key) -> {
                PodTemplate template = state.podTemplate(key);
                yield template == null
                        ? new Resolution.Failed(CapacityBuffer.POD_TEMPLATE_NOT_FOUND, "there is no PodTemplate " + key)
                        : new Resolution.Found(
                                template.template(),
                                new Template(key.name(), template.metadata().generation()),
                                null);
            }
            case BufferReference.ToWorkload(String kind, PodKey key) ->
                switch (workloads.read(kind, key)) {
                    case ReadResult.Found<Scalable>(Scalable workload) ->
                        new Resolution.Found(workload.template(), null, workload.replicas());
                    case ReadResult.NotFound<Scalable> none ->
                        new Resolution.Failed(CapacityBuffer.SCALABLE_REF_NOT_FOUND, "there is no " + kind + " " + key);
                    case ReadResult.Unavailable<Scalable>(String why) -> new Resolution.Unread(why);
                };
            case BufferReference.Unusable(String why) -> new Resolution.Failed(CapacityBuffer.RESOLUTION_FAILED, why);
        };
    }

    private Outcome serve(PodKey key, CapacityBuffer buffer, Resolution.Found found) {
        BufferDemand demand = BufferDemand.of(buffer, found.template(), found.workloadReplicas());
        boolean changed = room.ask(demand);
        Instant now = time.instant();
        Instant due = passDue.get(key);
        if (changed || due == null || !now.isBefore(due)) {
            due = now.plus(AGAIN);
            passDue.put(key, due);
            room.requestPass(demand.uid());
        }
        CapacityBuffer.Status resolved =
                BufferConditions.resolved(buffer, found.source(), demand.pods().size(), now);
        return WriteOutcomes.soonest(
                write(buffer, BufferConditions.provisioned(resolved, buffer, room.outcomeOf(key), now)),
                Outcome.requeueAfter(Duration.between(now, due)));
    }

    private Outcome refuse(PodKey key, CapacityBuffer buffer, String reason, String why) {
        passDue.remove(key);
        if (room.withdraw(key)) {
            room.requestPass("refused " + key);
        }
        return WriteOutcomes.soonest(
                write(buffer, BufferConditions.unresolved(buffer, reason, why, time.instant())),
                Outcome.requeueAfter(AGAIN));
    }

    private Outcome write(CapacityBuffer buffer, CapacityBuffer.Status status) {
        return status.equals(buffer.status())
                ? Outcome.done()
                : WriteOutcomes.of(
                        buffers.patchStatus(buffer, buffer.withStatus(status), ObjectWriter.Lock.RESOURCE_VERSION));
    }
}
