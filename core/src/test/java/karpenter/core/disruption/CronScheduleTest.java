package karpenter.core.disruption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Covers("apis/v1: budget schedule and duration activity")
class CronScheduleTest {
    @ParameterizedTest(name = "\"{0}\" after {1} hits at {2}")
    @CsvSource(delimiter = '|', textBlock = """
            * * * * *          | 2026-07-09T14:45:00Z | 2026-07-09T14:46:00Z
            * * * * *          | 2026-07-09T14:45:59.9Z | 2026-07-09T14:46:00Z
            0/15 * * * *       | 2026-07-09T14:45:00Z | 2026-07-09T15:00:00Z
            */15 * * * *       | 2026-07-09T14:46:00Z | 2026-07-09T15:00:00Z
            20-35/15 * * * *   | 2026-07-09T14:45:00Z | 2026-07-09T15:20:00Z
            5 5-23/6 * * *     | 2026-07-09T23:10:00Z | 2026-07-10T05:05:00Z
            0 9 * * mon-fri    | 2026-11-20T09:00:00Z | 2026-11-23T09:00:00Z
            0 9 * * MON,Wed    | 2026-11-23T09:00:00Z | 2026-11-25T09:00:00Z
            30 8 1 jan ?       | 2026-01-01T08:30:00Z | 2027-01-01T08:30:00Z
            0 0 29 2 *         | 2026-01-01T00:00:00Z | 2028-02-29T00:00:00Z
            0 0 31 * *         | 2026-01-31T00:00:00Z | 2026-03-31T00:00:00Z
            @hourly            | 2026-01-01T00:00:00Z | 2026-01-01T01:00:00Z
            @daily             | 2026-01-01T00:00:01Z | 2026-01-02T00:00:00Z
            @midnight          | 2026-01-01T23:59:00Z | 2026-01-02T00:00:00Z
            @weekly            | 2026-01-01T00:00:00Z | 2026-01-04T00:00:00Z
            @monthly           | 2026-01-01T00:00:00Z | 2026-02-01T00:00:00Z
            @annually          | 2026-01-01T00:00:00Z | 2027-01-01T00:00:00Z
            @yearly            | 2026-06-01T00:00:00Z | 2027-01-01T00:00:00Z
            """)
    void findsTheNextHit(String expression, Instant after, Instant hit) {
        assertThat(CronSchedule.parse(expression).next(after)).isEqualTo(hit);
    }

    @Test
    void matchesEitherDayFieldWhenBothAreRestricted() {
        CronSchedule schedule = CronSchedule.parse("0 0 15 * mon");

        // Monday the 9th, then Sunday the 15th, then Monday the 16th
        assertThat(schedule.next(Instant.parse("2026-11-08T00:00:00Z"))).isEqualTo("2026-11-09T00:00:00Z");
        assertThat(schedule.next(Instant.parse("2026-11-09T00:00:00Z"))).isEqualTo("2026-11-15T00:00:00Z");
        assertThat(schedule.next(Instant.parse("2026-11-15T00:00:00Z"))).isEqualTo("2026-11-16T00:00:00Z");
    }

    @Test
    void needsBothDayFieldsWhenOneIsAWildcard() {
        assertThat(CronSchedule.parse("0 0 */1 * sun").next(Instant.parse("2026-11-09T00:00:00Z")))
                .isEqualTo("2026-11-15T00:00:00Z");
    }

    @Test
    void treatsAStepOverAllDaysAsARestriction() {
        // */2 restricts, so that either field will do: Sunday the 8th is even, Monday the 9th is odd
        assertThat(CronSchedule.parse("0 0 */2 * sun").next(Instant.parse("2026-11-07T00:00:00Z")))
                .isEqualTo("2026-11-08T00:00:00Z");
        assertThat(CronSchedule.parse("0 0 */2 * sun").next(Instant.parse("2026-11-08T00:00:00Z")))
                .isEqualTo("2026-11-09T00:00:00Z");
    }

    @Test
    void neverHitsADateThatDoesNotExist() {
        assertThat(CronSchedule.parse("0 0 30 2 *").next(Instant.parse("2026-01-01T00:00:00Z")))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "* * * *",
                "* * * * * *",
                "60 * * * *",
                "* 24 * * *",
                "* * 0 * *",
                "* * 32 * *",
                "* * * 0 *",
                "* * * 13 *",
                "* * * * 7",
                "5-3 * * * *",
                "1-2-3 * * * *",
                "1/2/3 * * * *",
                "*/0 * * * *",
                "*/x * * * *",
                "-1 * * * *",
                "1- * * * *",
                "monday * * * *",
                "* * * mon *",
                "@every 1h",
                "@reboot",
                "TZ=UTC 0 0 * * *"
            })
    void refusesWhatItCannotRead(String expression) {
        assertThatThrownBy(() -> CronSchedule.parse(expression))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + expression + "\"");
    }
}
