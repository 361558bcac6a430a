package karpenter.core.scheduling;

import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.PodShape.HostPort;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.junit.jupiter.api.Test;

/** What a pool can buy, row by row. */
class OfferingTableTest {
    private static final ResourceColumns COLUMNS = ResourceColumns.of(List.of(ResourceVector.ZERO));
    private static final InstanceType CHEAP = type("b.cheap")
            .price(1)
            .zones("zone-1", "zone-2")
            .label("disk", "fast")
            .build();
    private static final InstanceType DEAR =
            type("a.dear").price(3).zones("zone-2").size(8, 32, 110).build();

    private static OfferingTable table(
            Requirements pool, Map<String, Daemons.Overhead> overheads, Limits limits, InstanceType... types) {
        return OfferingTable.of(List.of(types), pool, overheads, COLUMNS, limits, Types.WELL_KNOWN);
    }

    private static OfferingTable table(InstanceType... types) {
        return table(Requirements.of(), Map.of(), unlimited(), types);
    }

    private static Limits unlimited() {
        return Limits.of(new Problem.Pool().build("default"), List.of(), Reservations.NONE);
    }

    private static List<String> rows(OfferingTable table, BitSet rows) {
        return rows.stream()
                .mapToObj(table::row)
                .map(row -> row.type().name() + "/" + row.offering().zone() + "/"
                        + row.offering().capacityType())
                .toList();
    }

    @Test
    void ordersRowsByPriceThenTypeZoneAndCapacityType() {
        InstanceType twin = type("c.twin").price(1).zones("zone-1").build();
        OfferingTable table = table(DEAR, twin, CHEAP);
        assertThat(rows(table, table.all()))
                .containsExactly(
                        "b.cheap/zone-1/spot",
                        "b.cheap/zone-2/spot",
                        "c.twin/zone-1/spot",
                        "b.cheap/zone-1/on-demand",
                        "b.cheap/zone-2/on-demand",
                        "c.twin/zone-1/on-demand",
                        "a.dear/zone-2/spot",
                        "a.dear/zone-2/on-demand");
        assertThat(IntStream.range(0, table.rowCount())
                        .mapToObj(row -> table.row(row).spot()))
                .containsExactly(true, true, true, false, false, false, true, false);
    }

    @Test
    void hasOnlyWhatIsAvailableAndThePoolAllows() {
        Requirements zoneTwo = Requirements.of(Requirement.in(Labels.ZONE, "zone-2"));
        InstanceType soldOut = type("d.out")
                .zones("zone-2")
                .unavailable("zone-2/spot", "zone-2/on-demand")
                .build();
        OfferingTable table = table(zoneTwo, Map.of(), unlimited(), CHEAP, DEAR, soldOut);
        assertThat(rows(table, table.all()))
                .containsExactly(
                        "b.cheap/zone-2/spot",
                        "b.cheap/zone-2/on-demand",
                        "a.dear/zone-2/spot",
                        "a.dear/zone-2/on-demand");
        Requirements none = Requirements.of(Requirement.in("disk", "slow"));
        assertThat(table(none, Map.of(), unlimited(), CHEAP).rowCount()).isZero();
    }

    @Test
    void findsRowsByARequirementOnWhatTheySayThemselves() {
        OfferingTable table = table(CHEAP, DEAR);
        assertThat(rows(table, table.rows(Requirement.in(Labels.ZONE, "zone-1"))))
                .containsExactly("b.cheap/zone-1/spot", "b.cheap/zone-1/on-demand");
        assertThat(table.rows(Requirement.in("disk", "slow")).stream()
                        .mapToObj(row -> table.row(row).type())
                        .distinct())
                .as("a type that says nothing about the disk may have any")
                .containsExactly(DEAR);
        assertThat(table.rows(Requirement.in("disk", "fast", "slow"))).isEqualTo(table.all());
        assertThat(table.rows(Requirement.in(Labels.ZONE, "zone-1").withMinValues(1)))
                .isSameAs(table.rows(Requirement.in(Labels.ZONE, "zone-1")));
    }

    @Test
    void groupsRowsByTypeInTheOrderOfPrice() {
        OfferingTable table = table(DEAR, CHEAP);
        assertThat(table.byType(table.all()).stream()
                        .map(rows -> table.row(rows.nextSetBit(0)).type()))
                .containsExactly(CHEAP, DEAR);
        BitSet zoneTwo = table.rows(Requirement.in(Labels.ZONE, "zone-2"));
        assertThat(table.byType(zoneTwo)).extracting(BitSet::cardinality).containsExactly(2, 2);
        assertThat(table.byType(table.all())).extracting(BitSet::cardinality).containsExactly(4, 2);
    }

    @Test
    void countsTypesThatAreSoldAsSpotUpToWhatMatters() {
        InstanceType onDemand = type("d").onDemandOnly().build();
        OfferingTable table = table(CHEAP, DEAR, onDemand);
        long[] nothing = new long[COLUMNS.count()];
        long[] any = unlimited().left();
        assertThat(table.spotTypes(table.all(), nothing, any, 9)).isEqualTo(2);
        assertThat(table.spotTypes(table.all(), nothing, any, 1)).isEqualTo(1);
        assertThat(table.spotTypes(new BitSet(), nothing, any, 9)).isZero();
        long[] much = COLUMNS.amounts(ResourceVector.of(1_000_000, 0));
        assertThat(table.spotTypes(table.all(), much, any, 9)).isZero();
    }

    @Test
    void knowsWhatIsFreeOnceOverheadAndDaemonsAreTaken() {
        Daemons.Overhead daemons =
                new Daemons.Overhead(ResourceVector.of(400, 0).with(ResourceVector.PODS, 2), HostPorts.NONE);
        InstanceType type = type("t").overhead(ResourceVector.of(100, 0)).build();
        OfferingTable table = table(Requirements.of(), Map.of("t", daemons), unlimited(), type);
        long[] most = COLUMNS.amounts(ResourceVector.of(3500, 16 * Types.GIB).with(ResourceVector.PODS, 108));
        assertThat(table.row(0).variant().free()).containsExactly(most);
        long[] any = unlimited().left();
        assertThat(table.isBuyable(0, most, any)).isTrue();
        assertThat(table.buyable(table.all(), most, any)).isEqualTo(table.all());
        most[0]++;
        assertThat(table.isBuyable(0, most, any)).isFalse();
        assertThat(table.buyable(table.all(), most, any).isEmpty()).isTrue();
    }

    @Test
    void tellsOfferingsApartThatHoldDifferentAmounts() {
        InstanceType type = type("t")
                .price(1)
                .zones("zone-1")
                .onDemandOnly()
                .offering("zone-2", "on-demand", 2, ResourceVector.of(6000, 0), null)
                .offering("zone-3", "on-demand", 3, null, ResourceVector.of(1100, 0))
                .overhead(ResourceVector.of(100, 0))
                .build();
        OfferingTable table = table(type);
        assertThat(table.variants()).hasSize(3);
        assertThat(IntStream.range(0, 3)
                        .mapToLong(row -> table.row(row).variant().free()[0])
                        .toArray())
                .containsExactly(3900, 5900, 2900);
        assertThat(IntStream.range(0, 3)
                        .map(row -> table.row(row).variant().typeNumber())
                        .toArray())
                .containsExactly(0, 0, 0);
    }

    @Test
    void chargesATypeWithTheMostThatAnyOfItsOfferingsHas() {
        Limits limits =
                Limits.of(new Problem.Pool().limit("cpu", "100").build("default"), List.of(), Reservations.NONE);
        InstanceType type = type("t")
                .onDemandOnly()
                .offering("zone-9", "on-demand", 2, ResourceVector.of(6000, 0), null)
                .build();
        OfferingTable table = table(Requirements.of(), Map.of(), limits, type, DEAR);
        BitSet ofType = new BitSet();
        ofType.set(0);
        assertThat(table.row(0).variant().limitUse()).containsExactly(6000);
        assertThat(table.largestUse(ofType, new long[] {1})).containsExactly(6000);
        assertThat(table.largestUse(table.all(), new long[] {1})).containsExactly(8000);
        assertThat(table.largestUse(ofType, new long[] {7000})).containsExactly(7000);
    }

    @Test
    void findsRowsWhoseDaemonsLeaveAPortAlone() {
        HostPorts metrics = HostPorts.of(List.of(new HostPort("", 9100, "TCP")));
        OfferingTable table = table(
                Requirements.of(),
                Map.of("b.cheap", new Daemons.Overhead(ResourceVector.ZERO, metrics)),
                unlimited(),
                CHEAP,
                DEAR);
        assertThat(table.rowsWithout(metrics).stream()
                        .mapToObj(row -> table.row(row).type())
                        .distinct())
                .containsExactly(DEAR);
        assertThat(table.rowsWithout(HostPorts.of(List.of(new HostPort("", 80, "TCP")))))
                .isEqualTo(table.all());
    }
}
