package karpenter.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;

/** Durations in Go's grammar: {@code 1h30m}, {@code 1.5s}, {@code 300ms}; source: Go's {@code time.ParseDuration}. */
public final class GoDuration {
    private static final Map<String, Long> NANOS_PER_UNIT = Map.of(
            "ns",
            1L,
            "us",
            1_000L,
            "µs",
            1_000L,
            "μs",
            1_000L,
            "ms",
            1_000_000L,
            "s",
            1_000_000_000L,
            "m",
            60_000_000_000L,
            "h",
            3_600_000_000_000L);

    private GoDuration() {}

    /** @throws IllegalArgumentException naming the text and an example of the right form */
    public static Duration parse(String text) {
        int at = 0;
        boolean negative = false;
        if (!text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+')) {
            negative = text.charAt(0) == '-';
            at = 1;
        }
        if (text.substring(at).equals("0")) {
            return Duration.ZERO;
        }
        if (at == text.length()) {
            throw malformed(text);
        }
        BigInteger nanos = BigInteger.ZERO;
        while (at < text.length()) {
            int number = at;
            while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
                at++;
            }
            int unit = at;
            while (at < text.length() && !isDigit(text.charAt(at)) && text.charAt(at) != '.') {
                at++;
            }
            Long perUnit = NANOS_PER_UNIT.get(text.substring(unit, at));
            String digits = text.substring(number, unit);
            if (perUnit == null || !digits.matches("\\d+\\.?\\d*|\\.\\d+")) {
                throw malformed(text);
            }
            BigDecimal value = new BigDecimal(digits.endsWith(".") ? digits + "0" : digits);
            nanos = nanos.add(value.multiply(BigDecimal.valueOf(perUnit))
                    .setScale(0, RoundingMode.DOWN)
                    .toBigInteger());
        }
        if (nanos.bitLength() > 63) {
            throw new IllegalArgumentException(
                    "duration \"" + text + "\" is out of range; the longest is about 292 years");
        }
        return Duration.ofNanos(negative ? -nanos.longValue() : nanos.longValue());
    }

    /** The canonical text, as Go prints it: {@code 1h0m0s}, {@code 1.5s}, {@code 300ms}, {@code 0s}. */
    public static String format(Duration duration) {
        long nanos = duration.toNanos();
        if (nanos == 0) {
            return "0s";
        }
        StringBuilder text = new StringBuilder(nanos < 0 ? "-" : "");
        BigInteger left = BigInteger.valueOf(nanos).abs();
        if (left.compareTo(BigInteger.valueOf(1_000_000_000L)) < 0) {
            long small = left.longValueExact();
            if (small < 1_000) {
                return text.append(small).append("ns").toString();
            }
            boolean micros = small < 1_000_000;
            return text.append(plain(small, micros ? 1_000 : 1_000_000))
                    .append(micros ? "µs" : "ms")
                    .toString();
        }
        BigInteger[] hours = left.divideAndRemainder(BigInteger.valueOf(3_600_000_000_000L));
        long rest = hours[1].longValueExact();
        long minutes = rest / 60_000_000_000L;
        if (hours[0].signum() != 0) {
            text.append(hours[0]).append('h');
        }
        if (hours[0].signum() != 0 || minutes != 0) {
            text.append(minutes).append('m');
        }
        return text.append(plain(rest % 60_000_000_000L, 1_000_000_000L))
                .append('s')
                .toString();
    }

    private static String plain(long amount, long unit) {
        return BigDecimal.valueOf(amount)
                .divide(BigDecimal.valueOf(unit))
                .stripTrailingZeros()
                .toPlainString();
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException("\"" + text
                + "\" is not a duration; write numbers with units h, m, s, ms, us or ns, for example 1h30m");
    }
}
