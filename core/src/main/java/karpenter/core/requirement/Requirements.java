package karpenter.core.requirement;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import karpenter.api.NodeSelectorRequirement;
import org.jspecify.annotations.Nullable;

/** What each label may be, by key; a key that isn't mentioned may be anything. Immutable, keys in ascending order. */
public final class Requirements {
    public static final Requirements NONE = new Requirements(new TreeMap<>());

    private final SortedMap<String, Requirement> byKey;

    private Requirements(SortedMap<String, Requirement> byKey) {
        this.byKey = Collections.unmodifiableSortedMap(byKey);
    }

    public static Requirements of(Iterable<NodeSelectorRequirement> written) {
        return of(written, Map.of());
    }

    /**
     * Reads written requirements; several for one key are intersected.
     *
     * @param normalizedLabels old label keys and the ones that replaced them, applied while reading
     */
    public static Requirements of(Iterable<NodeSelectorRequirement> written, Map<String, String> normalizedLabels) {
        SortedMap<String, Requirement> merged = new TreeMap<>();
        for (NodeSelectorRequirement requirement : written) {
            String key = normalizedLabels.getOrDefault(requirement.key(), requirement.key());
            merged.merge(key, Requirement.of(requirement).withKey(key), Requirement::intersect);
        }
        return merged.isEmpty() ? NONE : new Requirements(merged);
    }

    public static Requirements of(Requirement... requirements) {
        return of(List.of(requirements));
    }

    /** Several for one key are intersected. */
    public static Requirements of(Collection<Requirement> requirements) {
        SortedMap<String, Requirement> merged = new TreeMap<>();
        for (Requirement requirement : requirements) {
            merged.merge(requirement.key(), requirement, Requirement::intersect);
        }
        return merged.isEmpty() ? NONE : new Requirements(merged);
    }

    /** Exactly these labels, as a node selector asks for or a node has. */
    public static Requirements ofLabels(Map<String, String> labels) {
        return ofLabels(labels, Map.of());
    }

    /** As {@link #ofLabels(Map)}, reading old label keys as the ones that replaced them. */
    public static Requirements ofLabels(Map<String, String> labels, Map<String, String> normalizedLabels) {
        SortedMap<String, Requirement> merged = new TreeMap<>();
        labels.forEach((written, value) -> {
            String key = normalizedLabels.getOrDefault(written, written);
            merged.merge(key, Requirement.in(key, value), Requirement::intersect);
        });
        return merged.isEmpty() ? NONE : new Requirements(merged);
    }

    /** The requirement for a key; {@code Exists} when the key isn't mentioned. */
    public Requirement get(String key) {
        Requirement requirement = byKey.get(key);
        return requirement == null ? Requirement.exists(key) : requirement;
    }

    /** The requirement for a key, or null when the key isn't mentioned. */
    public @Nullable Requirement find(String key) {
        return byKey.get(key);
    }

    public boolean has(String key) {
        return byKey.containsKey(key);
    }

    /** Ascending. */
    public Set<String> keys() {
        return byKey.keySet();
    }

    /** By key ascending. */
    public Collection<Requirement> all() {
        return byKey.values();
    }

    public boolean isEmpty() {
        return byKey.isEmpty();
    }

    /** What both allow. */
    public Requirements and(Requirements other) {
        if (other.isEmpty()) {
            return this;
        }
        if (isEmpty()) {
            return other;
        }
        SortedMap<String, Requirement> merged = new TreeMap<>(byKey);
        other.byKey.forEach((key, requirement) -> merged.merge(key, requirement, Requirement::intersect));
        return merged.equals(byKey) ? this : new Requirements(merged);
    }

    public Requirements and(Requirement requirement) {
        SortedMap<String, Requirement> merged = new TreeMap<>(byKey);
        merged.merge(requirement.key(), requirement, Requirement::intersect);
        return new Requirements(merged);
    }

    /** This with one key's requirement replaced, not intersected. */
    public Requirements with(Requirement requirement) {
        SortedMap<String, Requirement> replaced = new TreeMap<>(byKey);
        replaced.put(requirement.key(), requirement);
        return new Requirements(replaced);
    }

    public Requirements without(String key) {
        if (!has(key)) {
            return this;
        }
        SortedMap<String, Requirement> rest = new TreeMap<>(byKey);
        rest.remove(key);
        return new Requirements(rest);
    }

    /**
     * Whether something that offers these requirements can serve one that asks for {@code wanted}: each key asked for is
     * offered, may be absent, or is one of {@code allowUndefined}; and {@link #intersects} holds.
     *
     * @param allowUndefined keys that may be asked for although not offered here (well-known labels, for a template)
     * @return null when compatible
     */
    public @Nullable Incompatibility compatible(Requirements wanted, Set<String> allowUndefined) {
        for (Requirement requirement : wanted.byKey.values()) {
            String key = requirement.key();
            if (!has(key) && !requirement.allowsAbsence() && !allowUndefined.contains(key)) {
                return new Incompatibility.Undefined(
                        key, requirement, LabelHints.hint(key, allowUndefined, byKey.keySet()));
            }
        }
        return intersects(wanted);
    }

    /**
     * Whether for each key that both mention some value, or absence, is allowed by both.
     *
     * @return null when they do
     */
    public @Nullable Incompatibility intersects(Requirements wanted) {
        boolean smaller = byKey.size() <= wanted.byKey.size();
        SortedMap<String, Requirement> walked = smaller ? byKey : wanted.byKey;
        SortedMap<String, Requirement> looked = smaller ? wanted.byKey : byKey;
        for (Requirement requirement : walked.values()) {
            Requirement other = looked.get(requirement.key());
            if (other != null && !requirement.intersects(other)) {
                return smaller
                        ? new Incompatibility.Disjoint(requirement.key(), requirement, other)
                        : new Incompatibility.Disjoint(requirement.key(), other, requirement);
            }
        }
        return null;
    }

    /** Whether a node with these labels, and no others, satisfies all. */
    public boolean satisfiedBy(Map<String, String> labels) {
        for (Requirement requirement : byKey.values()) {
            String value = labels.get(requirement.key());
            if (value == null ? !requirement.allowsAbsence() : !requirement.contains(value)) {
                return false;
            }
        }
        return true;
    }

    /** The keys with exactly one value, as labels. */
    public SortedMap<String, String> labels() {
        SortedMap<String, String> labels = new TreeMap<>();
        for (Requirement requirement : byKey.values()) {
            String value = requirement.singleValue();
            if (value != null) {
                labels.put(requirement.key(), value);
            }
        }
        return Collections.unmodifiableSortedMap(labels);
    }

    /** As manifests write them, by key ascending; read again they give these requirements. */
    public List<NodeSelectorRequirement> toSpec() {
        List<NodeSelectorRequirement> written = new ArrayList<>();
        byKey.values().forEach(requirement -> written.addAll(requirement.toSpec()));
        return Collections.unmodifiableList(written);
    }

    public boolean hasMinValues() {
        return byKey.values().stream().anyMatch(requirement -> requirement.minValues() != null);
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Requirements other && byKey.equals(other.byKey);
    }

    @Override
    public int hashCode() {
        return byKey.hashCode();
    }

    /** As upstream prints them in messages: comma separated, by key. */
    @Override
    public String toString() {
        return byKey.values().stream().map(Requirement::toString).collect(Collectors.joining(", "));
    }
}
