package karpenter.provider.kwok;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.Quantity;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads instance types from a JSON file in upstream's format: an array of objects with {@code name}, {@code architecture},
 * {@code operatingSystems}, {@code resources} and {@code offerings}; an offering has {@code Price}, {@code Available},
 * {@code ReservationCapacity} and {@code Requirements}. Key case does not matter; unknown keys are skipped.
 *
 * <p><b>Differs from upstream.</b> {@code Available: false} is respected where upstream makes every offering available (absent
 * means available in both); a file that can't be used is an answer that names every problem, not a line in the log and an
 * empty catalog.
 */
public final class InstanceTypeFile {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Quantity DEFAULT_PODS = Quantity.of(110);
    private static final Set<String> CAPACITY_TYPES =
            Set.of(Labels.CAPACITY_TYPE_SPOT, Labels.CAPACITY_TYPE_ON_DEMAND, Labels.CAPACITY_TYPE_RESERVED);
    private static final Set<String> OPERATORS = Set.of(
            Requirement.IN,
            Requirement.NOT_IN,
            Requirement.EXISTS,
            Requirement.DOES_NOT_EXIST,
            Requirement.GT,
            Requirement.LT,
            Requirement.GTE,
            Requirement.LTE);

    private final String file;
    private final List<String> problems = new ArrayList<>();

    private InstanceTypeFile(String file) {
        this.file = file;
    }

    /** What a file holds. */
    public sealed interface Result {
        /** @param types by name ascending, at least one */
        record Read(List<InstanceType> types) implements Result {
            public Read {
                types = List.copyOf(types);
            }
        }

        /** @param problems each with the file, the path of the item, its value and a cure */
        record Unusable(List<String> problems) implements Result {
            public Unusable {
                problems = List.copyOf(problems);
            }
        }
    }

    /** Reads a file; nothing of it is used when any part is wrong. */
    public static Result read(Path path) {
        String text;
        try {
            text = Files.readString(path, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return new Result.Unusable(List.of("Instance types file " + path
                    + " does not exist. Correct --instance-types-file-path (INSTANCE_TYPES_FILE_PATH), or leave it out"
                    + " to use the built-in types."));
        } catch (IOException e) {
            return new Result.Unusable(List.of("Instance types file " + path + " can't be read: " + e
                    + ". Make it a UTF-8 file that this process may read."));
        }
        return parse(path.toString(), text);
    }

    /**
     * Reads instance types from text.
     *
     * @param file what problems call the text's origin
     */
    public static Result parse(String file, String text) {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JacksonException e) {
            return new Result.Unusable(
                    List.of(file + ", line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ": not JSON: " + e.getOriginalMessage()
                            + ". Write a JSON array of instance types."));
        }
        return new InstanceTypeFile(file).types(root);
    }

    private Result types(JsonNode root) {
        if (!root.isArray() || root.isEmpty()) {
            problem("$", root, "write an array with at least one instance type");
            return new Result.Unusable(problems);
        }
        List<InstanceType> types = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < root.size(); i++) {
            InstanceType type = type("[" + i + "]", root.get(i));
            if (type == null) {
                continue;
            }
            if (!names.add(type.name())) {
                problem("[" + i + "].name", root.get(i).path("name"), "name each instance type once");
            }
            types.add(type);
        }
        if (!problems.isEmpty()) {
            return new Result.Unusable(problems);
        }
        types.sort(Comparator.comparing(InstanceType::name));
        return new Result.Read(types);
    }

    private @Nullable InstanceType type(String path, JsonNode item) {
        if (!item.isObject()) {
            problem(path, item, "write an object with name, architecture, operatingSystems, resources and offerings");
            return null;
        }
        int before = problems.size();
        String name = text(path, item, "name", "c-4x-amd64-linux");
        String architecture = text(path, item, "architecture", "amd64");
        List<String> operatingSystems = texts(path + ".operatingSystems", member(item, "operatingSystems"), "linux");
        Map<String, Quantity> resources = resources(path + ".resources", member(item, "resources"));
        List<Offering> offerings = offerings(path + ".offerings", member(item, "offerings"));
        if (problems.size() > before) {
            return null;
        }
        return KwokInstanceTypes.of(name, architecture, operatingSystems, resources, offerings);
    }

    private Map<String, Quantity> resources(String path, JsonNode node) {
        Map<String, Quantity> resources = quantities(path, node);
        resources.putIfAbsent(ResourceVector.PODS, DEFAULT_PODS);
        for (String needed : List.of(ResourceVector.CPU, ResourceVector.MEMORY)) {
            Quantity quantity = resources.get(needed);
            if (node.isObject() && !node.has(needed)) {
                problem(path + "." + needed, node.path(needed), "write a quantity above 0, for example 4 or 8Gi");
            } else if (quantity != null && quantity.amount().signum() == 0) {
                problem(path + "." + needed, node.path(needed), "write a quantity above 0, for example 4 or 8Gi");
            }
        }
        return resources;
    }

    private Map<String, Quantity> quantities(String path, JsonNode node) {
        Map<String, Quantity> quantities = new TreeMap<>();
        if (!node.isObject()) {
            problem(path, node, "write an object of quantities, for example {\"cpu\": \"4\", \"memory\": \"8Gi\"}");
            return quantities;
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            String at = path + "." + entry.getKey();
            JsonNode value = entry.getValue();
            if (!value.isString() && !value.isNumber()) {
                problem(at, value, "write a quantity, for example \"500m\", \"4\" or \"8Gi\"");
                continue;
            }
            try {
                Quantity quantity = Quantity.parse(value.asString());
                if (quantity.amount().signum() < 0) {
                    problem(at, value, "write a quantity that is not negative");
                } else {
                    quantities.put(entry.getKey(), quantity);
                }
            } catch (IllegalArgumentException e) {
                problem(at, value, "write a number with an optional suffix, for example 500m, 4 or 8Gi");
            }
        }
        return quantities;
    }

    private List<Offering> offerings(String path, JsonNode node) {
        List<Offering> offerings = new ArrayList<>();
        if (!node.isArray() || node.isEmpty()) {
            problem(path, node, "write an array with at least one offering");
            return offerings;
        }
        for (int i = 0; i < node.size(); i++) {
            Offering offering = offering(path + "[" + i + "]", node.get(i));
            if (offering != null) {
                offerings.add(offering);
            }
        }
        return offerings;
    }

    private @Nullable Offering offering(String path, JsonNode item) {
        if (!item.isObject()) {
            problem(path, item, "write an object with Price, Available and Requirements");
            return null;
        }
        int before = problems.size();
        JsonNode price = member(item, "Price");
        if (!price.isNumber() || !Double.isFinite(price.asDouble()) || price.asDouble() < 0) {
            problem(
                    path + ".Price",
                    price,
                    "write US dollars per hour as a number that is not negative, for example 0.17");
        }
        JsonNode available = member(item, "Available");
        if (!absent(available) && !available.isBoolean()) {
            problem(path + ".Available", available, "write true or false, or leave it out for true");
        }
        int reservationCapacity =
                reservationCapacity(path + ".ReservationCapacity", member(item, "ReservationCapacity"));
        ResourceVector capacityOverride = override(path + ".CapacityOverride", member(item, "CapacityOverride"));
        Requirements requirements = requirements(path + ".Requirements", member(item, "Requirements"));
        if (problems.size() > before) {
            return null;
        }
        String zone = single(path, requirements, Labels.ZONE, "us-east-1a");
        String capacityType = single(path, requirements, Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_SPOT);
        if (!capacityType.isEmpty() && !CAPACITY_TYPES.contains(capacityType)) {
            problems.add(file + ": " + path + ".Requirements: " + Labels.CAPACITY_TYPE + " is " + capacityType
                    + "; write spot, on-demand or reserved");
        }
        if (problems.size() > before) {
            return null;
        }
        return new Offering(
                requirements,
                zone,
                capacityType,
                price.asDouble(),
                absent(available) || available.asBoolean(),
                reservationCapacity,
                capacityOverride,
                null);
    }

    private int reservationCapacity(String path, JsonNode node) {
        if (absent(node)) {
            return 0;
        }
        if (!node.canConvertToInt() || node.asInt() < 0) {
            problem(path, node, "write how many instances are left in the reservation, 0 or more, or leave it out");
            return 0;
        }
        return node.asInt();
    }

    private @Nullable ResourceVector override(String path, JsonNode node) {
        return absent(node) ? null : ResourceVector.of(quantities(path, node));
    }

    private Requirements requirements(String path, JsonNode node) {
        List<NodeSelectorRequirement> written = new ArrayList<>();
        if (!node.isArray()) {
            problem(path, node, "write an array with requirements for " + Labels.ZONE + " and " + Labels.CAPACITY_TYPE);
            return Requirements.NONE;
        }
        for (int i = 0; i < node.size(); i++) {
            JsonNode item = node.get(i);
            String at = path + "[" + i + "]";
            if (!item.isObject()) {
                problem(at, item, "write an object with key, operator and values");
                continue;
            }
            String key = text(at, item, "key", Labels.ZONE);
            String operator = text(at, item, "operator", Requirement.IN);
            if (!operator.isEmpty() && !OPERATORS.contains(operator)) {
                problem(
                        at + ".operator",
                        member(item, "operator"),
                        "write one of In, NotIn, Exists, DoesNotExist, Gt, Lt, Gte, Lte");
            }
            JsonNode values = member(item, "values");
            written.add(new NodeSelectorRequirement(
                    key,
                    operator,
                    absent(values) && !operator.equals(Requirement.IN)
                            ? List.of()
                            : texts(at + ".values", values, "us-east-1a"),
                    null));
        }
        return Requirements.of(written);
    }

    private String single(String path, Requirements requirements, String key, String example) {
        Requirement requirement = requirements.find(key);
        String value = requirement == null ? null : requirement.singleValue();
        if (value == null) {
            problems.add(file + ": " + path + ".Requirements: "
                    + (requirement == null ? "nothing is said about " + key : requirement + " is not one value")
                    + "; write {\"key\": \"" + key + "\", \"operator\": \"In\", \"values\": [\"" + example + "\"]}");
            return "";
        }
        return value;
    }

    private String text(String path, JsonNode item, String key, String example) {
        JsonNode value = member(item, key);
        if (!value.isString() || value.asString().isEmpty()) {
            problem(path + "." + key, value, "write a text, for example \"" + example + "\"");
            return "";
        }
        return value.asString();
    }

    private List<String> texts(String path, JsonNode node, String example) {
        List<String> texts = new ArrayList<>();
        if (!node.isArray() || node.isEmpty()) {
            problem(path, node, "write an array with at least one text, for example [\"" + example + "\"]");
            return texts;
        }
        for (int i = 0; i < node.size(); i++) {
            JsonNode item = node.get(i);
            if (!item.isString() || item.asString().isEmpty()) {
                problem(path + "[" + i + "]", item, "write a text, for example \"" + example + "\"");
            } else {
                texts.add(item.asString());
            }
        }
        return texts;
    }

    /** Go's JSON reader takes keys in any case, and upstream's own files use capitals for half of them. */
    private static JsonNode member(JsonNode item, String key) {
        JsonNode exact = item.path(key);
        if (!exact.isMissingNode()) {
            return exact;
        }
        for (Map.Entry<String, JsonNode> entry : item.properties()) {
            if (entry.getKey().equalsIgnoreCase(key)) {
                return entry.getValue();
            }
        }
        return exact;
    }

    private static boolean absent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private void problem(String path, JsonNode value, String cure) {
        problems.add(
                file + ": " + path + " is " + (value.isMissingNode() ? "missing" : value.toString()) + "; " + cure);
    }
}
