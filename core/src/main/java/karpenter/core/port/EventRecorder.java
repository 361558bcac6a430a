package karpenter.core.port;

import java.time.Duration;
import java.util.List;
import karpenter.api.KubernetesObject;
import karpenter.api.ResourceKind;
import karpenter.core.cluster.Pod;

/** Publishes Kubernetes events, never blocking the caller. */
public interface EventRecorder {
    void publish(Event event);

    /**
     * One event.
     *
     * @param dedupeValues with reason, namespace and kind they form the key under which repeats are suppressed; empty for no
     *     suppression
     * @param dedupeFor how long repeats are suppressed
     */
    record Event(
            ObjectReference about,
            boolean warning,
            String reason,
            String message,
            List<String> dedupeValues,
            Duration dedupeFor) {
        public static final Duration DEFAULT_DEDUPE = Duration.ofMinutes(2);

        public Event {
            dedupeValues = List.copyOf(dedupeValues);
        }

        public static Event normal(ObjectReference about, String reason, String message, String... dedupeValues) {
            return new Event(about, false, reason, message, List.of(dedupeValues), DEFAULT_DEDUPE);
        }

        public static Event warning(ObjectReference about, String reason, String message, String... dedupeValues) {
            return new Event(about, true, reason, message, List.of(dedupeValues), DEFAULT_DEDUPE);
        }

        /** This event with another suppression time. */
        public Event dedupedFor(Duration time) {
            return new Event(about, warning, reason, message, dedupeValues, time);
        }
    }

    /** What an event is about. {@code namespace} is empty for cluster-scoped objects. */
    record ObjectReference(String apiVersion, String kind, String namespace, String name, String uid) {
        /** A reference to a stored object of that kind. */
        public static <T extends KubernetesObject> ObjectReference to(ResourceKind<T> kind, T object) {
            return new ObjectReference(
                    kind.apiVersion(),
                    kind.kind(),
                    object.metadata().namespace(),
                    object.name(),
                    object.metadata().uid());
        }

        public static ObjectReference to(Pod pod) {
            return new ObjectReference(
                    "v1", "Pod", pod.key().namespace(), pod.key().name(), pod.uid());
        }
    }
}
