package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.resource.ResourceVector;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Which offerings are worth considering for a demand, and what its pods are worth. */
class MarketTest {
    private static final Offset<Double> EXACT = within(1e-12);
    private static final Objective PLAIN = new Objective(0, 1, 0);

    /** A pool, the pods it is to take, and the market for them. */
    private static final class Setting {
        final SchedulingPass pass;
        final Demand demand;
        final Market market;

        Setting(List<InstanceType> types, UnaryOperator<Problem.Pool> pool, Objective objective, Pods.Builder... pods) {
            Problem problem = new Problem().pool("default", types, pool);
            for (Pods.Builder pod : pods) {
                problem.waiting(pod.build());
            }
            pass = new SchedulingPass(problem.input(), new Cutoff(() -> false));
            List<Demand.Lot> lots = pass.classes().stream()
                    .map(each -> new Demand.Lot(each, each.asks().getFirst()))
                    .toList();
            demand = new Demand(lots, pass.columns().count());
            market = new Market(pass.pools().getFirst(), demand, pass.columns(), objective);
        }

        Setting(List<InstanceType> types, Pods.Builder... pods) {
            this(types, pool -> pool, PLAIN, pods);
        }

        List<String> candidates() {
            return market.candidates().stream()
                    .map(each -> each.variant().type().name())
                    .toList();
        }

        Market.Candidate candidate(String type) {
            return market.candidates().stream()
                    .filter(each -> each.variant().type().name().equals(type))
                    .findFirst()
                    .orElseThrow();
        }

        /** What a pod of this many millicores is worth. */
        double worth(long milliCpu) {
            return market.worth(item(milliCpu));
        }

        int item(long milliCpu) {
            for (int item = 0; item < demand.items(); item++) {
                if (demand.lot(item).podClass().amounts()[0] == milliCpu) {
                    return item;
                }
            }
            throw new AssertionError("no pod asks for " + milliCpu + "m");
        }
    }

    private static Types.Builder onDemand(String name, int cores, double price) {
        return type(name)
                .size(cores, 100 * cores, 1000)
                .overhead(ResourceVector.ZERO)
                .zones("zone-1")
                .onDemandOnly()
                .price(price);
    }

    @Test
    void leavesOutWhatIsNoCheaperAndNoLargerThanAnother() {
        List<InstanceType> types = List.of(
                onDemand("good", 4, 0.4).build(),
                onDemand("as-large-but-dearer", 4, 0.5).build(),
                onDemand("with-as-dear-a-price-but-smaller", 3, 0.4).build(),
                onDemand("larger", 8, 0.9).build(),
                onDemand("cheaper", 1, 0.2).build());
        assertThat(new Setting(types, pod("a").cpu(100)).candidates()).containsExactly("cheaper", "good", "larger");
    }

    @Test
    void leavesOutWhatIsSmallerAtTheSamePriceWhateverItsName() {
        List<InstanceType> types = List.of(
                onDemand("a-smaller", 3, 0.4).build(),
                onDemand("b-good", 4, 0.4).build(),
                onDemand("c-also-smaller", 3, 0.4).build(),
                onDemand("d-cheaper", 1, 0.2).build());
        assertThat(new Setting(types, pod("a").cpu(100)).candidates()).containsExactly("d-cheaper", "b-good");
        List<InstanceType> apart = List.of(
                onDemand("a-smaller", 3, 0.4).arch("arm64").build(),
                onDemand("b-good", 4, 0.4).build());
        assertThat(new Setting(apart, pod("a").cpu(100), pod("b").cpu(200).selector(Labels.ARCH, "arm64")).candidates())
                .as("not open to the same pods")
                .containsExactly("a-smaller", "b-good");
    }

    @Test
    void keepsWhatIsOpenToMorePods() {
        List<InstanceType> types = List.of(
                onDemand("amd", 4, 0.4).build(),
                onDemand("arm", 4, 0.5).arch("arm64").build());
        assertThat(new Setting(types, pod("a").cpu(100)).candidates()).containsExactly("amd");
        assertThat(new Setting(types, pod("a").cpu(100), pod("b").cpu(200).selector(Labels.ARCH, "arm64")).candidates())
                .containsExactly("amd", "arm");
    }

    @Test
    void keepsWhatWeighsLessOnALimit() {
        List<InstanceType> types = List.of(
                onDemand("good", 4, 0.4).with("example.com/gpu", 2).build(),
                onDemand("plain", 4, 0.5).build());
        assertThat(new Setting(types, pool -> pool.limit("example.com/gpu", "9"), PLAIN, pod("a").cpu(100))
                        .candidates())
                .containsExactly("good", "plain");
    }

    @Test
    void pricesPodsByTheCheapestMachineTheyMayUse() {
        List<InstanceType> types = List.of(
                onDemand("amd", 4, 0.4).build(),
                onDemand("arm", 4, 0.8).arch("arm64").build());
        Setting setting =
                new Setting(types, pod("any").cpu(1000), pod("picky").cpu(1100).selector(Labels.ARCH, "arm64"));
        setting.market.reprice(1);
        assertThat(setting.worth(1000)).as("0.1 per core").isCloseTo(0.1, EXACT);
        assertThat(setting.worth(1100)).as("0.2 per core").isCloseTo(0.22, EXACT);
        assertThat(setting.market.segmentOf(setting.item(1000)))
                .isNotEqualTo(setting.market.segmentOf(setting.item(1100)));
        assertThat(setting.market.worthLeft()).isCloseTo(0.32, EXACT);
        assertThat(setting.market.dearest()).isEqualTo(0.8);
    }

    @Test
    void countsOnlyPodsThatAreLeft() {
        Setting setting = new Setting(List.of(onDemand("t", 4, 0.4).build()), pod("a").cpu(1000), pod("b").cpu(500));
        setting.demand.take(setting.item(500), 1);
        setting.market.reprice(1);
        assertThat(setting.market.worthLeft()).isCloseTo(0.1, EXACT);
        assertThat(setting.market.candidates().getFirst().asked()[0]).isEqualTo(1000);
    }

    @Test
    void addsUpkeepToWhatAMachineCosts() {
        Setting setting = new Setting(List.of(onDemand("t", 4, 0.4).build()), pod("a").cpu(1000));
        setting.market.reprice(1);
        Market.Candidate only = setting.market.candidates().getFirst();
        assertThat(only.price()).isEqualTo(0.4);
        assertThat(only.cost()).as("50m of upkeep at 0.1 per core").isCloseTo(0.405, EXACT);
        assertThat(only.most()).isCloseTo(0.4 / 0.405, EXACT);
        Prospects prospects = new Prospects(List.of(only), false);
        prospects.reset(Double.POSITIVE_INFINITY);
        assertThat(prospects.best(0.9)).isZero();
        prospects.expect(0, 0.5);
        assertThat(prospects.best(0.4)).isZero();
        assertThat(prospects.best(0.5)).isEqualTo(-1);
        prospects.bar(0);
        prospects.reset(Double.POSITIVE_INFINITY);
        assertThat(prospects.best(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
    }

    @Test
    void givesNearlyScarceResourcesAPriceWhenTheDemandIsStretched() {
        List<InstanceType> types = List.of(type("t")
                .size(4, 4, 1000)
                .overhead(ResourceVector.ZERO)
                .zones("zone-1")
                .onDemandOnly()
                .price(0.4)
                .build());
        Setting setting = new Setting(types, pod("a").cpu(1000).memoryMib(900));
        setting.market.reprice(1);
        double memoryAlone = setting.market.candidates().getFirst().prices()[1];
        setting.market.reprice(2);
        double[] stretched = setting.market.candidates().getFirst().prices();
        assertThat(memoryAlone).isZero();
        assertThat(stretched[1]).isPositive();
        assertThat(4000 * stretched[0] + 4 * Types.GIB * stretched[1])
                .as("no more than it costs")
                .isLessThanOrEqualTo(0.4 + 1e-9);
        assertThat(stretched[0]).as("3 of the 4 demands price cpu alone").isCloseTo(0.75 * 0.0001, EXACT);
    }

    @Test
    void hasAPriceForWhatIsFree() {
        Setting setting = new Setting(
                List.of(onDemand("free", 4, 0).build(), onDemand("paid", 8, 1).build()), pod("a").cpu(1000));
        assertThat(setting.market.candidates().getFirst().price()).isEqualTo(1e-7);
        assertThat(setting.market.candidates().getFirst().listPrice()).isEqualTo(1e-7);
        assertThat(setting.market.dearest()).isEqualTo(1);
    }

    @Test
    void takesSpotForDearerWhereItLeavesFewTypesToChooseFrom() {
        List<InstanceType> types = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            types.add(type(name).size(4, 16, 110).zones("zone-1").price(1).build());
        }
        types.add(type("large").size(8, 32, 110).zones("zone-1").price(1.5).build());
        Objective flexible = new Objective(0, 4, 0.1);
        List<Market.Candidate> candidates =
                new Setting(types, pool -> pool, flexible, pod("p").cpu(1000)).market.candidates();
        assertThat(candidates)
                .filteredOn(each -> each.variant().type().name().equals("a"))
                .as("three of its size and a larger one make four")
                .extracting(Market.Candidate::price)
                .containsExactly(0.7);
        Market.Candidate large = candidates.stream()
                .filter(each -> each.variant().type().name().equals("large"))
                .findFirst()
                .orElseThrow();
        assertThat(large.price()).as("nothing else is as large").isCloseTo(1.5 * 0.7 * 1.1, EXACT);
        assertThat(large.listPrice()).isCloseTo(1.5 * 0.7, EXACT);
    }

    @Test
    void tellsWhoseMachinesOthersMayUse() {
        List<InstanceType> types = List.of(
                onDemand("amd", 4, 0.4).build(),
                onDemand("arm", 4, 0.5).arch("arm64").build());
        Setting setting = new Setting(
                types,
                pod("any").cpu(1000),
                pod("arm").cpu(1100).selector(Labels.ARCH, "arm64"),
                pod("amd").cpu(1200).selector(Labels.ARCH, "amd64"));
        Market market = setting.market;
        int any = market.segmentOf(setting.item(1000));
        int arm = market.segmentOf(setting.item(1100));
        int amd = market.segmentOf(setting.item(1200));

        assertThat(market.segments()).isEqualTo(3);
        assertThat(market.isWithin(arm, any)).isTrue();
        assertThat(market.isWithin(any, arm)).isFalse();
        assertThat(market.isWithin(arm, amd)).isFalse();
        assertThat(market.isWithin(arm, arm)).isTrue();
        assertThat(market.askedWithin(any)[0]).as("all of them").isEqualTo(3300);
        assertThat(market.askedWithin(arm)[0]).isEqualTo(1100);
        setting.demand.take(setting.item(1100), 1);
        assertThat(market.askedWithin(any)[0]).as("two of them are left").isEqualTo(2200);
        assertThat(market.askedWithin(arm)).containsOnly(0);
        for (Market.Candidate candidate : market.candidates()) {
            boolean isArm = candidate.variant().type().name().equals("arm");
            assertThat(candidate.isOpenTo(any)).isTrue();
            assertThat(candidate.isOpenTo(arm)).isEqualTo(isArm);
            assertThat(candidate.isOpenTo(amd)).isEqualTo(!isArm);
        }
    }

    @Test
    void tellsAMachineThatHoldsAllThatAnotherDoes() {
        List<InstanceType> types = List.of(
                onDemand("small", 4, 0.4).build(),
                onDemand("large", 8, 0.9).build(),
                onDemand("arm", 4, 0.3).arch("arm64").build());
        Setting setting =
                new Setting(types, pod("any").cpu(100), pod("picky").cpu(200).selector(Labels.ARCH, "amd64"));
        Market.Candidate small = setting.candidate("small");
        Market.Candidate large = setting.candidate("large");
        Market.Candidate arm = setting.candidate("arm");

        assertThat(large.isAsLargeAs(small)).isTrue();
        assertThat(small.isAsLargeAs(large)).isFalse();
        assertThat(small.isAsLargeAs(arm)).as("of one size, and open to more").isTrue();
        assertThat(arm.isAsLargeAs(small)).as("not open to the picky").isFalse();
    }

    /** Prices of the pods that are left, one resource after another being asked for twice over. */
    @Test
    void findsPricesForASegmentByWhatIsLeftForIt() {
        List<InstanceType> types = List.of(
                onDemand("amd", 4, 0.4).build(),
                onDemand("arm", 4, 0.8).arch("arm64").build());
        Setting setting =
                new Setting(types, pod("any").cpu(1000), pod("picky").cpu(1100).selector(Labels.ARCH, "arm64"));
        setting.market.reprice(1);
        assertThat(setting.candidate("arm").prices()[0]).isCloseTo(0.0002, EXACT);

        setting.demand.take(setting.item(1100), 1);
        setting.market.reprice(1);

        assertThat(setting.candidate("arm").prices()[0])
                .as("by those who would also take the other")
                .isCloseTo(0.0001, EXACT);
        assertThat(setting.candidate("arm").asked()[0]).isEqualTo(1000);
    }
}
