package karpenter.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * An exact Kubernetes quantity: a decimal with a binary, decimal or exponent suffix. The text as written is kept, so that
 * writing an object back changes nothing; equality is by value ({@code 1Gi} equals {@code 1024Mi}).
 */
public final class Quantity implements Comparable<Quantity> {
    public static final Quantity ZERO = parse("0");

    private final String text;
    private final BigDecimal amount;

    private Quantity(String text, BigDecimal amount) {
        this.text = text;
        this.amount = amount;
    }

    /** @throws IllegalArgumentException naming the text and what a quantity looks like */
    @JsonCreator
    public static Quantity parse(String text) {
        return new Quantity(text, QuantityText.parse(text));
    }

    @JsonCreator
    public static Quantity of(long units) {
        return new Quantity(Long.toString(units), BigDecimal.valueOf(units));
    }

    @JsonCreator
    public static Quantity of(double units) {
        return parse(BigDecimal.valueOf(units).toPlainString());
    }

    /** A quantity of thousandths, in canonical decimal form: 1500 gives {@code 1500m}, 2000 gives {@code 2}. */
    public static Quantity ofMilli(long milli) {
        return milli % 1000 == 0 ? of(milli / 1000) : new Quantity(milli + "m", BigDecimal.valueOf(milli, 3));
    }

    /** A quantity of bytes, in canonical binary form: 1073741824 gives {@code 1Gi}. */
    public static Quantity ofBytes(long bytes) {
        return new Quantity(QuantityText.binary(bytes), BigDecimal.valueOf(bytes));
    }

    /** The exact amount in base units. */
    public BigDecimal amount() {
        return amount;
    }

    /** Base units, rounded up; saturates at {@link Long#MAX_VALUE}. */
    public long value() {
        return saturate(amount.setScale(0, RoundingMode.CEILING));
    }

    /** Thousandths, rounded up; saturates at {@link Long#MAX_VALUE}. */
    public long milliValue() {
        return saturate(amount.movePointRight(3).setScale(0, RoundingMode.CEILING));
    }

    private static long saturate(BigDecimal whole) {
        if (whole.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            return Long.MAX_VALUE;
        }
        if (whole.compareTo(BigDecimal.valueOf(Long.MIN_VALUE)) < 0) {
            return Long.MIN_VALUE;
        }
        return whole.longValueExact();
    }

    /** The text as written or as made. */
    @JsonValue
    public String text() {
        return text;
    }

    @Override
    public int compareTo(Quantity other) {
        return amount.compareTo(other.amount);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Quantity quantity && amount.compareTo(quantity.amount) == 0;
    }

    @Override
    public int hashCode() {
        return amount.stripTrailingZeros().hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
