package karpenter.api;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The status conditions of one object, with the root condition kept in step.
 *
 * <p>Problem: several controllers each set one condition of an object; users and tools look at a single {@code Ready}, which
 * must never claim more than what was observed of the object's present generation.
 *
 * <p>Method: the list is replaced as a whole by each change. Dependent conditions exist from the start as Unknown. A
 * transition time moves with the status only. After each change of another condition the root is computed: True when
 * each dependent is True at the object's generation, False when one is False at that generation, else Unknown.
 *
 * <p>Concurrency: immutable; each change answers a new value, or {@code this} when nothing changed.
 *
 * <p>Sources: the semantics are those that users of Karpenter see from the operatorpkg status library; times are whole
 * seconds because that is what the API stores, so that a value in memory equals the value read back.
 */
public final class Conditions {
    private static final String AWAITING_RECONCILIATION = "AwaitingReconciliation";
    private static final String AWAITING_MESSAGE = "object is awaiting reconciliation";
    private static final String UNHEALTHY_DEPENDENTS = "UnhealthyDependents";
    private static final String RECONCILING_DEPENDENTS = "ReconcilingDependents";

    private final List<Condition> list;
    private final ConditionSchema schema;
    private final long generation;
    private final Instant created;
    private final boolean deleting;

    private Conditions(
            List<Condition> list, ConditionSchema schema, long generation, Instant created, boolean deleting) {
        this.list = List.copyOf(list);
        this.schema = schema;
        this.generation = generation;
        this.created = created;
        this.deleting = deleting;
    }

    /**
     * The conditions of an object that is not being deleted; missing dependents and a missing root are added.
     *
     * @param generation {@code metadata.generation}
     * @param created {@code metadata.creationTimestamp}: when a dependent that was never set "became" Unknown
     */
    public static Conditions of(List<Condition> stored, ConditionSchema schema, long generation, Instant created) {
        return new Conditions(stored, schema, generation, seconds(created), false).complete();
    }

    /**
     * The conditions of the object with that metadata; missing dependents and a missing root are added. An object that was
     * never stored counts as created at the epoch.
     */
    public static Conditions of(List<Condition> stored, ConditionSchema schema, ObjectMeta metadata) {
        Instant creation = metadata.creationTimestamp();
        return new Conditions(
                        stored,
                        schema,
                        metadata.generation(),
                        creation == null ? Instant.EPOCH : seconds(creation),
                        metadata.deleting())
                .complete();
    }

    /** All conditions in the order to store them. */
    public List<Condition> list() {
        return list;
    }

    /** The condition of that type, or null when absent. */
    public @Nullable Condition get(String type) {
        for (Condition condition : list) {
            if (condition.type().equals(type)) {
                return condition;
            }
        }
        return null;
    }

    /** The condition that sums up the others. */
    public Condition root() {
        Condition root = get(schema.root());
        if (root == null) {
            throw new IllegalStateException("conditions without root " + schema.root() + ": " + list);
        }
        return root;
    }

    /** Whether each of the conditions is present and True. */
    public boolean isTrue(String... types) {
        for (String type : types) {
            Condition condition = get(type);
            if (condition == null || !condition.isTrue()) {
                return false;
            }
        }
        return true;
    }

    /** Sets a condition to True; its reason is its type, its message empty. */
    public Conditions setTrue(String type, Instant now) {
        return set(type, Condition.TRUE, type, "", now);
    }

    /** Sets a condition to True with a reason of its own, as {@code Drifted} has. */
    public Conditions setTrue(String type, String reason, String message, Instant now) {
        return set(type, Condition.TRUE, reason, message, now);
    }

    /** Sets a condition to False. */
    public Conditions setFalse(String type, String reason, String message, Instant now) {
        return set(type, Condition.FALSE, reason, message, now);
    }

    /** Sets a condition to Unknown. */
    public Conditions setUnknown(String type, String reason, String message, Instant now) {
        return set(type, Condition.UNKNOWN, reason, message, now);
    }

    /** Sets a condition back to where it began: Unknown, awaiting reconciliation. */
    public Conditions setUnknown(String type, Instant now) {
        return set(type, Condition.UNKNOWN, AWAITING_RECONCILIATION, AWAITING_MESSAGE, now);
    }

    /**
     * Confirms a condition as it is for the object's present generation; no change when it is absent.
     *
     * @param now when the root changes, if confirming this condition makes it change
     */
    public Conditions refresh(String type, Instant now) {
        Condition current = get(type);
        return current == null ? this : set(type, current.status(), current.reason(), current.message(), now);
    }

    /**
     * Removes a condition that neither is the root nor feeds it; no change when it is absent. The remaining ones are then
     * ordered by type.
     *
     * @throws IllegalArgumentException for the root or a dependent, which cannot be absent
     */
    public Conditions clear(String type) {
        if (schema.requires(type)) {
            throw new IllegalArgumentException("condition " + type + " cannot be removed because " + schema.root()
                    + " depends on it; set it to Unknown instead");
        }
        if (get(type) == null) {
            return this;
        }
        return with(list.stream()
                .filter(condition -> !condition.type().equals(type))
                .sorted(Comparator.comparing(Condition::type))
                .toList());
    }

    private Conditions complete() {
        Instant newest = list.stream().map(Conditions::transition).reduce(created, (a, b) -> a.isAfter(b) ? a : b);
        Conditions completed = this;
        for (String dependent : schema.dependents()) {
            if (get(dependent) == null) {
                completed = completed.setUnknown(dependent, newest);
            }
        }
        return completed.get(schema.root()) == null ? completed.setUnknown(schema.root(), newest) : completed;
    }

    private Conditions set(String type, String status, String reason, String message, Instant now) {
        Conditions changed = replace(type, status, reason, message, now);
        return changed == this || type.equals(schema.root()) ? changed : changed.withComputedRoot(now);
    }

    private Conditions replace(String type, String status, String reason, String message, Instant now) {
        Condition before = get(type);
        Instant since;
        if (before != null && before.status().equals(status)) {
            since = transition(before);
        } else if (before == null && schema.requires(type)) {
            since = created;
        } else {
            since = seconds(now);
        }
        Condition after = new Condition(type, status, reason, message, since, generation);
        if (after.equals(before)) {
            return this;
        }
        List<Condition> next = new ArrayList<>();
        for (Condition other : list) {
            if (!other.type().equals(type)) {
                next.add(deleting ? observed(other) : other);
            }
        }
        next.add(after);
        next.sort(Comparator.<Condition, Boolean>comparing(
                        condition -> condition.type().equals(schema.root()))
                .thenComparing(Conditions::transition));
        return with(next);
    }

    /** Deletion bumps the generation; without this the root would flap through Unknown while an object is torn down. */
    private Condition observed(Condition condition) {
        return new Condition(
                condition.type(),
                condition.status(),
                condition.reason(),
                condition.message(),
                condition.lastTransitionTime(),
                generation);
    }

    private Conditions withComputedRoot(Instant now) {
        List<Condition> offending = list.stream()
                .filter(condition -> schema.dependents().contains(condition.type()))
                .filter(condition -> !condition.isTrue() || condition.observedGeneration() != generation)
                .sorted(Comparator.comparing(Conditions::transition).reversed())
                .toList();
        if (offending.isEmpty()) {
            return replace(schema.root(), Condition.TRUE, schema.root(), "", now);
        }
        boolean unhealthy = offending.stream()
                .anyMatch(condition -> condition.isFalse() && condition.observedGeneration() == generation);
        String message = offending.stream()
                .map(condition -> condition.type() + "=" + condition.status())
                .collect(Collectors.joining(", "));
        return unhealthy
                ? replace(schema.root(), Condition.FALSE, UNHEALTHY_DEPENDENTS, message, now)
                : replace(schema.root(), Condition.UNKNOWN, RECONCILING_DEPENDENTS, message, now);
    }

    private Conditions with(List<Condition> conditions) {
        return new Conditions(conditions, schema, generation, created, deleting);
    }

    private static Instant transition(Condition condition) {
        Instant since = condition.lastTransitionTime();
        return since == null ? Instant.EPOCH : since;
    }

    private static Instant seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }
}
