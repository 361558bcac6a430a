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
}
