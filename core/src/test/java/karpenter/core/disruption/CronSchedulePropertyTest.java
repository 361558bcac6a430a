package karpenter.core.disruption;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares with a matcher that tries minute after minute and knows only sets of numbers. */
class CronSchedulePropertyTest {
    private static final int SCHEDULES = 60;
    private static final Duration HORIZON = Duration.ofDays(70);
    private static final String[] MONTHS = {
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
    };
    private static final String[] WEEKDAYS = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

    /** A field as text and as what it means. */
    private record Field(String text, Set<Integer> values, boolean wildcard) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void agreesWithAMinuteByMinuteMatcher(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < SCHEDULES; i++) {
            Field minute = field(random, 0, 59, new String[0]);
            Field hour = field(random, 0, 23, new String[0]);
            Field day = field(random, 1, 31, new String[0]);
            Field month = field(random, 1, 12, MONTHS);
            Field weekday = field(random, 0, 6, WEEKDAYS);
            String text = String.join(" ", minute.text, hour.text, day.text, month.text, weekday.text);
            Instant after = Instant.parse("2027-12-01T00:00:00Z").plusSeconds(random.nextInt(90 * 24 * 3600));

            Instant hit = CronSchedule.parse(text).next(after);

            Instant expected = null;
            Instant end = after.plus(HORIZON);
            for (Instant at = after.truncatedTo(ChronoUnit.MINUTES).plusSeconds(60);
                    at.isBefore(end);
                    at = at.plusSeconds(60)) {
                LocalDateTime time = LocalDateTime.ofInstant(at, ZoneOffset.UTC);
                boolean days = day.values.contains(time.getDayOfMonth());
                boolean weekdays = weekday.values.contains(time.getDayOfWeek().getValue() % 7);
                boolean rightDay = (day.wildcard || weekday.wildcard) ? (days && weekdays) : (days || weekdays);
                if (rightDay
                        && minute.values.contains(time.getMinute())
                        && hour.values.contains(time.getHour())
                        && month.values.contains(time.getMonthValue())) {
                    expected = at;
                    break;
                }
            }
            if (expected == null) {
                assertThat(hit == null || !hit.isBefore(end))
                        .as("%s after %s hits at %s", text, after, hit)
                        .isTrue();
            } else {
                assertThat(hit).as("%s after %s", text, after).isEqualTo(expected);
            }
        }
    }

    private static Field field(Random random, int min, int max, String[] names) {
        if (random.nextInt(3) == 0) {
            return new Field(random.nextBoolean() ? "*" : "?", range(min, max, 1), true);
        }
        StringBuilder text = new StringBuilder();
        Set<Integer> values = new TreeSet<>();
        int items = 1 + random.nextInt(3);
        for (int i = 0; i < items; i++) {
            int low = min + random.nextInt(max - min + 1);
            int high = low + random.nextInt(max - low + 1);
            int step = 1 + random.nextInt(5);
            text.append(i == 0 ? "" : ",");
            switch (random.nextInt(5)) {
                case 0 -> {
                    text.append(name(random, low, min, names));
                    values.add(low);
                }
                case 1 -> {
                    text.append(name(random, low, min, names)).append('-').append(name(random, high, min, names));
                    values.addAll(range(low, high, 1));
                }
                case 2 -> {
                    text.append(low).append('-').append(high).append('/').append(step);
                    values.addAll(range(low, high, step));
                }
                case 3 -> {
                    text.append(low).append('/').append(step);
                    values.addAll(range(low, max, step));
                }
                default -> {
                    int wider = step + 1;
                    text.append("*/").append(wider);
                    values.addAll(range(min, max, wider));
                }
            }
        }
        return new Field(text.toString(), values, false);
    }

    private static String name(Random random, int value, int min, String[] names) {
        if (names.length == 0 || random.nextBoolean()) {
            return Integer.toString(value);
        }
        String name = names[value - min];
        return random.nextBoolean() ? name : name.toUpperCase(Locale.ROOT);
    }

    private static Set<Integer> range(int low, int high, int step) {
        Set<Integer> values = new TreeSet<>();
        for (int value = low; value <= high; value += step) {
            values.add(value);
        }
        return values;
    }
}
