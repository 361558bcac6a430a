package karpenter.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Of equal messages in one second lets the first 100 pass and then every 100th, as upstream's logger does. */
public final class SamplingFilter extends Filter<ILoggingEvent> {
    private static final int FIRST = 100;
    private static final int THEREAFTER = 100;
    private static final int MOST_MESSAGES = 4096;

    private record Kind(Level level, String message) {}

    private static final class Count {
        final AtomicLong second = new AtomicLong();
        final AtomicLong seen = new AtomicLong();
    }

    private final ConcurrentHashMap<Kind, Count> counts = new ConcurrentHashMap<>();

    @Override
    public FilterReply decide(ILoggingEvent event) {
        if (counts.size() > MOST_MESSAGES) {
            counts.clear(); // messages with values in them would grow the table without end
        }
        Count count = counts.computeIfAbsent(new Kind(event.getLevel(), event.getMessage()), kind -> new Count());
        long second = event.getTimeStamp() / 1000;
        if (count.second.getAndSet(second) != second) {
            count.seen.set(0);
        }
        long seen = count.seen.incrementAndGet();
        return seen <= FIRST || (seen - FIRST) % THEREAFTER == 0 ? FilterReply.NEUTRAL : FilterReply.DENY;
    }
}
