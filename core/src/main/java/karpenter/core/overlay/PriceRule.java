package karpenter.core.overlay;

import java.math.BigDecimal;
import karpenter.api.v1alpha1.NodeOverlay;
import org.jspecify.annotations.Nullable;

/** What becomes of a price; never less than 0. */
sealed interface PriceRule {
    /** The price in $ per hour, whatever the provider says. */
    record Fixed(double pricePerHourUsd) implements PriceRule {}

    /** So many $ per hour on top. */
    record Added(double pricePerHourUsd) implements PriceRule {}

    /** So many percent on top. */
    record Scaled(double percent) implements PriceRule {}

    default double apply(double pricePerHourUsd) {
        double changed = switch (this) {
            case Fixed(double fixed) -> fixed;
            case Added(double added) -> pricePerHourUsd + added;
            case Scaled(double percent) -> pricePerHourUsd * (1 + percent / 100);
        };
        return Math.max(0, changed);
    }

    /**
     * What the overlay says about prices, or null when it says nothing.
     *
     * @throws NumberFormatException when it is no number; the CRD's schema refuses that
     */
    static @Nullable PriceRule of(NodeOverlay.Spec spec) {
        String price = spec.price();
        if (price != null) {
            return new Fixed(number(price));
        }
        String adjustment = spec.priceAdjustment();
        if (adjustment == null) {
            return null;
        }
        return adjustment.endsWith("%")
                ? new Scaled(number(adjustment.substring(0, adjustment.length() - 1)))
                : new Added(number(adjustment));
    }

    // Double.parseDouble would take "NaN", "0x1p3" and "1d" too.
    private static double number(String text) {
        return new BigDecimal(text).doubleValue();
    }
}
