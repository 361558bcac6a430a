package karpenter.core.disruption;

import static karpenter.core.disruption.TestingCluster.budget;
import static karpenter.core.disruption.TestingCluster.nodePool;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import karpenter.api.v1.NodePool;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetsTest {
    private static final Instant NOON = Instant.parse("2026-01-05T12:00:00Z"); // a Monday

    private static int allowed(int nodes, NodePool.Budget... budgets) {
        return Budgets.allowed(nodePool("p", "0s", null, budgets), DisruptionReason.EMPTY, nodes, NOON)
                .nodes();
    }

    @ParameterizedTest(name = "{0} of {1} nodes allows {2}")
    @CsvSource({
        "10%, 0, 0",
        "10%, 1, 1",
        "10%, 10, 1",
        "10%, 11, 2",
        "100%, 7, 7",
        "0%, 7, 0",
        "0, 7, 0",
        "3, 7, 3",
        "30, 7, 30"
    })
    @Covers("apis/v1: budgets in percent, rounded up")
    void takesPercentagesRoundedUpAndNumbersAsTheyAre(String nodes, int count, int allowed) {
        assertThat(allowed(count, budget(nodes))).isEqualTo(allowed);
    }

    @Test
    @Covers("apis/v1: budgets per reason")
    void isUnlimitedWithoutABudgetForTheReason() {
        assertThat(allowed(10)).isEqualTo(Budgets.UNLIMITED);
        assertThat(allowed(10, budget("1", "Drifted"))).isEqualTo(Budgets.UNLIMITED);
    }

    @Test
    @Covers("apis/v1: budgets per reason")
    void takesTheSmallestBudgetThatSpeaksAboutTheReason() {
        assertThat(allowed(100, budget("50%"), budget("7", "Empty", "Drifted"), budget("1", "Drifted")))
                .isEqualTo(7);
    }

    @ParameterizedTest(name = "{0} for {1} is active: {2}")
    @CsvSource({
        "0 12 * * *, 1h, true",
        "0 11 * * *, 1h, false",
        "0 11 * * *, 1h1m, true",
        "1 12 * * *, 1h, false",
        "0 9 * * mon-fri, 8h, true",
        "0 9 * * sat, 8h, false",
        "@daily, 12h1m, true",
        "@daily, 11h59m, false",
        "0 0 30 2 *, 1h, true"
    })
    @Covers({"apis/v1: budgets with inactive windows", "apis/v1: budget schedule and duration activity"})
    void limitsOnlyForItsDurationAfterEachHit(String schedule, String duration, boolean active) {
        NodePool.Budget scheduled = new NodePool.Budget(null, "0", schedule, duration);

        assertThat(allowed(10, scheduled)).isEqualTo(active ? 0 : Budgets.UNLIMITED);
    }

    @Test
    @Covers("apis/v1: misconfigured budgets count as 0")
    void allowsNothingForAnyReasonWhenOneBudgetCannotBeRead() {
        NodePool pool = nodePool(
                "p", "0s", null, budget("50%"), new NodePool.Budget(List.of("Drifted"), "5", "0 0 0 0 0 0", "1h"));

        Budgets.Allowance allowance = Budgets.allowed(pool, DisruptionReason.EMPTY, 10, NOON);

        assertThat(allowance.nodes()).isZero();
        assertThat(allowance.errors()).singleElement().asString().contains("0 0 0 0 0 0", "6 fields");
    }

    @Test
    @Covers("apis/v1: misconfigured budgets count as 0")
    void allowsNothingWhenTheNumberOfNodesCannotBeRead() {
        assertThat(allowed(10, budget("ten"))).isZero();
        assertThat(allowed(10, budget("-1"))).isZero();
        assertThat(allowed(10, budget("%"))).isZero();
    }
}
