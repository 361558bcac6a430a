package karpenter.core.overlay;

import java.util.Comparator;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/** A valid overlay, read. */
record OverlayRule(
        String name,
        int weight,
        Requirements requirements,
        @Nullable PriceRule price,
        ResourceVector capacity) {

    /** The heaviest first, then by name descending: the first that says something about a price or a resource counts. */
    static final Comparator<OverlayRule> ORDER = Comparator.comparingInt(OverlayRule::weight)
            .thenComparing(OverlayRule::name)
            .reversed();

    static OverlayRule of(NodeOverlay overlay) {
        NodeOverlay.Spec spec = overlay.spec();
        return new OverlayRule(
                overlay.name(),
                spec.weightOrZero(),
                Requirements.of(spec.requirements(), Labels.NORMALIZED),
                PriceRule.of(spec),
                ResourceVector.of(spec.capacity()));
    }

    /** @param pool what all nodes of the pool have in common: its name and template labels */
    boolean matches(Requirements pool, InstanceType type, Set<String> wellKnown) {
        return pool.and(type.requirements()).compatible(requirements, wellKnown) == null;
    }

    boolean matches(Offering offering) {
        for (Requirement own : offering.requirements().all()) {
            Requirement asked = requirements.find(own.key());
            if (asked != null && !asked.intersects(own)) {
                return false;
            }
        }
        return true;
    }
}
