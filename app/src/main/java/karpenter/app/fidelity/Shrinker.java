package karpenter.app.fidelity;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a failing case small: leaves out objects, then instance types, then members of what is left, for as long as it still
 * fails.
 */
final class Shrinker {
    /** Members without which the API server, or the kubelet, would not have made such an object; they stay where they are. */
    private static final Set<String> INDISPENSABLE = Set.of(
            "apiVersion",
            "kind",
            "containers",
            "maxSkew",
            "topologyKey",
            "whenUnsatisfiable",
            "weight",
            "key",
            "operator",
            "labelSelector",
            "namespace",
            Words.HOSTNAME,
            "pods");

    private final Predicate<FidelityCase> fails;
    private FidelityCase smallest;
    private int triesLeft;

    private Shrinker(FidelityCase failing, Predicate<FidelityCase> fails, int tries) {
        this.smallest = failing;
        this.fails = fails;
        this.triesLeft = tries;
    }

    /**
     * The smallest case found.
     *
     * @param fails whether a case, which need not be a valid one, shows the same failure
     * @param tries cases to try at most
     */
    static FidelityCase shrink(FidelityCase failing, Predicate<FidelityCase> fails, int tries) {
        Shrinker shrinker = new Shrinker(failing, fails, tries);
        int size;
        do {
            size = shrinker.smallest.text().length();
            shrinker.dropObjects();
            shrinker.dropTypes();
            shrinker.dropMembers();
        } while (shrinker.smallest.text().length() < size && shrinker.triesLeft > 0);
        return shrinker.smallest;
    }

    private boolean accept(FidelityCase smaller) {
        if (triesLeft <= 0) {
            return false;
        }
        triesLeft--;
        if (!fails.test(smaller)) {
            return false;
        }
        smallest = smaller;
        return true;
    }

    private void dropObjects() {
        for (int chunk = Math.max(1, smallest.objects().size() / 2); chunk > 0; chunk /= 2) {
            for (int from = 0; from < smallest.objects().size(); ) {
                if (!accept(smallest.with(smallest.types(), without(smallest.objects(), from, chunk)))) {
                    from += chunk;
                }
            }
        }
    }

    private void dropTypes() {
        for (int from = 0; from < smallest.types().size(); ) {
            if (!accept(smallest.with(without(smallest.types(), from, 1), smallest.objects()))) {
                from++;
            }
        }
    }

    private static List<ObjectNode> without(List<ObjectNode> all, int from, int count) {
        List<ObjectNode> fewer = new ArrayList<>(all);
        fewer.subList(from, Math.min(all.size(), from + count)).clear();
        return fewer;
    }

    private void dropMembers() {
        for (int i = 0; i < smallest.types().size(); i++) {
            dropMembers(i, true, List.of());
        }
        for (int i = 0; i < smallest.objects().size(); i++) {
            dropMembers(i, false, List.of());
        }
    }

    private ObjectNode copy(int index, boolean type) {
        return (type ? smallest.types() : smallest.objects()).get(index).deepCopy();
    }

    /** @param path names of members and positions in lists */
    private void dropMembers(int index, boolean type, List<Object> path) {
        JsonNode at = follow(copy(index, type), path);
        List<Object> members = new ArrayList<>();
        if (at instanceof ObjectNode object) {
            object.properties().forEach(entry -> members.add(entry.getKey()));
            members.removeAll(INDISPENSABLE);
        } else {
            for (int position = at.size() - 1; position >= 0; position--) {
                members.add(position);
            }
        }
        for (Object member : members) {
            ObjectNode copy = copy(index, type);
            switch (follow(copy, path)) {
                case ObjectNode object -> object.remove((String) member);
                case ArrayNode array -> array.remove((Integer) member);
                default -> throw new IllegalStateException("no members at " + path);
            }
            List<ObjectNode> changed = new ArrayList<>(type ? smallest.types() : smallest.objects());
            changed.set(index, copy);
            if (!accept(type ? smallest.with(changed, smallest.objects()) : smallest.with(smallest.types(), changed))) {
                List<Object> deeper = new ArrayList<>(path);
                deeper.add(member);
                if (follow(copy(index, type), deeper).isContainer()) {
                    dropMembers(index, type, deeper);
                }
            }
        }
    }

    private static JsonNode follow(JsonNode root, List<Object> path) {
        JsonNode node = root;
        for (Object step : path) {
            node = step instanceof Integer position ? node.path(position) : node.path((String) step);
        }
        return node;
    }
}
