package karpenter.app.fidelity;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import karpenter.api.Quantity;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.resource.ResourceVector;
import karpenter.core.scheduling.NodePlan;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Every node that could still be bought: each pool with each type in each offering, with each choice of labels that the pool
 * leaves open, within what the pool's limits leave. Written down naively from the manifests, so that it shares no reasoning with
 * the scheduler that it is held against.
 */
final class Hypotheses {
    private final FidelityCase problem;
    private final List<InstanceType> types;
    private final List<NodePlan> plans;
    private final String asking;
    private int number;

    /** @param asking text of the pods that the nodes are for; labels that it doesn't mention get any one value */
    private Hypotheses(FidelityCase problem, List<InstanceType> types, List<NodePlan> plans, String asking) {
        this.problem = problem;
        this.types = types;
        this.plans = plans;
        this.asking = asking;
    }

    /**
     * A node that a pool could have.
     *
     * @param buyable whether it is for sale now, and within what limits leave
     */
    record Hypothesis(ObjectNode pool, InstanceType type, ObjectNode node, boolean buyable) {
        /** Pool and type: for the scheduler, DaemonSets are the same on all of these. */
        String kind() {
            return Trees.name(pool) + "/" + type.name();
        }
    }

    static List<Hypothesis> of(SolvedCase solved, List<ObjectNode> pods) {
        Hypotheses hypotheses = new Hypotheses(
                solved.problem(),
                solved.types(),
                solved.result().plans(),
                pods.toString() + solved.problem().all("DaemonSet"));
        List<Hypothesis> all = new ArrayList<>();
        for (ObjectNode pool : solved.problem().all("NodePool")) {
            hypotheses.addPool(pool, all);
        }
        return all;
    }

    private void addPool(ObjectNode pool, List<Hypothesis> all) {
        Map<String, Long> left = left(pool);
        for (InstanceType type : types) {
            for (Offering offering : type.offerings()) {
                boolean buyable = offering.available() && allowed(type.capacity(offering), left);
                for (Map<String, String> labels : labels(pool, type, offering)) {
                    all.add(new Hypothesis(pool, type, node(pool, type, offering, labels), buyable));
                }
            }
        }
    }

    /** What limits leave when each plan becomes the largest of its types. */
    private Map<String, Long> left(ObjectNode pool) {
        Map<String, Long> left = new TreeMap<>();
        for (Map.Entry<String, JsonNode> limit : pool.at("/spec/limits").properties()) {
            String resource = limit.getKey();
            long amount = ResourceVector.amountOf(
                    resource, Quantity.parse(limit.getValue().asString()));
            for (ObjectNode node : problem.all("Node")) {
                JsonNode of = node.path("metadata").path("annotations").path(FidelityCase.POOL);
                if (of.asString("").equals(Trees.name(pool))) {
                    JsonNode has = node.at("/status/capacity").path(resource);
                    amount -= resource.equals("nodes")
                            ? 1
                            : ResourceVector.amountOf(resource, Quantity.parse(has.asString("0")));
                }
            }
            for (NodePlan plan : plans) {
                if (plan.pool().name().equals(Trees.name(pool))) {
                    amount -= plan.instanceTypes().stream()
                            .mapToLong(type -> use(type.capacity(), resource))
                            .max()
                            .orElseThrow();
                }
            }
            left.put(resource, amount);
        }
        return left;
    }

    private static long use(ResourceVector capacity, String resource) {
        return resource.equals("nodes") ? 1 : capacity.get(resource);
    }

    private static boolean allowed(ResourceVector capacity, Map<String, Long> left) {
        return left.entrySet().stream().allMatch(limit -> {
            long use = use(capacity, limit.getKey());
            return use == 0 || use <= limit.getValue();
        });
    }

    private List<Map<String, String>> labels(ObjectNode pool, InstanceType type, Offering offering) {
        Map<String, String> fixed = new TreeMap<>();
        for (Map.Entry<String, JsonNode> label :
                pool.at("/spec/template/metadata/labels").properties()) {
            fixed.put(label.getKey(), label.getValue().asString());
        }
        fixed.put(Words.NODE_POOL, Trees.name(pool));
        fixed.put("karpenter.kwok.sh/kwoknodeclass", "default");
        fixed.put("karpenter.sh/registered", "true");
        fixed.put("karpenter.sh/initialized", "true");
        fixed.put(Words.ZONE, offering.zone());
        fixed.put(Words.CAPACITY_TYPE, offering.capacityType());
        Map<String, List<@Nullable String>> open = new LinkedHashMap<>();
        for (Requirement requirement : type.requirements().all()) {
            if (!fixed.containsKey(requirement.key())) {
                open.put(requirement.key(), new ArrayList<>(new TreeSet<>(requirement.values())));
            }
        }
        Map<String, List<JsonNode>> required = new TreeMap<>();
        for (JsonNode requirement : pool.at("/spec/template/spec/requirements")) {
            required.computeIfAbsent(requirement.path("key").asString(), key -> new ArrayList<>())
                    .add(requirement);
        }
        required.forEach((key, requirements) -> {
            List<@Nullable String> candidates = fixed.containsKey(key)
                    ? new ArrayList<>(List.of(fixed.get(key)))
                    : open.containsKey(key) ? open.get(key) : candidates(key);
            List<@Nullable String> possible = new ArrayList<>();
            for (String candidate : candidates) {
                if (requirements.stream().allMatch(requirement -> holds(requirement, candidate))) {
                    possible.add(candidate);
                }
            }
            open.put(key, possible);
        });
        List<Map<String, String>> all = new ArrayList<>(List.of(fixed));
        open.forEach((key, values) -> {
            List<@Nullable String> tried = asking.contains(key) || values.isEmpty() ? values : values.subList(0, 1);
            List<Map<String, String>> longer = new ArrayList<>();
            for (Map<String, String> labels : all) {
                for (String value : tried) {
                    Map<String, String> with = new TreeMap<>(labels);
                    if (value != null) {
                        with.put(key, value);
                    }
                    longer.add(with);
                }
            }
            all.clear();
            all.addAll(longer);
        });
        return all;
    }

    /** Values that a label which only the pool knows may have; null for none. */
    private static List<@Nullable String> candidates(String key) {
        List<@Nullable String> candidates = new ArrayList<>();
        switch (key) {
            case Words.TEAM -> candidates.addAll(Words.TEAMS);
            case Words.RACK -> candidates.addAll(Words.RACKS);
            case Words.TIER -> candidates.addAll(List.of("0", "1", "2", "3", "4", "10", "11"));
            default -> throw new IllegalStateException("a pool asks for a label that this model doesn't know: " + key);
        }
        candidates.add(null);
        return candidates;
    }

    private static boolean holds(JsonNode requirement, @Nullable String value) {
        List<String> values = new ArrayList<>();
        requirement.path("values").forEach(each -> values.add(each.asString()));
        String operator = requirement.path("operator").asString();
        if (value == null) {
            return operator.equals("NotIn") || operator.equals("DoesNotExist");
        }
        return switch (operator) {
            case "In" -> values.contains(value);
            case "NotIn" -> !values.contains(value);
            case "Exists" -> true;
            case "DoesNotExist" -> false;
            case "Gt" -> compare(value, values) > 0;
            case "Lt" -> compare(value, values) < 0;
            case "Gte" -> compare(value, values) >= 0;
            case "Lte" -> compare(value, values) <= 0;
            default -> throw new IllegalStateException("no operator: " + requirement);
        };
    }

    private static int compare(String value, List<String> bound) {
        return Long.compare(Long.parseLong(value), Long.parseLong(bound.getFirst()));
    }

    private ObjectNode node(ObjectNode pool, InstanceType type, Offering offering, Map<String, String> labels) {
        ObjectNode node = Trees.named("v1", "Node", "", "new-" + number++);
        Map<String, String> all = new HashMap<>(labels);
        all.put(Words.HOSTNAME, Trees.name(node));
        Trees.within(node, "metadata").set("labels", Trees.texts(all));
        JsonNode taints = pool.at("/spec/template/spec/taints");
        if (!taints.isEmpty()) {
            node.putObject("spec").set("taints", taints);
        }
        ObjectNode allocatable = Trees.within(node, "status", "allocatable");
        type.allocatable(offering).quantities().forEach((resource, amount) -> allocatable.put(resource, amount.text()));
        return FinalState.withOldLabels(node);
    }
}
