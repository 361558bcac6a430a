package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LinearProgramTest {
    @Test
    void findsTheBestCorner() {
        LinearProgram program = new LinearProgram(new double[] {3, 2});
        program.atMost(new double[] {1, 1}, 4);
        program.atMost(new double[] {1, 3}, 6);
        program.atMost(new double[] {1, 0}, 3);

        assertThat(program.maximise()).isNotNegative();

        assertThat(program.values()).containsExactly(new double[] {3, 1}, within(1e-12));
        assertThat(program.multipliers()).containsExactly(new double[] {2, 0, 1}, within(1e-12));
    }

    @Test
    void takesUpConstraintsAddedLater() {
        LinearProgram program = new LinearProgram(new double[] {3, 2});
        program.atMost(new double[] {1, 1}, 4);
        program.maximise();
        assertThat(program.values()).containsExactly(new double[] {4, 0}, within(1e-12));

        program.atMost(new double[] {1, 0}, 3);
        program.maximise();

        assertThat(program.values()).containsExactly(new double[] {3, 1}, within(1e-12));
    }

    @Test
    void goesOnAfterAnotherObjective() {
        LinearProgram program = new LinearProgram(new double[] {3, 2});
        program.atMost(new double[] {1, 1}, 4);
        program.atMost(new double[] {1, 0}, 3);
        program.maximise();

        program.objective(new double[] {1, 2});
        program.maximise();

        assertThat(program.values()).containsExactly(new double[] {0, 4}, within(1e-12));
        assertThat(program.multipliers()).containsExactly(new double[] {2, 0}, within(1e-12));
    }

    @Test
    void takesNoStepWhereItStandsAtTheOptimum() {
        LinearProgram program = new LinearProgram(new double[] {3, 2});
        program.atMost(new double[] {1, 1}, 4);
        program.atMost(new double[] {1, 3}, 6);
        assertThat(program.constraints()).isEqualTo(2);

        assertThat(program.maximise()).isPositive();
        assertThat(program.maximise()).isZero();
    }

    @Test
    void givesUpWhereNothingBoundsTheObjective() {
        LinearProgram program = new LinearProgram(new double[] {1, 1});
        program.atMost(new double[] {1, 0}, 4);

        assertThat(program.maximise()).isNegative();
    }

    @Test
    void leavesVariablesOutThatAnotherObjectiveDoesNotAskFor() {
        LinearProgram program = new LinearProgram(new double[] {1, 0});
        program.atMost(new double[] {1, 1}, 10);
        program.atMost(new double[] {1, 0}, 3);
        program.maximise();
        assertThat(program.values()).containsExactly(new double[] {3, 0}, within(1e-12));

        program.objective(new double[] {0, 1});
        program.maximise();

        assertThat(program.values()).containsExactly(new double[] {0, 10}, within(1e-12));
    }

    @Test
    void repairsWhatCostsLeast() {
        LinearProgram program = new LinearProgram(new double[] {5, 4, 3});
        program.atMost(new double[] {1, 0, 0}, 2);
        program.atMost(new double[] {0, 1, 0}, 2);
        program.atMost(new double[] {0, 0, 1}, 2);
        program.maximise();

        program.atMost(new double[] {1, 1, 1}, 3);
        program.maximise();

        assertThat(program.values()).containsExactly(new double[] {2, 1, 0}, within(1e-12));
        assertThat(program.multipliers()).containsExactly(new double[] {1, 0, 0, 4}, within(1e-12));
    }

    @Test
    void givesWayWithTheFirstOfThoseThatCostTheSame() {
        LinearProgram program = new LinearProgram(new double[] {4, 4, 4});
        program.atMost(new double[] {1, 0, 0}, 2);
        program.atMost(new double[] {0, 1, 0}, 2);
        program.atMost(new double[] {0, 0, 1}, 2);
        program.maximise();

        program.atMost(new double[] {1, 1, 1}, 5);

        assertThat(program.maximise()).isEqualTo(1);
        assertThat(program.values()).containsExactly(new double[] {1, 2, 2}, within(1e-12));
        program.atMost(new double[] {0, 1, 1}, 3);
        program.maximise();
        assertThat(program.values()).containsExactly(new double[] {2, 1, 2}, within(1e-12));
    }

    @Test
    void takesTheFirstOfThoseThatGainTheSame() {
        LinearProgram program = new LinearProgram(new double[] {4, 4});
        program.atMost(new double[] {1, 1}, 3);

        assertThat(program.maximise()).isEqualTo(1);
        assertThat(program.values()).containsExactly(new double[] {3, 0}, within(1e-12));
    }

    /** Chvátal, "Linear Programming" (1983), chapter 3: the column of largest gain leads back to the start after six steps. */
    @Test
    void endsWhereTheLargestGainLeadsInCircles() {
        LinearProgram program = new LinearProgram(new double[] {10, -57, -9, -24});
        program.atMost(new double[] {0.5, -5.5, -2.5, 9}, 0);
        program.atMost(new double[] {0.5, -1.5, -0.5, 1}, 0);
        program.atMost(new double[] {1, 0, 0, 0}, 1);

        assertThat(program.maximise()).isGreaterThan(256);
        assertThat(program.values()).containsExactly(new double[] {1, 0, 1, 0}, within(1e-9));
    }

    /** Values and multipliers that are feasible and worth the same prove each other optimal. */
    @Test
    void provesItsAnswerByMultipliersOfTheSameWorth() {
        Random random = new Random(5);
        for (int problem = 0; problem < 500; problem++) {
            int variables = 1 + random.nextInt(12);
            int constraints = variables + random.nextInt(30);
            double[] objective = random.doubles(variables, 0, 10).toArray();
            double[][] rows = new double[constraints][];
            double[] bounds = random.doubles(constraints, 0.1, 5).toArray();
            LinearProgram program = new LinearProgram(objective);
            for (int i = 0; i < constraints; i++) {
                rows[i] = random.doubles(variables, 0, 8).map(Math::floor).toArray();
                if (i < variables) {
                    rows[i][i] += 1;
                }
                program.atMost(rows[i], bounds[i]);
                if (i >= variables && random.nextBoolean()) {
                    assertThat(program.maximise()).isNotNegative();
                }
            }
            assertThat(program.maximise()).as("problem %d", problem).isNotNegative();

            double[] values = program.values();
            double[] multipliers = program.multipliers();
            double worth = 0;
            double proof = 0;
            for (int i = 0; i < constraints; i++) {
                assertThat(dot(rows[i], values)).isLessThanOrEqualTo(bounds[i] + 1e-7);
                assertThat(multipliers[i]).isNotNegative();
                proof += multipliers[i] * bounds[i];
            }
            for (int variable = 0; variable < variables; variable++) {
                double covered = 0;
                for (int i = 0; i < constraints; i++) {
                    covered += multipliers[i] * rows[i][variable];
                }
                assertThat(covered).isGreaterThanOrEqualTo(objective[variable] - 1e-7);
                worth += objective[variable] * values[variable];
            }
            assertThat(worth).isCloseTo(proof, within(1e-6 * (1 + proof)));
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
