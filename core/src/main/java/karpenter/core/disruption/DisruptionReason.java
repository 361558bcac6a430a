package karpenter.core.disruption;

import java.util.Locale;

/** Why a node is disrupted voluntarily; budgets can tell them apart. */
public enum DisruptionReason {
    EMPTY("Empty"),
    DRIFTED("Drifted"),
    UNDERUTILIZED("Underutilized");

    private final String text;

    DisruptionReason(String text) {
        this.text = text;
    }

    /** As budgets, conditions and events write it. */
    public String text() {
        return text;
    }

    /** As counters of disrupted NodeClaims write it. */
    public String metricLabel() {
        return text.toLowerCase(Locale.ROOT);
    }
}
