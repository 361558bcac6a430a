package karpenter.core.buffer;

import java.time.Instant;
import karpenter.api.Condition;
import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.autoscaling.CapacityBuffer.PodTemplateReference;
import karpenter.api.autoscaling.CapacityBuffer.Status;
import org.jspecify.annotations.Nullable;

/** Writes down in a buffer's status what is known about it. */
public final class BufferConditions {
    private BufferConditions() {}

    /**
     * The status of a buffer whose template is found.
     *
     * @param template name and generation of the PodTemplate, null for a workload's own
     * @param pods how many the buffer asks for
     */
    public static Status resolved(CapacityBuffer buffer, @Nullable Template template, int pods, Instant now) {
        Status status = new Status(
                template == null ? null : new PodTemplateReference(template.name()),
                pods,
                template == null ? null : (Long) template.generation(),
                buffer.spec().provisioningStrategy(),
                buffer.status().conditions());
        return set(
                status,
                buffer,
                CapacityBuffer.READY_FOR_PROVISIONING,
                Condition.TRUE,
                CapacityBuffer.RESOLVED,
                "the pod template is known",
                now);
    }

    /** The PodTemplate that a buffer uses. */
    public record Template(String name, long generation) {}

    /** The status of a buffer that can't be served; {@code reason} is one of CapacityBuffer's. */
    public static Status unresolved(CapacityBuffer buffer, String reason, String why, Instant now) {
        Status before = buffer.status();
        Status status = new Status(
                before.podTemplateRef(),
                before.replicas(),
                before.podTemplateGeneration(),
                buffer.spec().provisioningStrategy(),
                before.conditions());
        Status told = set(status, buffer, CapacityBuffer.READY_FOR_PROVISIONING, Condition.FALSE, reason, why, now);
        return set(
                told,
                buffer,
                CapacityBuffer.PROVISIONING,
                Condition.FALSE,
                CapacityBuffer.NOT_READY_FOR_PROVISIONING,
                CapacityBuffer.READY_FOR_PROVISIONING + " is False",
                now);
    }

    /**
     * Adds what the last pass found to the status of a buffer whose template is found; a pass that saw another size or
     * nothing of the buffer changes nothing.
     *
     * @param status with {@code replicas}, from {@link #resolved}
     */
    public static Status provisioned(
            Status status, CapacityBuffer buffer, @Nullable BufferOutcome outcome, Instant now) {
        int pods = status.replicas() == null ? 0 : status.replicas();
        if (pods == 0) {
            return set(
                    status,
                    buffer,
                    CapacityBuffer.PROVISIONING,
                    Condition.FALSE,
                    CapacityBuffer.BUFFER_EMPTY,
                    "the buffer asks for no pods",
                    now);
        }
        if (outcome == null
                || outcome.pods() != pods
                || !outcome.uid().equals(buffer.metadata().uid())) {
            return status;
        }
        return outcome.fits()
                ? set(
                        status,
                        buffer,
                        CapacityBuffer.PROVISIONING,
                        Condition.TRUE,
                        CapacityBuffer.FITS_EXISTING_CAPACITY,
                        "there is room for all " + pods + " pods",
                        now)
                : set(
                        status,
                        buffer,
                        CapacityBuffer.PROVISIONING,
                        Condition.FALSE,
                        CapacityBuffer.REQUIRES_NEW_CAPACITY,
                        lacking(outcome),
                        now);
    }

    private static String lacking(BufferOutcome outcome) {
        String text = outcome.onNewNodes() + " of " + outcome.pods() + " pods wait for new nodes";
        if (outcome.without() == 0) {
            return text;
        }
        String none = text + ", " + outcome.without() + " have no place";
        return outcome.why().isEmpty() ? none : none + ": " + outcome.why();
    }

    private static Status set(
            Status status,
            CapacityBuffer buffer,
            String type,
            String value,
            String reason,
            String message,
            Instant now) {
        return status.withCondition(
                type, value, reason, message, buffer.metadata().generation(), now);
    }
}
