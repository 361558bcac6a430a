package karpenter.core.overlay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * The overlays in force.
 *
 * <p><b>Method.</b> Types and offerings that no overlay is about are passed on as they are. Of several overlays about one price
 * or one resource the heaviest counts, resource by resource. A capacity overlay applies to a type as soon as it matches one of
 * its offerings.
 */
public final class Overlays {
    /** Heaviest first. */
    private final List<OverlayRule> rules;

    private final Set<String> judgedPools;
    private final Set<String> wellKnown;

    Overlays(List<OverlayRule> rules, Set<String> judgedPools, Set<String> wellKnown) {
        this.rules = List.copyOf(rules);
        this.judgedPools = Set.copyOf(judgedPools);
        this.wellKnown = Set.copyOf(wellKnown);
    }

    /** Equal overlays in force for the same pools. */
    @Override
    public boolean equals(@Nullable Object object) {
        return object instanceof Overlays other
                && rules.equals(other.rules)
                && judgedPools.equals(other.judgedPools)
                && wellKnown.equals(other.wellKnown);
    }

    @Override
    public int hashCode() {
        return Objects.hash(rules, judgedPools, wellKnown);
    }

    /** Whether the overlays were judged for this pool; before, its prices and resources aren't known. */
    public boolean covers(NodePool pool) {
        return judgedPools.contains(pool.name());
    }

    /** The types as the overlays change them; the list itself when none does. */
    public List<InstanceType> apply(NodePool pool, List<InstanceType> types) {
        if (rules.isEmpty()) {
            return types;
        }
        Requirements common = common(pool);
        List<InstanceType> result = new ArrayList<>(types.size());
        boolean changed = false;
        for (InstanceType type : types) {
            InstanceType overlaid = apply(common, type);
            changed |= overlaid.priceOverlaid() || overlaid.capacityOverlaid();
            result.add(overlaid);
        }
        return changed ? List.copyOf(result) : types;
    }

    private InstanceType apply(Requirements common, InstanceType type) {
        List<OverlayRule> matching = rules.stream()
                .filter(rule -> rule.matches(common, type, wellKnown))
                .toList();
        if (matching.isEmpty()) {
            return type;
        }
        Map<String, Long> added = new HashMap<>();
        List<Offering> offerings = new ArrayList<>();
        boolean changed = false;
        for (Offering offering : type.offerings()) {
            PriceRule price = null;
            for (OverlayRule rule : matching) {
                if (rule.matches(offering)) {
                    price = price == null ? rule.price() : price;
                }
            }
            changed |= price != null;
            offerings.add(price == null ? offering : offering.overlaid(price.apply(offering.pricePerHourUsd())));
        }
        for (OverlayRule rule : matching) {
            if (type.offerings().stream().anyMatch(rule::matches)) {
                rule.capacity()
                        .names()
                        .forEach(name -> added.putIfAbsent(name, rule.capacity().get(name)));
            }
        }
        return changed || !added.isEmpty()
                ? type.overlaid(changed ? offerings : type.offerings(), vector(added))
                : type;
    }

    private static ResourceVector vector(Map<String, Long> amounts) {
        ResourceVector.Builder vector = ResourceVector.builder();
        amounts.forEach(vector::set);
        return vector.build();
    }

    /** What all nodes of a pool have in common as far as overlays may ask for it. */
    static Requirements common(NodePool pool) {
        Map<String, String> labels =
                new HashMap<>(pool.spec().template().metadata().labelsOrEmpty());
        labels.put(Labels.NODE_POOL, pool.name());
        return Requirements.ofLabels(labels, Labels.NORMALIZED);
    }
}
