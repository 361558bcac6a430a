package karpenter.core.scheduling;

import java.util.List;
import java.util.Map;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import org.jspecify.annotations.Nullable;

/** Builds what pods demand of each other. */
final class Constraints {
    private Constraints() {}

    static LabelSelector selecting(String key, String value) {
        return new LabelSelector(Map.of(key, value), List.of());
    }

    /** Over the pods with this label. */
    static Spread spread(String key, String label, String value) {
        return new Spread(key, selecting(label, value));
    }

    static final class Spread {
        private final String key;
        private @Nullable LabelSelector selector;
        private int maxSkew = 1;
        private boolean hard = true;
        private @Nullable Integer minDomains;
        private @Nullable String affinityPolicy;
        private @Nullable String taintsPolicy;
        private List<String> labelKeys = List.of();

        private Spread(String key, LabelSelector selector) {
            this.key = key;
            this.selector = selector;
        }

        Spread noSelector() {
            selector = null;
            return this;
        }

        Spread maxSkew(int value) {
            maxSkew = value;
            return this;
        }

        Spread soft() {
            hard = false;
            return this;
        }

        Spread minDomains(int value) {
            minDomains = value;
            return this;
        }

        Spread affinityPolicy(String value) {
            affinityPolicy = value;
            return this;
        }

        Spread taintsPolicy(String value) {
            taintsPolicy = value;
            return this;
        }

        Spread matchLabelKeys(String... keys) {
            labelKeys = List.of(keys);
            return this;
        }

        TopologySpreadConstraint build() {
            return new TopologySpreadConstraint(
                    maxSkew,
                    key,
                    hard ? "DoNotSchedule" : "ScheduleAnyway",
                    selector,
                    minDomains,
                    affinityPolicy,
                    taintsPolicy,
                    labelKeys);
        }
    }

    /** About the pods of the same namespace with this label. */
    static PodAffinityTerm term(String key, String label, String value) {
        return new PodAffinityTerm(key, selecting(label, value), List.of(), null, List.of(), List.of());
    }

    static PodAffinityTerm term(String key, String label, String value, String... namespaces) {
        return new PodAffinityTerm(key, selecting(label, value), List.of(namespaces), null, List.of(), List.of());
    }
}
