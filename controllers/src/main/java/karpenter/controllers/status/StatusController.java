package karpenter.controllers.status;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import karpenter.api.Condition;
import karpenter.api.KubernetesObject;
import karpenter.controllers.state.ClusterState;
import karpenter.core.port.EventRecorder;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * Compares each object with how it was when last looked at, and tells of conditions that changed their status, finalizers
 * that are gone and objects that are gone.
 *
 * <p>Changes that come faster than they are looked at merge into one, as upstream's do. What is first seen is counted but is
 * no event: after a restart everything is.
 */
final class StatusController<T extends KubernetesObject> {
    private static final int CONCURRENCY = 10;

    private final ObservedKind<T> kind;
    private final ClusterState state;
    private final EventRecorder events;
    private final ControllerContext context;
    private final Map<StatusFamilies, Function<T, List<String>>> families;
    private final ConcurrentMap<String, T> seen = new ConcurrentHashMap<>();

    /** @param families where to count, each with the values of its further labels for an object */
    StatusController(
            ObservedKind<T> kind,
            ClusterState state,
            EventRecorder events,
            ControllerContext context,
            Map<StatusFamilies, Function<T, List<String>>> families) {
        this.kind = kind;
        this.state = state;
        this.events = events;
        this.context = context;
        this.families = Map.copyOf(families);
    }

    Controller<String> build() {
        Controller<String> controller = Controller.<String>named("operatorpkg." + kind.lowerCaseName() + ".status")
                .concurrency(CONCURRENCY)
                .reconciler(this::reconcile)
                .build(context);
        state.listen(delta -> {
            String name = kind.touched().apply(delta);
            if (name != null) {
                controller.enqueue(name);
            }
        });
        return controller;
    }

    private Outcome reconcile(String name) {
        T before = seen.get(name);
        T now = kind.objects().apply(state.snapshot()).get(name);
        if (before != null
                && (now == null
                        || !now.metadata().uid().equals(before.metadata().uid()))) {
            gone(before);
            seen.remove(name);
            before = null;
        }
        if (now != null) {
            changed(before, now);
            seen.put(name, now);
        }
        return Outcome.done();
    }

    private void gone(T last) {
        last.metadata().finalizers().forEach(finalizer -> finalized(last, finalizer));
        Instant requested = last.metadata().deletionTimestamp();
        if (requested != null) {
            Instant now = context.time().instant();
            count(last, (family, further) -> family.terminated(requested, now, further));
        }
    }

    private void changed(@Nullable T before, T now) {
        if (before != null) {
            for (String finalizer : before.metadata().finalizers()) {
                if (!now.metadata().finalizers().contains(finalizer)) {
                    finalized(now, finalizer);
                }
            }
        }
        Map<String, Condition> earlier = new HashMap<>();
        if (before != null) {
            kind.conditions().apply(before).forEach(condition -> earlier.put(condition.type(), condition));
        }
        for (Condition condition : kind.conditions().apply(now)) {
            Condition was = earlier.get(condition.type());
            if (was == null || !was.status().equals(condition.status())) {
                count(now, (family, further) -> family.transitioned(condition, further));
            }
            if (was != null && !was.status().equals(condition.status())) {
                count(now, (family, further) -> family.left(was, condition, further));
                events.publish(Event.normal(about(now), condition.type(), message(was, condition)));
            }
        }
    }

    private static String message(Condition was, Condition now) {
        String text = "Status condition transitioned, Type: " + now.type() + ", Status: " + was.status() + " -> "
                + now.status() + ", Reason: " + now.reason();
        return now.message().isEmpty() ? text : text + ", Message: " + now.message();
    }

    private void finalized(T object, String finalizer) {
        events.publish(Event.normal(about(object), "Finalized", "Finalized " + finalizer));
    }

    private ObjectReference about(T object) {
        return ObjectReference.to(kind.kind(), object);
    }

    private void count(T object, BiConsumer<StatusFamilies, List<String>> how) {
        families.forEach((family, further) -> how.accept(family, further.apply(object)));
    }
}
