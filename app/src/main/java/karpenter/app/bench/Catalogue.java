package karpenter.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * About 600 instance types as a large cloud sells them: three families (c, m and r with 2, 4 and 8 GiB a core), several
 * generations and makes of each, sizes from one core to 192, prices that grow with size.
 *
 * <p>Shapes and prices come from files where the user has some; else from a model of the same form.
 */
final class Catalogue {
    static final List<String> ZONES = List.of("zone-1", "zone-2", "zone-3");

    /** What the kubelet and the system keep for themselves. */
    static final ResourceVector OVERHEAD = ResourceVector.of(100, 10L << 20);

    private static final Pattern NAME =
            Pattern.compile("([cmr])([3-9])([a-z-]*)\\.(medium|large|(\\d*)xlarge|metal-(\\d+)xl)");
    private static final List<String> MAKES =
            List.of("3", "4", "5", "5a", "5d", "5n", "6a", "6i", "6id", "6in", "7a", "7i", "8i");
    private static final List<String> SIZES = List.of(
            "medium",
            "large",
            "xlarge",
            "2xlarge",
            "4xlarge",
            "8xlarge",
            "12xlarge",
            "16xlarge",
            "24xlarge",
            "32xlarge",
            "48xlarge");

    /** Of a core and of a GiB, in dollars an hour; about what large clouds ask. */
    private static final double CORE = 0.0335;

    private static final double GIB = 0.0037;

    private final Map<String, Shape> shapes;
    private final Map<String, Double> prices;

    private record Shape(int cores, long memoryMib, int pods) {}

    private Catalogue(Map<String, Shape> shapes, Map<String, Double> prices) {
        this.shapes = shapes;
        this.prices = prices;
    }

    /**
     * Reads what there is.
     *
     * @param shapeFile lines of {@code instance_type,cores,memory_mib,pods}; null for none
     * @param priceFile lines of {@code instance_type,usd_per_hour}; null for none
     * @throws IllegalArgumentException one line that names the file and what is wrong with it
     */
    static Catalogue read(@Nullable Path shapeFile, @Nullable Path priceFile) {
        Map<String, Double> prices = new TreeMap<>();
        if (priceFile != null) {
            for (String[] cells : cells(priceFile, 2)) {
                prices.put(cells[0], Double.valueOf(cells[1]));
            }
        }
        Map<String, Shape> shapes = new TreeMap<>();
        if (shapeFile != null) {
            for (String[] cells : cells(shapeFile, 4)) {
                shapes.put(
                        cells[0],
                        new Shape(Integer.parseInt(cells[1]), Long.parseLong(cells[2]), Integer.parseInt(cells[3])));
            }
        } else if (priceFile != null) {
            prices.keySet().stream().filter(name -> !name.matches("..g.*")).forEach(name -> guess(name, shapes));
        } else {
            for (String family : List.of("c", "m", "r")) {
                MAKES.forEach(make -> SIZES.forEach(size -> guess(family + make + "." + size, shapes)));
            }
        }
        shapes.keySet()
                .removeIf(name -> !NAME.matcher(name).matches() || (priceFile != null && !prices.containsKey(name)));
        if (priceFile == null) {
            shapes.forEach((name, shape) -> prices.put(name, price(name, shape)));
        }
        if (shapes.isEmpty()) {
            throw new IllegalArgumentException(
                    priceFile + ": no price of a c, m or r type such as m5.large; give instance_type,usd_per_hour");
        }
        return new Catalogue(shapes, prices);
    }

    private static List<String[]> cells(Path file, int columns) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": can't be read; name a file with " + columns + " columns", e);
        }
        List<String[]> rows = new ArrayList<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String[] row = line.split(",", -1);
            if (row.length != columns || !row[1].matches("[0-9.]+")) {
                throw new IllegalArgumentException(
                        file + ": \"" + line + "\" is not a line of " + columns + " columns");
            }
            rows.add(row);
        }
        return rows;
    }

    private static void guess(String name, Map<String, Shape> shapes) {
        Matcher matcher = NAME.matcher(name);
        if (matcher.matches()) {
            int cores = cores(matcher);
            long perCore = matcher.group(1).equals("c") ? 2 : matcher.group(1).equals("m") ? 4 : 8;
            shapes.put(name, new Shape(cores, cores * perCore * 1024, pods(cores)));
        }
    }

    private static int cores(Matcher name) {
        String size = name.group(4);
        if (size.equals("medium") || size.equals("large")) {
            return size.equals("medium") ? 1 : 2;
        }
        String times = name.group(5) != null ? name.group(5) : name.group(6);
        return times.isEmpty() ? 4 : 4 * Integer.parseInt(times);
    }

    private static int pods(int cores) {
        return cores == 1 ? 8 : cores == 2 ? 29 : cores <= 8 ? 58 : cores < 64 ? 234 : 737;
    }

    private static double price(String name, Shape shape) {
        Matcher matcher = NAME.matcher(name);
        double base = CORE * shape.cores + GIB * shape.memoryMib / 1024;
        if (!matcher.matches()) {
            return base;
        }
        // Newer is a little dearer; AMD's are cheaper; disks and faster networks cost extra.
        int generation = Integer.parseInt(matcher.group(2));
        String make = matcher.group(3);
        double factor = 0.96 + 0.01 * generation;
        factor *= make.contains("a") ? 0.9 : 1;
        factor *= make.contains("d") ? 1.18 : 1;
        factor *= make.contains("n") ? 1.24 : 1;
        return base * factor;
    }

    /** The types, on demand in one zone. */
    List<InstanceType> oneZone() {
        return types(List.of("zone-1"), false, name -> true);
    }

    /** The types, on demand in three zones at the same price. */
    List<InstanceType> threeZones() {
        return types(ZONES, false, name -> true);
    }

    /** The types, on demand and Spot in three zones; Spot costs 30 to 40 %, differently in each zone. */
    List<InstanceType> withSpot() {
        return types(ZONES, true, name -> true);
    }

    /** The sizes medium and large only. */
    List<InstanceType> small() {
        return types(List.of("zone-1"), false, name -> name.endsWith(".medium") || name.endsWith(".large"));
    }

    private List<InstanceType> types(List<String> zones, boolean spot, java.util.function.Predicate<String> wanted) {
        List<InstanceType> types = new ArrayList<>();
        shapes.forEach((name, shape) -> {
            if (wanted.test(name)) {
                types.add(type(name, shape, prices.getOrDefault(name, 0.0), zones, spot));
            }
        });
        return types;
    }

    private static InstanceType type(String name, Shape shape, double price, List<String> zones, boolean spot) {
        List<Offering> offerings = new ArrayList<>();
        for (String zone : zones) {
            offerings.add(offering(zone, Labels.CAPACITY_TYPE_ON_DEMAND, price));
            if (spot) {
                double share = 0.3 + 0.1 * (Math.floorMod((name + zone).hashCode(), 1000) / 1000.0);
                offerings.add(offering(zone, Labels.CAPACITY_TYPE_SPOT, price * share));
            }
        }
        ResourceVector capacity =
                ResourceVector.of(1000L * shape.cores, shape.memoryMib << 20).with(ResourceVector.PODS, shape.pods);
        return instanceType(name, offerings, capacity);
    }

    static Offering offering(String zone, String capacityType, double price) {
        Requirements requirements =
                Requirements.of(Requirement.in(Labels.ZONE, zone), Requirement.in(Labels.CAPACITY_TYPE, capacityType));
        return new Offering(requirements, zone, capacityType, price, true, 0, null, null);
    }

    static InstanceType instanceType(String name, List<Offering> offerings, ResourceVector capacity) {
        Map<String, Boolean> zones = new TreeMap<>();
        Map<String, Boolean> capacityTypes = new HashMap<>();
        offerings.forEach(offering -> {
            zones.put(offering.zone(), true);
            capacityTypes.put(offering.capacityType(), true);
        });
        Requirements requirements = Requirements.of(
                Requirement.in(Labels.INSTANCE_TYPE, name),
                Requirement.in(Labels.ARCH, "amd64"),
                Requirement.in(Labels.OS, "linux"),
                Requirement.in(Labels.ZONE, zones.keySet()),
                Requirement.in(Labels.CAPACITY_TYPE, capacityTypes.keySet()));
        return new InstanceType(name, requirements, offerings, capacity, OVERHEAD);
    }
}
