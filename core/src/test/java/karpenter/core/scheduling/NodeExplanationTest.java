package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import org.junit.jupiter.api.Test;

final class NodeExplanationTest {
    private final List<InstanceType> types = List.of(
            Types.type("a.small").size(2, 8, 110).price(0.1).build(),
            Types.type("a.large").size(4, 16, 110).price(0.2).build(),
            Types.type("a.huge").size(8, 32, 110).price(0.5).build(),
            Types.type("arm.large").size(4, 16, 110).price(0.15).arch("arm64").build(),
            Types.type("sold.out")
                    .size(4, 16, 110)
                    .price(0.15)
                    .onDemandOnly()
                    .zones("zone-1")
                    .unavailable("zone-1/on-demand")
                    .build());

    @Test
    void saysWhatFillsTheNodeWhatBecameOfTheOthersAndWhatComesNext() {
        Problem problem = new Problem()
                .pool("pool", types, pool -> pool.require(Pods.in(Labels.ARCH, "amd64")))
                .waiting(Pods.pod("web").cpu(3000).build());
        NodePlan plan = problem.solve().plans().getFirst();
        NodeExplanation explanation =
                NodeExplanation.of(plan, problem.input().pools().getFirst(), Types.WELL_KNOWN);
        assertThat(explanation.types()).isEqualTo(5);
        assertThat(explanation.excluded()).isEqualTo(1);
        assertThat(explanation.unavailable()).isEqualTo(1);
        assertThat(explanation.small()).isEqualTo(1);
        assertThat(explanation.listed()).isEqualTo(2);
        assertThat(explanation.fullest().resource()).isEqualTo("cpu");
        assertThat(explanation.fullest().share()).isCloseTo(3000.0 / 3900, within(1e-9));
        NodeExplanation.Cheaper cheaper = Objects.requireNonNull(explanation.cheaper());
        assertThat(cheaper.alternative().type()).isEqualTo("a.small");
        assertThat(cheaper.resource()).isEqualTo("cpu");
        assertThat(cheaper.needed()).isEqualTo(3000);
        assertThat(cheaper.available()).isEqualTo(1900);
        assertThat(Objects.requireNonNull(explanation.next()).type()).isEqualTo("a.huge");
        assertThat(explanation.text())
                .startsWith("cpu fills it to 77%; 2 of 5 types will do"
                        + " (1 excluded by requirements, 1 without an available offering, 1 too small)")
                .contains("; cheaper a.small at $0.0700 lacks cpu: 3 needed, 1900m there")
                .endsWith("; next best a.huge at $0.3500");
    }

    @Test
    void saysNothingOfWhatThereIsNot() {
        Problem problem = new Problem()
                .pool(types.subList(0, 1))
                .waiting(Pods.pod("web").cpu(1000).build());
        NodePlan plan = problem.solve().plans().getFirst();
        NodeExplanation explanation =
                NodeExplanation.of(plan, problem.input().pools().getFirst(), Types.WELL_KNOWN);
        assertThat(explanation.cheaper()).isNull();
        assertThat(explanation.next()).isNull();
        assertThat(explanation.text()).isEqualTo("cpu fills it to 53%; 1 of 1 types will do");
    }

    private static NodeExplanation explain(List<InstanceType> types, UnaryOperator<Problem.Pool> change) {
        Problem problem = new Problem()
                .pool("pool", types, change)
                .waiting(Pods.pod("web").cpu(3000).build());
        return NodeExplanation.of(
                problem.solve().plans().getFirst(), problem.input().pools().getFirst(), Types.WELL_KNOWN);
    }

    private static InstanceType onDemand(String name, int cores, double price) {
        return Types.type(name)
                .size(cores, 16, 110)
                .price(price)
                .zones("zone-1")
                .onDemandOnly()
                .build();
    }

    @Test
    void countsTypesThatThePoolDoesNotListAsExcluded() {
        NodeExplanation explanation =
                explain(types, pool -> pool.require(Pods.in(Labels.INSTANCE_TYPE, "a.large", "a.huge")));

        assertThat(explanation.excluded()).isEqualTo(3);
        assertThat(explanation.text())
                .startsWith("cpu fills it to 77%; 2 of 5 types will do (3 excluded by requirements); next");
    }

    @Test
    void namesTheDearestOfTheCheaperTypesTheFirstByNameOfThoseAtOnePrice() {
        NodeExplanation explanation = explain(
                List.of(
                        onDemand("tiny", 1, 0.05),
                        onDemand("small-b", 2, 0.1),
                        onDemand("small-a", 2, 0.1),
                        onDemand("large", 4, 0.2)),
                pool -> pool);

        assertThat(Objects.requireNonNull(explanation.cheaper()).alternative())
                .isEqualTo(new NodeExplanation.Alternative("small-a", "zone-1", "on-demand", 0.1));
        assertThat(explanation.text()).contains("; 1 of 4 types will do (3 too small); cheaper small-a at $0.1000");
    }

    @Test
    void namesNoTypeThatIsTooSmallAndNoCheaper() {
        for (double price : List.of(0.2, 0.9)) {
            NodeExplanation explanation =
                    explain(List.of(onDemand("small", 2, price), onDemand("large", 4, 0.2)), pool -> pool);

            assertThat(explanation.small()).isEqualTo(1);
            assertThat(explanation.cheaper()).as("at $%s", price).isNull();
        }
    }

    @Test
    void givesTheNextTypesPriceWhereItIsAvailable() {
        NodeExplanation explanation = explain(
                List.of(
                        onDemand("large", 4, 0.2),
                        Types.type("huge")
                                .size(8, 32, 110)
                                .price(0.5)
                                .zones("zone-1")
                                .unavailable("zone-1/spot")
                                .build()),
                pool -> pool);

        assertThat(explanation.next()).isEqualTo(new NodeExplanation.Alternative("huge", "zone-1", "on-demand", 0.5));
    }

    @Test
    void saysThatATypeIsSoldOutWhenThatIsAllThereIsToSay() {
        NodeExplanation explanation = explain(
                List.of(
                        onDemand("large", 4, 0.2),
                        Types.type("gone")
                                .size(4, 16, 110)
                                .zones("zone-1")
                                .onDemandOnly()
                                .unavailable("zone-1/on-demand")
                                .build()),
                pool -> pool);

        assertThat(explanation.text())
                .isEqualTo("cpu fills it to 77%; 1 of 2 types will do (1 without an available offering)");
    }
}
