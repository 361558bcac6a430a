package karpenter.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.runtime.TestingTimeSource;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("events: dedupe and rate limit")
class EventDedupeTest {
    private final TestingTimeSource time = new TestingTimeSource();
    private final EventDedupe dedupe = new EventDedupe(time);

    private static Event event(String reason, String namespace, String... values) {
        return Event.normal(new ObjectReference("v1", "Pod", namespace, "p", "u"), reason, "m", values);
    }

    private long admitted(List<Event> events) {
        return events.stream().filter(dedupe::admits).count();
    }

    @Test
    void suppressesRepeatsForTheEventsTime() {
        Event event = event("Evicted", "a", "p").dedupedFor(Duration.ofMinutes(5));
        assertThat(dedupe.admits(event)).isTrue();
        time.advance(Duration.ofMinutes(5).minusNanos(1));
        assertThat(dedupe.admits(event)).isFalse();
        time.advance(Duration.ofNanos(1));
        assertThat(dedupe.admits(event)).isTrue();
    }

    @Test
    void reasonIsComparedWithoutCaseAndAllPartsOfTheKeyCount() {
        assertThat(admitted(List.of(
                        event("Evicted", "a", "p"),
                        event("EVICTED", "a", "p"),
                        event("Evicted", "b", "p"),
                        event("Evicted", "a", "q"),
                        event("Disrupted", "a", "p"))))
                .isEqualTo(4);
        assertThat(dedupe.admits(Event.normal(new ObjectReference("v1", "Node", "a", "p", "u"), "Evicted", "m", "p")))
                .isTrue();
    }

    @Test
    void withoutValuesNothingIsSuppressed() {
        assertThat(admitted(List.of(event("Ready", "a"), event("Ready", "a")))).isEqualTo(2);
        assertThat(dedupe.size()).isZero();
    }

    @Test
    void nominationsAreLimitedAndARefusedOneMayComeAgain() {
        List<Event> many = IntStream.range(0, 20)
                .mapToObj(i -> event("Nominated", "a", "uid-" + i))
                .toList();
        assertThat(admitted(many)).isEqualTo(10);
        assertThat(dedupe.admits(many.get(19))).isFalse();
        time.advance(Duration.ofSeconds(1));
        assertThat(admitted(many)).as("five a second, those that were refused").isEqualTo(5);
    }

    @Test
    void anEventThatWasNotPublishedAfterAllMayComeAgain() {
        Event event = event("Evicted", "a", "p");
        assertThat(dedupe.admits(event)).isTrue();
        dedupe.forget(event);
        assertThat(dedupe.admits(event)).isTrue();
    }

    @Test
    void forgetsWhatIsNoLongerSuppressed() {
        IntStream.range(0, 999).forEach(i -> dedupe.admits(event("Evicted", "a", "p" + i)));
        time.advance(Duration.ofMinutes(3));
        dedupe.admits(event("Evicted", "a", "last"));
        assertThat(dedupe.size()).isEqualTo(1);
    }
}
