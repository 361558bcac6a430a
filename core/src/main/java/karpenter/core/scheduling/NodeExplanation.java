package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * Why a planned node is what it is: what fills it, what became of the pool's other types, what would have been cheaper and why
 * it doesn't do, and what comes next.
 *
 * @param types how many the pool's provider sells
 * @param excluded of these, how many the requirements of pool and pods exclude
 * @param unavailable of the rest, how many have no available offering that meets the requirements
 * @param small of the rest, how many have too little for the pods and DaemonSets
 * @param listed how many the claim lists
 * @param fullest the resource of which least is left on the cheapest type, as a share of what it has
 * @param cheaper the cheapest type that only its size rules out; null when there is none
 * @param next the next type that the claim lists; null when it lists one
 */
public record NodeExplanation(
        int types,
        int excluded,
        int unavailable,
        int small,
        int listed,
        Fullest fullest,
        @Nullable Cheaper cheaper,
        @Nullable Alternative next) {

    /** @param share of what the cheapest type leaves to pods, 1 when all is used */
    public record Fullest(String resource, double share) {}

    /** A type at its cheapest offering that is available and meets the requirements. */
    public record Alternative(String type, String zone, String capacityType, double pricePerHourUsd) {}

    /** @param resource the first by name that it has too little of */
    public record Cheaper(Alternative alternative, String resource, long needed, long available) {}

    /** Explains one node of an answer, given what its pool could buy. */
    public static NodeExplanation of(NodePlan plan, PoolCatalog catalog, Set<String> wellKnown) {
        Requirements requirements = requirements(plan);
        int excluded = 0;
        int unavailable = 0;
        List<Sized> small = new ArrayList<>();
        for (InstanceType type : catalog.types()) {
            if (type.requirements().intersects(requirements) != null) {
                excluded++;
                continue;
            }
            List<Offering> offered = type.offerings().stream()
                    .filter(offering -> OfferingTable.sells(offering, requirements, wellKnown))
                    .toList();
            if (offered.isEmpty()) {
                unavailable++;
            } else if (offered.stream().noneMatch(offering -> fits(plan, type, offering))) {
                small.add(new Sized(type, cheapest(offered)));
            }
        }
        return new NodeExplanation(
                catalog.types().size(),
                excluded,
                unavailable,
                small.size(),
                plan.instanceTypes().size(),
                fullest(plan),
                cheaper(plan, small),
                next(plan, requirements, wellKnown));
    }

    private record Sized(InstanceType type, Offering offering) {}

    private static boolean fits(NodePlan plan, InstanceType type, Offering offering) {
        return plan.requests().fitsIn(type.allocatable(offering));
    }

    private static Offering cheapest(List<Offering> offerings) {
        return offerings.stream()
                .min(Comparator.comparingDouble(Offering::pricePerHourUsd)
                        .thenComparing(Offering::zone)
                        .thenComparing(Offering::capacityType))
                .orElseThrow();
    }

    /** What is asked of labels, without the list of types and capacity types that the plan itself made of it. */
    private static Requirements requirements(NodePlan plan) {
        Requirements asked = plan.requirements().without(Labels.INSTANCE_TYPE);
        List<NodeSelectorRequirement> ownTypes = plan.pool().spec().template().spec().requirements().stream()
                .filter(requirement -> Labels.NORMALIZED
                        .getOrDefault(requirement.key(), requirement.key())
                        .equals(Labels.INSTANCE_TYPE))
                .toList();
        return asked.and(Requirements.of(ownTypes, Labels.NORMALIZED));
    }

    private static Fullest fullest(NodePlan plan) {
        ResourceVector room = plan.instanceTypes().getFirst().allocatable(plan.cheapest());
        Fullest fullest = new Fullest(ResourceVector.PODS, 0);
        for (String resource : new TreeSet<>(plan.requests().names())) {
            long used = plan.requests().get(resource);
            double share = room.get(resource) == 0 ? 0 : (double) used / room.get(resource);
            if (share > fullest.share) {
                fullest = new Fullest(resource, share);
            }
        }
        return fullest;
    }

    private static @Nullable Cheaper cheaper(NodePlan plan, List<Sized> small) {
        return small.stream()
                .filter(each -> each.offering.pricePerHourUsd() < plan.pricePerHourUsd())
                .min(Comparator.comparingDouble((Sized each) -> -each.offering.pricePerHourUsd())
                        .thenComparing(each -> each.type.name()))
                .map(each -> lacking(plan, each))
                .orElse(null);
    }

    private static Cheaper lacking(NodePlan plan, Sized sized) {
        ResourceVector room = sized.type.allocatable(sized.offering);
        for (String resource : new TreeSet<>(plan.requests().names())) {
            long needed = plan.requests().get(resource);
            if (needed > 0 && needed > room.get(resource)) {
                return new Cheaper(alternative(sized.type, sized.offering), resource, needed, room.get(resource));
            }
        }
        throw new IllegalStateException(sized.type.name() + " is large enough");
    }

    private static @Nullable Alternative next(NodePlan plan, Requirements requirements, Set<String> wellKnown) {
        if (plan.instanceTypes().size() < 2) {
            return null;
        }
        InstanceType type = plan.instanceTypes().get(1);
        List<Offering> offered = type.offerings().stream()
                .filter(offering ->
                        OfferingTable.sells(offering, requirements, wellKnown) && fits(plan, type, offering))
                .toList();
        return offered.isEmpty() ? null : alternative(type, cheapest(offered));
    }

    private static Alternative alternative(InstanceType type, Offering offering) {
        return new Alternative(type.name(), offering.zone(), offering.capacityType(), offering.pricePerHourUsd());
    }

    /** One line for a person. */
    public String text() {
        StringBuilder text = new StringBuilder(
                String.format(Locale.ROOT, "%s fills it to %.0f%%", fullest.resource, 100 * fullest.share));
        text.append("; ").append(listed).append(" of ").append(types).append(" types will do");
        if (excluded + unavailable + small > 0) {
            List<String> others = new ArrayList<>();
            add(others, excluded, "excluded by requirements");
            add(others, unavailable, "without an available offering");
            add(others, small, "too small");
            text.append(" (").append(String.join(", ", others)).append(')');
        }
        if (cheaper != null) {
            text.append(String.format(
                    Locale.ROOT,
                    "; cheaper %s at $%.4f lacks %s: %s needed, %s there",
                    cheaper.alternative.type,
                    cheaper.alternative.pricePerHourUsd,
                    cheaper.resource,
                    ResourceVector.quantityOf(cheaper.resource, cheaper.needed).text(),
                    ResourceVector.quantityOf(cheaper.resource, Math.max(0, cheaper.available))
                            .text()));
        }
        if (next != null) {
            text.append(String.format(Locale.ROOT, "; next best %s at $%.4f", next.type, next.pricePerHourUsd));
        }
        return text.toString();
    }

    private static void add(List<String> parts, int count, String what) {
        if (count > 0) {
            parts.add(count + " " + what);
        }
    }
}
