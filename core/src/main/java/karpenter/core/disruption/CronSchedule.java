package karpenter.core.disruption;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A five-field cron expression, in UTC.
 *
 * <p>Problem: a budget with a schedule is active for a while after each hit, so the next hit after a moment must be found,
 * for expressions that upstream's users have already written.
 *
 * <p>Method: each field is a bit set of its values. The search carries the time forward from the largest field to the
 * smallest, over whole months, days, hours and minutes that don't match. Within the month and the day it takes the next set bit
 * directly. It ends five years ahead; what hasn't hit by then (the 30th of February) never does.
 *
 * <p>Grammar: minute, hour, day of month, month, day of week (0 is Sunday; 7 isn't a day). A field is a list of {@code *},
 * {@code ?} (the same), values and ranges, each with an optional {@code /step}; {@code N/step} runs from N to the field's
 * end. Months and days may be named by their first three letters. If both day fields are restricted, a day matches when
 * either does. {@code @yearly}, {@code @annually}, {@code @monthly}, {@code @weekly}, {@code @daily}, {@code @midnight} and
 * {@code @hourly} are short for the usual five fields.
 *
 * <p>Complexity: O(months until the hit + days in them). Immutable.
 *
 * <p>Sources: the behaviour of the {@code robfig/cron} v3 standard parser.
 */
public final class CronSchedule {
    private static final int YEARS_AHEAD = 5;
    private static final Map<String, String> MACROS = Map.of(
            "@yearly", "0 0 1 1 *",
            "@annually", "0 0 1 1 *",
            "@monthly", "0 0 1 * *",
            "@weekly", "0 0 * * 0",
            "@daily", "0 0 * * *",
            "@midnight", "0 0 * * *",
            "@hourly", "0 * * * *");

    private final long minutes;
    private final long hours;
    private final long days;
    private final long months;
    private final long weekdays;
    private final boolean eitherDay;

    private CronSchedule(long minutes, long hours, Days days, long months) {
        this.minutes = minutes;
        this.hours = hours;
        this.days = days.ofMonth.bits;
        this.months = months;
        this.weekdays = days.ofWeek.bits;
        this.eitherDay = !days.ofMonth.any && !days.ofWeek.any;
    }

    private record Days(Field ofMonth, Field ofWeek) {}

    /** @param any whether the field was written as a wildcard, which leaves the choice of day to the other day field */
    private record Field(long bits, boolean any) {}

    private enum Part {
        MINUTE(0, 59),
        HOUR(0, 23),
        DAY(1, 31),
        MONTH(1, 12, "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
        WEEKDAY(0, 6, "sun", "mon", "tue", "wed", "thu", "fri", "sat");

        private final int min;
        private final int max;
        private final List<String> names;

        Part(int min, int max, String... names) {
            this.min = min;
            this.max = max;
            this.names = List.of(names);
        }
    }

    /** @throws IllegalArgumentException naming the expression and the part that can't be read */
    public static CronSchedule parse(String expression) {
        String text = expression.strip();
        if (text.startsWith("@")) {
            String macro = MACROS.get(text);
            if (macro == null) {
                throw unreadable(expression, "\"" + text + "\" is none of @yearly, @monthly, @weekly, @daily, @hourly");
            }
            text = macro;
        }
        String[] fields = text.split("\\s+");
        if (fields.length != 5) {
            throw unreadable(expression, "it has " + fields.length + " fields where 5 are expected");
        }
        try {
            Days days = new Days(field(fields[2], Part.DAY), field(fields[4], Part.WEEKDAY));
            return new CronSchedule(
                    field(fields[0], Part.MINUTE).bits,
                    field(fields[1], Part.HOUR).bits,
                    days,
                    field(fields[3], Part.MONTH).bits);
        } catch (IllegalArgumentException e) {
            throw unreadable(expression, e.getMessage());
        }
    }

    private static IllegalArgumentException unreadable(String expression, @Nullable String why) {
        return new IllegalArgumentException("cron schedule \"" + expression + "\" can't be read: " + why
                + "; write minute, hour, day of month, month and day of week, for example \"0 9 * * mon-fri\"");
    }

    private static Field field(String text, Part part) {
        long bits = 0;
        boolean any = false;
        for (String item : text.split(",")) {
            if (!item.isEmpty()) {
                Field field = item(item, part);
                bits |= field.bits;
                any |= field.any;
            }
        }
        return new Field(bits, any);
    }

    private static Field item(String item, Part part) {
        String[] rangeAndStep = item.split("/", -1);
        String[] range = rangeAndStep[0].split("-", -1);
        if (rangeAndStep.length > 2 || range.length > 2) {
            throw new IllegalArgumentException("\"" + item + "\" is not a range with a step");
        }
        int step = rangeAndStep.length == 2 ? number(rangeAndStep[1]) : 1;
        boolean wildcard = range[0].equals("*") || range[0].equals("?");
        int low = wildcard ? part.min : value(range[0], part);
        int high;
        if (wildcard || (range.length == 1 && rangeAndStep.length == 2)) {
            high = part.max;
        } else {
            high = range.length == 1 ? low : value(range[1], part);
        }
        if (low < part.min || high > part.max || low > high || step == 0) {
            throw new IllegalArgumentException("\"" + item + "\" is not within " + part.min + " and " + part.max);
        }
        long bits = 0;
        for (int value = low; value <= high; value += step) {
            bits |= 1L << value;
        }
        return new Field(bits, wildcard && step == 1);
    }

    private static int value(String text, Part part) {
        int named = part.names.indexOf(text.toLowerCase(Locale.ROOT));
        return named >= 0 ? part.min + named : number(text);
    }

    private static int number(String text) {
        if (!text.matches("\\+?\\d{1,9}")) {
            throw new IllegalArgumentException("\"" + text + "\" is not a number");
        }
        return Integer.parseInt(text);
    }

    /** The first hit after that moment, at the start of a minute, or null when there is none within five years. */
    public @Nullable Instant next(Instant after) {
        LocalDateTime time = LocalDateTime.ofInstant(after, ZoneOffset.UTC)
                .truncatedTo(ChronoUnit.MINUTES)
                .plusMinutes(1);
        int lastYear = LocalDateTime.ofInstant(after, ZoneOffset.UTC).getYear() + YEARS_AHEAD;
        while (time.getYear() <= lastYear) {
            if (!has(months, time.getMonthValue())) {
                time = startOf(YearMonth.from(time).plusMonths(1));
                continue;
            }
            if (!matchesDay(time)) {
                time = time.truncatedTo(ChronoUnit.DAYS).plusDays(1);
                continue;
            }
            int hour = nextBit(hours, time.getHour());
            if (hour < 0) {
                time = time.truncatedTo(ChronoUnit.DAYS).plusDays(1);
                continue;
            }
            if (hour > time.getHour()) {
                time = time.withHour(hour).withMinute(0);
            }
            int minute = nextBit(minutes, time.getMinute());
            if (minute >= 0) {
                return time.withMinute(minute).toInstant(ZoneOffset.UTC);
            }
            time = time.truncatedTo(ChronoUnit.HOURS).plusHours(1);
        }
        return null;
    }

    private static LocalDateTime startOf(YearMonth month) {
        return month.atDay(1).atStartOfDay();
    }

    private boolean matchesDay(LocalDateTime time) {
        boolean day = has(days, time.getDayOfMonth());
        boolean weekday = has(weekdays, time.getDayOfWeek().getValue() % 7);
        return eitherDay ? day || weekday : day && weekday;
    }

    private static boolean has(long bits, int value) {
        return (bits >>> value & 1) != 0;
    }

    /** The first set bit at or above that one, or -1. */
    private static int nextBit(long bits, int from) {
        long rest = bits >>> from;
        return rest == 0 ? -1 : from + Long.numberOfTrailingZeros(rest);
    }
}
