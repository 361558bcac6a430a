package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.api.Quantity;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/** Instance types for tests. */
final class Types {
    static final List<String> ZONES = List.of("zone-1", "zone-2", "zone-3");
    static final String FAMILY = "example.com/family";
    static final String RESERVATION = "example.com/reservation-id";
    static final Set<String> WELL_KNOWN = wellKnown();
    static final long GIB = 1L << 30;
    static final long MIB = 1L << 20;

    private Types() {}

    private static Set<String> wellKnown() {
        Set<String> all = new TreeSet<>(Labels.WELL_KNOWN);
        all.add(FAMILY);
        all.add(RESERVATION);
        return Set.copyOf(all);
    }

    static Builder type(String name) {
        return new Builder(name);
    }

    /** Collects what a type has; the price is on demand, Spot 30 % less. */
    static final class Builder {
        private final String name;
        private ResourceVector capacity = resources(4, 16, 110);
        private ResourceVector overhead = ResourceVector.of(100, 10 * MIB);
        private double price = 0.1;
        private List<String> zones = ZONES;
        private List<String> capacityTypes = List.of(Labels.CAPACITY_TYPE_SPOT, Labels.CAPACITY_TYPE_ON_DEMAND);
        private String arch = "amd64";
        private List<String> systems = List.of("linux");
        private final List<Requirement> more = new ArrayList<>();
        private final List<Offering> extra = new ArrayList<>();
        private Set<String> unavailable = Set.of();

        private Builder(String name) {
            this.name = name;
            int dot = name.indexOf('.');
            more.add(Requirement.in(FAMILY, dot < 0 ? name : name.substring(0, dot)));
        }

        Builder size(int cores, int gib, int pods) {
            capacity = resources(cores, gib, pods);
            return this;
        }

        Builder with(String resource, long amount) {
            capacity = capacity.with(resource, amount);
            return this;
        }

        Builder overhead(ResourceVector value) {
            overhead = value;
            return this;
        }

        Builder price(double value) {
            price = value;
            return this;
        }

        Builder zones(String... value) {
            zones = List.of(value);
            return this;
        }

        Builder onDemandOnly() {
            capacityTypes = List.of(Labels.CAPACITY_TYPE_ON_DEMAND);
            return this;
        }

        Builder arch(String value) {
            arch = value;
            return this;
        }

        Builder systems(String... value) {
            systems = List.of(value);
            return this;
        }

        Builder label(String key, String... values) {
            more.add(Requirement.in(key, values));
            return this;
        }

        /** @param offerings as {@code zone/capacity-type} */
        Builder unavailable(String... offerings) {
            unavailable = Set.of(offerings);
            return this;
        }

        Builder offering(
                String zone,
                String capacityType,
                double offeringPrice,
                @Nullable ResourceVector capacityOverride,
                @Nullable ResourceVector overheadOverride) {
            extra.add(new Offering(
                    offeringRequirements(zone, capacityType),
                    zone,
                    capacityType,
                    offeringPrice,
                    true,
                    0,
                    capacityOverride,
                    overheadOverride));
            return this;
        }

        /** Capacity paid for already, in a reservation with so many machines left. */
        Builder reserved(String zone, String reservation, int left) {
            extra.add(new Offering(
                    offeringRequirements(zone, Labels.CAPACITY_TYPE_RESERVED)
                            .with(Requirement.in(RESERVATION, reservation)),
                    zone,
                    Labels.CAPACITY_TYPE_RESERVED,
                    0,
                    true,
                    left,
                    null,
                    null));
            return this;
        }

        InstanceType build() {
            List<Offering> offerings = new ArrayList<>(extra);
            TreeSet<String> allZones = new TreeSet<>();
            TreeSet<String> allTypes = new TreeSet<>();
            for (String zone : zones) {
                for (String capacityType : capacityTypes) {
                    boolean spot = capacityType.equals(Labels.CAPACITY_TYPE_SPOT);
                    offerings.add(new Offering(
                            offeringRequirements(zone, capacityType),
                            zone,
                            capacityType,
                            spot ? price * 0.7 : price,
                            !unavailable.contains(zone + "/" + capacityType),
                            0,
                            null,
                            null));
                }
            }
            offerings.forEach(offering -> {
                allZones.add(offering.zone());
                allTypes.add(offering.capacityType());
            });
            List<Requirement> requirements = new ArrayList<>(more);
            requirements.add(Requirement.in(Labels.INSTANCE_TYPE, name));
            requirements.add(Requirement.in(Labels.ARCH, arch));
            requirements.add(Requirement.in(Labels.OS, systems));
            requirements.add(Requirement.in(Labels.ZONE, allZones));
            requirements.add(Requirement.in(Labels.CAPACITY_TYPE, allTypes));
            return new InstanceType(name, Requirements.of(requirements), offerings, capacity, overhead);
        }
    }

    private static Requirements offeringRequirements(String zone, String capacityType) {
        return Requirements.of(Requirement.in(Labels.ZONE, zone), Requirement.in(Labels.CAPACITY_TYPE, capacityType));
    }

    static ResourceVector resources(int cores, int gib, int pods) {
        return ResourceVector.of(Map.of(
                "cpu",
                Quantity.of(cores),
                "memory",
                Quantity.ofBytes(gib * GIB),
                "pods",
                Quantity.of(pods),
                "ephemeral-storage",
                Quantity.ofBytes(20 * GIB)));
    }

    /** The KWOK provider's built-in types: three families, twelve sizes, two architectures, two systems, prices linear. */
    static List<InstanceType> kwok() {
        List<InstanceType> types = new ArrayList<>();
        for (int cores : new int[] {1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256}) {
            for (int gibPerCore : new int[] {2, 4, 8}) {
                for (String os : List.of("linux", "windows")) {
                    for (String arch : List.of("amd64", "arm64")) {
                        String family = gibPerCore == 2 ? "c" : gibPerCore == 4 ? "s" : "m";
                        types.add(type(family + "-" + cores + "x-" + arch + "-" + os)
                                .size(cores, cores * gibPerCore, Math.min(cores * 16, 1024))
                                .price(0.025 * cores + 0.001 * ((long) cores * gibPerCore * GIB / 1e9))
                                .zones("test-zone-a", "test-zone-b", "test-zone-c", "test-zone-d")
                                .arch(arch)
                                .systems(os)
                                .build());
                    }
                }
            }
        }
        return types;
    }

    /** Upstream's benchmark types: type i has i+1 cores, twice as many GiB, ten times as many pods. */
    static List<InstanceType> ladder(int count) {
        List<InstanceType> types = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            types.add(type("fake-it-" + i)
                    .size(i + 1, 2 * (i + 1), 10 * (i + 1))
                    .price(0.1 * (i + 1) + 0.1 * (2L * (i + 1) * GIB / 1e9))
                    .build());
        }
        return types;
    }
}
