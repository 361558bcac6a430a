package karpenter.controllers.metrics;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import karpenter.api.Quantity;
import karpenter.core.resource.ResourceVector;

/** How resources show in metrics: snake-case names, cpu in cores, memory in bytes, everything else in units. */
final class ResourceSeries {
    static final String LABEL = "resource_type";

    private static final double MILLI_PER_CORE = 1000;
    private static final Set<String> USUAL =
            Set.of(ResourceVector.CPU, ResourceVector.MEMORY, ResourceVector.PODS, ResourceVector.EPHEMERAL_STORAGE);

    private ResourceSeries() {}

    /** The usual resources, also those that are 0, so that a series doesn't end when the last pod leaves, and all others. */
    static Set<String> names(ResourceVector amounts) {
        Set<String> names = new TreeSet<>(USUAL);
        names.addAll(amounts.names());
        return names;
    }

    static String label(String resource) {
        return resource.toLowerCase(Locale.ROOT).replace('-', '_');
    }

    static double amount(String resource, ResourceVector amounts) {
        return inUnits(resource, amounts.get(resource));
    }

    static double amount(String resource, Quantity quantity) {
        return inUnits(resource, ResourceVector.amountOf(resource, quantity));
    }

    private static double inUnits(String resource, long amount) {
        return resource.equals(ResourceVector.CPU) ? amount / MILLI_PER_CORE : (double) amount;
    }
}
