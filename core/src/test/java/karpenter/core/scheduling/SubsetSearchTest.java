package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import java.util.Random;
import karpenter.core.catalog.InstanceType;
import org.junit.jupiter.api.Test;

/** The cheapest nodes for a handful of pods. */
class SubsetSearchTest {
    @Test
    void findsTheOptimum() {
        Random random = new Random(1);
        for (int problem = 0; problem < 100; problem++) {
            Offers offers = Offers.random(random, 1 + random.nextInt(4), 2);

            Draft draft = Objects.requireNonNull(SubsetSearch.cheapest(offers.demand, offers.offers));

            offers.check(draft);
            assertThat(draft.price()).as("problem %d", problem).isCloseTo(offers.optimum(), within(1e-9));
        }
    }

    @Test
    void takesFewerNodesWhereThatCostsTheSame() {
        List<InstanceType> types = List.of(Offers.machine("small", 2, 0.2), Offers.machine("large", 8, 0.8));
        Offers offers =
                new Offers(types, pool -> pool, Offers.PLAIN, pod("p").cpu(1000).times(8));

        assertThat(Objects.requireNonNull(SubsetSearch.cheapest(offers.demand, offers.offers))
                        .bins())
                .hasSize(1);
    }

    @Test
    void takesMoreNodesWhereThatIsCheaper() {
        List<InstanceType> types = List.of(Offers.machine("small", 2, 0.2), Offers.machine("large", 8, 0.81));
        Offers offers =
                new Offers(types, pool -> pool, Offers.PLAIN, pod("p").cpu(1000).times(8));

        assertThat(Objects.requireNonNull(SubsetSearch.cheapest(offers.demand, offers.offers))
                        .bins())
                .hasSize(4);
    }

    @Test
    void findsNothingWhereAPodHasNoNode() {
        Offers offers = new Offers(
                List.of(Offers.machine("small", 2, 0.2)),
                pool -> pool,
                Offers.PLAIN,
                pod("p").cpu(3000).times(2));

        assertThat(SubsetSearch.cheapest(offers.demand, offers.offers)).isNull();
    }

    @Test
    void refusesMorePodsThanItCanSearch() {
        Offers offers = new Offers(
                List.of(Offers.machine("small", 2, 0.2)),
                pool -> pool,
                Offers.PLAIN,
                pod("p").cpu(1000).times(9));

        assertThatThrownBy(() -> SubsetSearch.cheapest(offers.demand, offers.offers))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("9");
    }
}
