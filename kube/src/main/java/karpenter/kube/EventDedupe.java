package karpenter.kube;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import karpenter.core.port.EventRecorder.Event;
import karpenter.runtime.RateLimiter;
import karpenter.runtime.TimeSource;

/**
 * Decides which events are worth publishing. Repeats of reason, namespace, kind and values are suppressed for the event's
 * time. Any thread.
 *
 * <p>Differs from upstream: namespace and kind are part of the key, so that pods of the same name in two namespaces do not
 * silence each other; and an event that the rate limit refuses does not count as published.
 */
final class EventDedupe {
    private static final String NOMINATED = "Nominated";
    /** Expired keys are cleared when so many have come in. */
    private static final int CLEAR_EVERY = 1_000;

    private record Key(String reason, String namespace, String kind, List<String> values) {}

    private final TimeSource time;
    private final Map<String, RateLimiter> limits;
    private final Map<Key, Long> silentUntilNanos = new HashMap<>();
    private int sinceClearing;

    EventDedupe(TimeSource time) {
        this.time = time;
        this.limits = Map.of(NOMINATED, RateLimiter.of(time, 5, 10));
    }

    /** Whether to publish; if so, its repeats are suppressed from now on. */
    synchronized boolean admits(Event event) {
        long now = time.nanoTime();
        Key key = new Key(
                event.reason().toLowerCase(Locale.ROOT),
                event.about().namespace(),
                event.about().kind(),
                event.dedupeValues());
        boolean dedupes = !event.dedupeValues().isEmpty() && event.dedupeFor().isPositive();
        Long until = dedupes ? silentUntilNanos.get(key) : null;
        if (until != null && until - now > 0) {
            return false;
        }
        RateLimiter limit = limits.get(event.reason());
        if (limit != null && !limit.tryAcquire()) {
            return false;
        }
        if (dedupes) {
            remember(key, now, event.dedupeFor());
        }
        return true;
    }

    /** Takes an admission back, for an event that was not published after all. */
    synchronized void forget(Event event) {
        silentUntilNanos.remove(new Key(
                event.reason().toLowerCase(Locale.ROOT),
                event.about().namespace(),
                event.about().kind(),
                event.dedupeValues()));
    }

    private void remember(Key key, long now, Duration silence) {
        silentUntilNanos.put(key, now + silence.toNanos());
        if (++sinceClearing < CLEAR_EVERY) {
            return;
        }
        sinceClearing = 0;
        for (Iterator<Long> until = silentUntilNanos.values().iterator(); until.hasNext(); ) {
            if (until.next() - now <= 0) {
                until.remove();
            }
        }
    }

    synchronized int size() {
        return silentUntilNanos.size();
    }
}
