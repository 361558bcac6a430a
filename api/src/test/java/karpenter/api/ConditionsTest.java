package karpenter.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("Lifecycle: conditions' observedGeneration rules")
class ConditionsTest {
    private static final ConditionSchema SCHEMA = ConditionSchema.of("Ready", "Launched", "Registered", "Initialized");
    private static final Instant CREATED = Instant.parse("2026-03-01T10:00:00Z");

    private static Instant at(int seconds) {
        return CREATED.plusSeconds(seconds);
    }

    private static Conditions fresh() {
        return Conditions.of(List.of(), SCHEMA, 1, CREATED);
    }

    private static Condition condition(Conditions conditions, String type) {
        return Objects.requireNonNull(conditions.get(type), type);
    }

    private static List<String> types(Conditions conditions) {
        return conditions.list().stream().map(Condition::type).toList();
    }

    @Test
    void startsWithAllDependentsUnknownSinceCreation() {
        assertThat(fresh().list())
                .containsExactly(
                        awaiting("Launched"),
                        awaiting("Registered"),
                        awaiting("Initialized"),
                        new Condition(
                                "Ready",
                                "Unknown",
                                "ReconcilingDependents",
                                "Launched=Unknown, Registered=Unknown, Initialized=Unknown",
                                CREATED,
                                1));
    }

    private static Condition awaiting(String type) {
        return new Condition(
                type, "Unknown", "AwaitingReconciliation", "object is awaiting reconciliation", CREATED, 1);
    }

    @Test
    void rootWithoutDependentsAwaitsReconciliationUntilSet() {
        Conditions alone = Conditions.of(List.of(), ConditionSchema.of("Ready"), 1, CREATED);
        assertThat(alone.list()).containsExactly(awaiting("Ready"));
        assertThat(alone.setTrue("Ready", at(3)).root())
                .isEqualTo(new Condition("Ready", "True", "Ready", "", at(3), 1));
    }

    @Test
    void trueCarriesItsTypeAsReason() {
        assertThat(fresh().setTrue("Launched", at(5)).get("Launched"))
                .isEqualTo(new Condition("Launched", "True", "Launched", "", at(5), 1));
    }

    @Test
    void keepsTransitionTimeWhileStatusStays() {
        Conditions changed = fresh().setUnknown(
                        "Registered", "NodeNotFound", "Node not registered with cluster", at(10))
                .setTrue("Drifted", "NodePoolDrifted", "NodePoolDrifted", at(11))
                .setTrue("Drifted", "RequirementsDrifted", "RequirementsDrifted", at(12));
        assertThat(condition(changed, "Registered").lastTransitionTime()).isEqualTo(CREATED);
        assertThat(condition(changed, "Registered").reason()).isEqualTo("NodeNotFound");
        assertThat(condition(changed, "Drifted").lastTransitionTime()).isEqualTo(at(11));
        assertThat(condition(changed, "Drifted").reason()).isEqualTo("RequirementsDrifted");
    }

    @Test
    void answersItselfWhenNothingChanges() {
        Conditions launched = fresh().setTrue("Launched", at(5));
        assertThat(launched.setTrue("Launched", at(9))).isSameAs(launched);
        assertThat(launched.refresh("Launched", at(9))).isSameAs(launched);
        assertThat(launched.clear("Drifted")).isSameAs(launched);
        assertThat(launched.refresh("Drifted", at(9))).isSameAs(launched);
    }

    @Test
    void rootIsTrueOnceAllDependentsAre() {
        Conditions ready =
                fresh().setTrue("Launched", at(1)).setTrue("Registered", at(2)).setTrue("Initialized", at(3));
        assertThat(ready.root()).isEqualTo(new Condition("Ready", "True", "Ready", "", at(3), 1));
        assertThat(ready.isTrue("Launched", "Ready")).isTrue();
        assertThat(ready.isTrue("Launched", "Drifted")).isFalse();
    }

    @Test
    void rootIsFalseWhenOneDependentIsAndNamesAllOffendersLatestFirst() {
        Conditions broken = fresh().setTrue("Launched", at(1))
                .setFalse("Registered", "MultipleNodesFound", "Invariant violated, matched multiple nodes", at(7));
        assertThat(broken.root())
                .isEqualTo(new Condition(
                        "Ready", "False", "UnhealthyDependents", "Registered=False, Initialized=Unknown", at(7), 1));
    }

    @Test
    void rootIgnoresConditionsOutsideTheSchema() {
        Conditions ready =
                fresh().setTrue("Launched", at(1)).setTrue("Registered", at(2)).setTrue("Initialized", at(3));
        Conditions inconsistent = ready.setFalse("ConsistentStateFound", "ConsistencyCheckFailed", "x", at(4));
        assertThat(inconsistent.root()).isEqualTo(ready.root());
    }

    @Test
    void conditionsOfAnOlderGenerationDoNotCount() {
        Conditions ready =
                fresh().setTrue("Launched", at(1)).setTrue("Registered", at(2)).setTrue("Initialized", at(3));
        Conditions newer = Conditions.of(ready.list(), SCHEMA, 2, CREATED);
        assertThat(newer.list()).isEqualTo(ready.list());
        assertThat(newer.refresh("Launched", at(20)).root())
                .isEqualTo(new Condition(
                        "Ready", "Unknown", "ReconcilingDependents", "Initialized=True, Registered=True", at(20), 2));
        assertThat(newer.refresh("Launched", at(20))
                        .refresh("Registered", at(21))
                        .refresh("Initialized", at(22))
                        .isTrue("Ready"))
                .isTrue();
    }

    @Test
    void aFalseDependentOfAnOlderGenerationLeavesTheRootUnknown() {
        Conditions broken = fresh().setFalse("Launched", "LaunchFailed", "no capacity", at(1));
        Conditions newer = Conditions.of(broken.list(), SCHEMA, 2, CREATED).setTrue("Registered", at(2));
        assertThat(newer.root().status()).isEqualTo("Unknown");
    }

    @Test
    void deletionBumpsAllGenerationsSoThatTheRootDoesNotFlap() {
        Conditions ready =
                fresh().setTrue("Launched", at(1)).setTrue("Registered", at(2)).setTrue("Initialized", at(3));
        ObjectMeta deleted =
                new ObjectMeta("a", "", "", "", "", 2, CREATED, at(50), Map.of(), Map.of(), List.of(), List.of());
        Conditions draining =
                Conditions.of(ready.list(), SCHEMA, deleted).setUnknown("Drained", "Draining", "Draining", at(51));
        assertThat(draining.list()).allMatch(condition -> condition.observedGeneration() == 2);
        assertThat(draining.root().isTrue()).isTrue();
        assertThat(draining.root().lastTransitionTime()).isEqualTo(at(3));
    }

    @Test
    void ordersByTransitionTimeWithTheRootLast() {
        Conditions changed =
                fresh().setTrue("Drifted", at(4)).setTrue("Registered", at(2)).setTrue("Launched", at(3));
        assertThat(types(changed)).containsExactly("Initialized", "Registered", "Launched", "Drifted", "Ready");
    }

    @Test
    void clearingOrdersByType() {
        Conditions changed = fresh().setTrue("Drifted", at(4)).setTrue("Consolidatable", at(5));
        assertThat(types(changed.clear("Drifted")))
                .containsExactly("Consolidatable", "Initialized", "Launched", "Ready", "Registered");
    }

    @Test
    void refusesToRemoveWhatTheRootDependsOn() {
        assertThatThrownBy(() -> fresh().clear("Launched"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Launched")
                .hasMessageContaining("Unknown instead");
        assertThatThrownBy(() -> fresh().clear("Ready")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ConditionSchema.of("Ready", "Ready")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void timesAreWholeSecondsAsTheApiStoresThem() {
        assertThat(condition(fresh().setTrue("Drifted", at(1).plusMillis(987)), "Drifted")
                        .lastTransitionTime())
                .isEqualTo(at(1));
    }

    @Test
    void randomHistoriesKeepTheInvariants() {
        List<String> types = List.of("Launched", "Registered", "Initialized", "Drifted", "Consolidatable");
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            Conditions conditions = fresh();
            int generation = 1;
            for (int step = 1; step <= 40; step++) {
                String type = types.get(random.nextInt(types.size()));
                conditions = switch (random.nextInt(6)) {
                    case 0, 1 -> conditions.setTrue(type, at(step));
                    case 2 -> conditions.setFalse(type, "Because", "seed", at(step));
                    case 3 -> conditions.setUnknown(type, "Because", "seed", at(step));
                    case 4 -> SCHEMA.requires(type) ? conditions.refresh(type, at(step)) : conditions.clear(type);
                    default -> Conditions.of(conditions.list(), SCHEMA, ++generation, CREATED);
                };
                String context = "seed " + seed + " step " + step;
                assertThat(types(conditions))
                        .as(context)
                        .doesNotHaveDuplicates()
                        .contains("Launched", "Registered", "Initialized", "Ready");
                long observed = generation;
                Conditions now = conditions;
                boolean allTrue = SCHEMA.dependents().stream()
                        .map(dependent -> condition(now, dependent))
                        .allMatch(d -> d.isTrue() && d.observedGeneration() == observed);
                if (conditions.root().observedGeneration() == observed) {
                    assertThat(conditions.root().isTrue()).as(context).isEqualTo(allTrue);
                }
                assertThat(Conditions.of(conditions.list(), SCHEMA, generation, CREATED)
                                .list())
                        .as(context)
                        .isEqualTo(conditions.list());
            }
        }
    }
}
