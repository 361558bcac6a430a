package karpenter.provider.kwok;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * One way to serve a claim: an instance type in one of its offerings.
 *
 * <p>The cheapest available offering wins. Upstream picks at random among equal prices; here the claim's identity does, so that
 * claims still spread over zones and a repeated launch comes to the same answer.
 */
record OfferingChoice(InstanceType type, Offering offering) {
    /** Type name, zone, capacity type, then whatever else tells two offerings apart. */
    private static final Comparator<OfferingChoice> ORDER = Comparator.comparing(
                    (OfferingChoice choice) -> choice.type.name())
            .thenComparing(choice -> choice.offering.zone())
            .thenComparing(choice -> choice.offering.capacityType())
            .thenComparing(choice -> choice.offering.requirements().toString());

    /**
     * Returns the cheapest way to launch a machine, or null when nothing available suits.
     *
     * @param wanted the claim's requirements; a key that neither type nor offering knows does not bind
     * @param requests what the machine must hold
     * @param tieBreak any number; decides among equal prices
     */
    static @Nullable OfferingChoice cheapest(
            List<InstanceType> types, Requirements wanted, ResourceVector requests, int tieBreak) {
        double best = Double.POSITIVE_INFINITY;
        List<OfferingChoice> cheapest = new ArrayList<>();
        for (InstanceType type : types) {
            if (type.requirements().intersects(wanted) != null) {
                continue;
            }
            for (Offering offering : type.offerings()) {
                OfferingChoice choice = new OfferingChoice(type, offering);
                if (offering.pricePerHourUsd() > best || !choice.suits(wanted, requests)) {
                    continue;
                }
                if (offering.pricePerHourUsd() < best) {
                    best = offering.pricePerHourUsd();
                    cheapest.clear();
                }
                cheapest.add(choice);
            }
        }
        if (cheapest.isEmpty()) {
            return null;
        }
        cheapest.sort(ORDER);
        return cheapest.get(Math.floorMod(tieBreak, cheapest.size()));
    }

    private boolean suits(Requirements wanted, ResourceVector requests) {
        return offering.available()
                && offering.requirements().intersects(wanted) == null
                && requests.fitsIn(allocatable());
    }

    /** What the machine has, the offering's override included. */
    ResourceVector capacity() {
        return overridden(type.capacity(), offering.capacityOverride());
    }

    /** What pods can use, the offering's overrides included. */
    ResourceVector allocatable() {
        if (offering.capacityOverride() == null && offering.overheadOverride() == null) {
            return type.allocatable();
        }
        ResourceVector overhead = overridden(type.overhead(), offering.overheadOverride());
        return new InstanceType(type.name(), type.requirements(), List.of(), capacity(), overhead).allocatable();
    }

    private static ResourceVector overridden(ResourceVector of, @Nullable ResourceVector by) {
        ResourceVector result = of;
        if (by != null) {
            for (String resource : by.names()) {
                result = result.with(resource, by.get(resource));
            }
        }
        return result;
    }

    /** The labels of the machine: all that the claim, the type and the offering together leave no choice about. */
    Map<String, String> labels(Requirements wanted) {
        Map<String, String> labels = new TreeMap<>(
                wanted.and(type.requirements()).and(offering.requirements()).labels());
        labels.putAll(type.requirements().labels());
        labels.putAll(offering.requirements().labels());
        return labels;
    }
}
