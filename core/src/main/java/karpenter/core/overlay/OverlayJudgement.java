package karpenter.core.overlay;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirements;
import karpenter.core.validation.LabelRules;
import karpenter.core.validation.NodeOverlayRules;
import org.jspecify.annotations.Nullable;

/**
 * Which overlays are in force, and what they do together.
 *
 * <p><b>Method.</b> Heaviest first, then by name descending. An overlay is taken whole or not at all: when, for any type of any
 * pool, one of equal weight has set the price of the same offering or the amount of the same resource before, it is in conflict.
 * Of different weights the heavier counts, without conflict.
 *
 * @param verdicts by the overlay's name
 */
public record OverlayJudgement(Map<String, OverlayVerdict> verdicts, Overlays overlays) {
    public OverlayJudgement {
        verdicts = Map.copyOf(verdicts);
    }

    /** What a pool can buy, as its provider says. */
    public record Sold(NodePool pool, List<InstanceType> types) {
        public Sold {
            types = List.copyOf(types);
        }
    }

    /** @param sold every pool whose types are known; the others don't get overlays before the next judgement */
    public static OverlayJudgement of(Collection<NodeOverlay> overlays, Collection<Sold> sold, LabelRules rules) {
        Map<String, OverlayVerdict> verdicts = new TreeMap<>();
        List<OverlayRule> readable = new ArrayList<>();
        for (NodeOverlay overlay : overlays) {
            List<String> errors = NodeOverlayRules.errors(overlay, rules);
            if (errors.isEmpty()) {
                readable.add(OverlayRule.of(overlay));
            } else {
                verdicts.put(overlay.name(), new OverlayVerdict.Invalid(String.join("; ", errors)));
            }
        }
        readable.sort(OverlayRule.ORDER);
        Claimed claimed = new Claimed(sold, rules.wellKnown());
        List<OverlayRule> inForce = new ArrayList<>();
        for (OverlayRule rule : readable) {
            String conflict = claimed.claim(rule);
            if (conflict == null) {
                inForce.add(rule);
                verdicts.put(rule.name(), new OverlayVerdict.InForce());
            } else {
                verdicts.put(rule.name(), new OverlayVerdict.Conflict(conflict));
            }
        }
        Set<String> pools = new HashSet<>();
        sold.forEach(each -> pools.add(each.pool().name()));
        return new OverlayJudgement(verdicts, new Overlays(inForce, pools, rules.wellKnown()));
    }

    /** Who has set what so far, the lightest of them. */
    private static final class Claimed {
        private final Collection<Sold> sold;
        private final Set<String> wellKnown;
        private final Map<Thing, OverlayRule> setBy = new HashMap<>();

        /** A price (of an offering) or a resource (of a type). */
        private record Thing(
                String pool, String type, @Nullable Requirements offering, String resource) {}

        Claimed(Collection<Sold> sold, Set<String> wellKnown) {
            this.sold = sold;
            this.wellKnown = wellKnown;
        }

        /** Takes all that the overlay sets, or nothing and says with whom it is in conflict over what. */
        @Nullable
        String claim(OverlayRule rule) {
            List<Thing> things = new ArrayList<>();
            for (Sold each : sold) {
                Requirements pool = Overlays.common(each.pool());
                for (InstanceType type : each.types()) {
                    if (rule.matches(pool, type, wellKnown)) {
                        things.addAll(things(rule, each.pool().name(), type));
                    }
                }
            }
            for (Thing thing : things) {
                OverlayRule before = setBy.get(thing);
                if (before != null && before.weight() == rule.weight()) {
                    return "overlay " + before.name() + " of the same weight " + rule.weight() + " sets the "
                            + (thing.offering == null ? "capacity of " + thing.resource : "price") + " of "
                            + thing.type + " in pool " + thing.pool + " too; give one of them another weight";
                }
            }
            // Rules come heaviest first, so the last to set a thing is the only one that can be as heavy as the next.
            things.forEach(thing -> setBy.put(thing, rule));
            return null;
        }

        private static List<Thing> things(OverlayRule rule, String pool, InstanceType type) {
            List<Thing> things = new ArrayList<>();
            boolean any = false;
            for (Offering offering : type.offerings()) {
                if (rule.matches(offering)) {
                    any = true;
                    if (rule.price() != null) {
                        things.add(new Thing(pool, type.name(), offering.requirements(), ""));
                    }
                }
            }
            if (any) {
                for (String resource : rule.capacity().names()) {
                    things.add(new Thing(pool, type.name(), null, resource));
                }
            }
            return things;
        }
    }
}
