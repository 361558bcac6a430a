package karpenter.provider.kwok;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.api.Quantity;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;

/**
 * What can be launched: the built-in types, and how a type is made of a description.
 *
 * <p>The built-in set is upstream's: {1, 2, 4, …, 256} cores × {2, 4, 8} GiB per core × {linux, windows} × {amd64, arm64}, each
 * in four zones as Spot and on demand. Prices are synthetic: 0.025 per core and 0.001 per 10⁹ bytes and hour, Spot 30 % less.
 */
public final class KwokInstanceTypes {
    private static final int[] CORES = {1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256};
    private static final int[] GIB_PER_CORE = {2, 4, 8};
    private static final List<String> OPERATING_SYSTEMS = List.of("linux", "windows");
    private static final List<String> ARCHITECTURES = List.of("amd64", "arm64");
    private static final List<String> ZONES = List.of("test-zone-a", "test-zone-b", "test-zone-c", "test-zone-d");

    private static final long GIB = 1L << 30;
    private static final int PODS_PER_CORE = 16;
    private static final int MOST_PODS = 1024;
    private static final double USD_PER_CORE = 0.025;
    private static final double USD_PER_GIGABYTE = 0.001;
    private static final double SPOT_SHARE = 0.7;

    /** Kept by the simulated kubelet on every type: 100m cpu, 10Mi memory. */
    private static final ResourceVector OVERHEAD = ResourceVector.of(100, 10L << 20);

    private KwokInstanceTypes() {}

    /** Returns the 144 built-in types, by name ascending. */
    public static List<InstanceType> defaults() {
        List<InstanceType> types = new ArrayList<>();
        for (int cores : CORES) {
            for (int gibPerCore : GIB_PER_CORE) {
                for (String os : OPERATING_SYSTEMS) {
                    for (String arch : ARCHITECTURES) {
                        types.add(builtIn(cores, gibPerCore, os, arch));
                    }
                }
            }
        }
        types.sort(Comparator.comparing(InstanceType::name));
        return List.copyOf(types);
    }

    /** Label keys whose values are known for every machine of these types, beyond the core's own. */
    public static Set<String> wellKnownLabels(Collection<InstanceType> types) {
        Set<String> keys = new TreeSet<>(KwokLabels.INSTANCE_KEYS);
        for (InstanceType type : types) {
            for (Offering offering : type.offerings()) {
                keys.addAll(offering.requirements().keys());
            }
        }
        return keys;
    }

    /** The label keys that reserved offerings have and no other. */
    public static Set<String> reservationLabels(Collection<InstanceType> types) {
        Set<String> reserved = new TreeSet<>();
        Set<String> others = new TreeSet<>();
        for (InstanceType type : types) {
            for (Offering offering : type.offerings()) {
                boolean fromReservation = offering.capacityType().equals(Labels.CAPACITY_TYPE_RESERVED);
                (fromReservation ? reserved : others)
                        .addAll(offering.requirements().keys());
            }
        }
        reserved.removeAll(others);
        return reserved;
    }

    private static InstanceType builtIn(int cores, int gibPerCore, String os, String arch) {
        String family = switch (gibPerCore) {
            case 2 -> "c";
            case 4 -> "s";
            default -> "m";
        };
        long memoryBytes = GIB * cores * gibPerCore;
        double onDemand = USD_PER_CORE * cores + USD_PER_GIGABYTE * (memoryBytes / 1e9);
        List<Offering> offerings = new ArrayList<>();
        for (String zone : ZONES) {
            offerings.add(offering(zone, Labels.CAPACITY_TYPE_SPOT, onDemand * SPOT_SHARE));
            offerings.add(offering(zone, Labels.CAPACITY_TYPE_ON_DEMAND, onDemand));
        }
        Map<String, Quantity> resources = Map.of(
                ResourceVector.CPU,
                Quantity.of(cores),
                ResourceVector.MEMORY,
                Quantity.ofBytes(memoryBytes),
                ResourceVector.PODS,
                Quantity.of(Math.min(cores * PODS_PER_CORE, MOST_PODS)),
                ResourceVector.EPHEMERAL_STORAGE,
                Quantity.parse("20Gi"));
        return of(family + "-" + cores + "x-" + arch + "-" + os, arch, List.of(os), resources, offerings);
    }

    private static Offering offering(String zone, String capacityType, double price) {
        Requirements requirements =
                Requirements.of(Requirement.in(Labels.ZONE, zone), Requirement.in(Labels.CAPACITY_TYPE, capacityType));
        return new Offering(requirements, zone, capacityType, price, true, 0, null, null);
    }

    /**
     * Makes a type of its description; the labels of size, family, cpu and memory follow from name and resources.
     *
     * @param resources with cpu and memory at least
     * @param offerings one or more, each with zone and capacity type
     */
    static InstanceType of(
            String name,
            String architecture,
            Collection<String> operatingSystems,
            Map<String, Quantity> resources,
            List<Offering> offerings) {
        ResourceVector capacity = ResourceVector.of(resources);
        String cpu = Quantity.ofMilli(capacity.milliCpu()).text();
        List<Requirement> requirements = new ArrayList<>(List.of(
                Requirement.in(Labels.INSTANCE_TYPE, name),
                Requirement.in(Labels.ARCH, architecture),
                Requirement.in(Labels.OS, operatingSystems),
                Requirement.in(KwokLabels.INSTANCE_SIZE, size(name, cpu)),
                Requirement.in(KwokLabels.INSTANCE_FAMILY, family(name)),
                Requirement.in(KwokLabels.INSTANCE_CPU, cpu),
                Requirement.in(
                        KwokLabels.INSTANCE_MEMORY,
                        memoryText(resources.getOrDefault(ResourceVector.MEMORY, Quantity.ZERO)))));
        requirements.addAll(commonKeys(offerings));
        return new InstanceType(name, Requirements.of(requirements), offerings, capacity, OVERHEAD);
    }

    /**
     * The keys that every offering has, with all their values. A key that only some have (a reservation's id) must stay out:
     * the type would promise it for the others too.
     */
    private static List<Requirement> commonKeys(List<Offering> offerings) {
        Map<String, TreeSet<String>> values = new TreeMap<>();
        for (Offering offering : offerings) {
            for (Requirement requirement : offering.requirements().all()) {
                if (!requirement.isComplement()) {
                    values.computeIfAbsent(requirement.key(), key -> new TreeSet<>())
                            .addAll(requirement.values());
                }
            }
        }
        values.keySet()
                .removeIf(key -> !offerings.stream()
                        .allMatch(offering -> offering.requirements().has(key)));
        List<Requirement> common = new ArrayList<>();
        values.forEach((key, all) -> common.add(Requirement.in(key, all)));
        return common;
    }

    /** {@code m7g.large} has the size {@code large}; other names say nothing, and the number of cores stands in. */
    private static String size(String name, String cpu) {
        String[] parts = name.split("\\.", -1);
        return parts.length == 2 ? parts[1] : cpu;
    }

    private static String family(String name) {
        for (int at = 0; at < name.length(); at++) {
            if (name.charAt(at) == '-' || name.charAt(at) == '.') {
                return name.substring(0, at);
            }
        }
        return name.substring(0, 1);
    }

    /** As Kubernetes writes it back: binary amounts in the largest binary unit, others as written. */
    private static String memoryText(Quantity memory) {
        return memory.text().endsWith("i") ? Quantity.ofBytes(memory.value()).text() : memory.text();
    }
}
