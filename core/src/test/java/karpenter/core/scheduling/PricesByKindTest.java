package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

class PricesByKindTest {
    /** Of one price: 4 cores and 16 GiB, or 16 cores and 4 GiB. */
    private static final List<InstanceType> LOPSIDED = List.of(type("memory", 4, 16), type("cpu", 16, 4));

    private static InstanceType type(String name, int cores, int gib) {
        return Types.type(name)
                .size(cores, gib, 1000)
                .overhead(ResourceVector.ZERO)
                .zones("zone-1")
                .onDemandOnly()
                .price(1)
                .build();
    }

    @Test
    void asksForPodsThatGoWellWithAKind() {
        List<Pod> pods = new ArrayList<>(pod("even").cpu(1000).memoryMib(1024).times(20));
        pods.add(pod("cpu").cpu(1600).memoryMib(409).build());
        pods.add(pod("memory").cpu(400).memoryMib(1638).build());
        Offers setting = new Offers(LOPSIDED, pool -> pool, Offers.PLAIN, pods);
        setting.market.priceByKind(true);
        setting.market.reprice(1);

        // The one kind runs out of memory and the other of cpu, on which the even pods are worth the same.
        assertThat(setting.market.worthLeft()).isCloseTo(5.2, within(1e-2));
        for (Market.Candidate candidate : setting.market.candidates()) {
            boolean cpu = candidate.variant().type().name().equals("cpu");
            assertThat(candidate.asked()[0]).isEqualTo(20_000 + (cpu ? 1600 : 400));
            assertThat(candidate.prices()[cpu ? 0 : 1] * candidate.variant().free()[cpu ? 0 : 1])
                    .isLessThan(1e-2);
        }
    }

    @Test
    void goesBackToPricesForAll() {
        Offers setting = new Offers(
                LOPSIDED,
                pool -> pool,
                Offers.PLAIN,
                pod("even").cpu(1000).memoryMib(1024).times(20));
        double common = setting.market.worthLeft();
        setting.market.priceByKind(true);
        setting.market.reprice(1);

        // Four go on a machine.
        assertThat(setting.market.worthLeft()).isCloseTo(5, within(1e-3));

        setting.market.priceByKind(false);
        setting.market.reprice(1);
        assertThat(setting.market.worthLeft()).isEqualTo(common).isCloseTo(2, within(1e-9));
    }

    private static final InstanceType CPU = type("cpu", 16, 4);

    @Test
    void countsHowManyPodsThereAre() {
        List<Pod> pods = new ArrayList<>(pod("many").cpu(1000).memoryMib(512).times(100));
        pods.addAll(pod("few").cpu(1600).memoryMib(128).times(2));
        Offers setting = new Offers(List.of(CPU), pool -> pool, Offers.PLAIN, pods);
        setting.market.priceByKind(true);
        setting.market.reprice(1);

        // The many use up memory, eight to a machine, of which the few need a quarter as much.
        assertThat(setting.market.worthLeft()).isCloseTo(100.0 / 8 + 2.0 / 32, within(1e-3));
    }

    @Test
    void findsPricesAnewOnlyWhenMuchIsPlaced() {
        Offers setting = new Offers(
                List.of(CPU),
                pool -> pool,
                Offers.PLAIN,
                pod("p").cpu(1000).memoryMib(512).times(100));
        setting.market.priceByKind(true);
        setting.market.reprice(1);
        Market.Candidate candidate = setting.market.candidates().getFirst();
        double[] first = candidate.prices();

        setting.demand.take(0, 39);
        setting.market.reprice(1);
        assertThat(candidate.prices()).as("61 of 100 are left").isSameAs(first);
        setting.demand.take(0, 2);
        setting.market.reprice(1);
        double[] second = candidate.prices();
        assertThat(second).as("59 of 100 are left").isNotSameAs(first);

        setting.demand.take(0, 20);
        setting.market.reprice(1);
        assertThat(candidate.prices()).as("39 of 59 are left").isSameAs(second);
    }

    @Test
    void asksForPodsThatAreLeft() {
        Offers setting = new Offers(
                List.of(CPU),
                pool -> pool,
                Offers.PLAIN,
                pod("p").cpu(1000).memoryMib(512).times(100));
        setting.market.priceByKind(true);
        setting.market.reprice(1);
        Market.Candidate candidate = setting.market.candidates().getFirst();
        assertThat(candidate.asked()[0]).isEqualTo(100_000);

        setting.demand.take(0, 30);
        setting.market.reprice(1);

        assertThat(candidate.asked()[0]).isEqualTo(70_000);
    }
}
