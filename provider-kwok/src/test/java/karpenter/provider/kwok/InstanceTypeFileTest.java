package karpenter.provider.kwok;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceTypeFileTest {
    private static final String ONE = """
            [{
              "name": "m7.large",
              "architecture": "arm64",
              "operatingSystems": ["linux"],
              "resources": {"cpu": "2", "memory": "8192Mi", "example.com/gpu": 1},
              "offerings": [
                {"Price": 0.1, "Available": true, "Requirements": [
                  {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
                  {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["b"]}]},
                {"price": 0.03, "available": false, "requirements": [
                  {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]},
                  {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["a"]}]},
                {"Price": 0.01, "ReservationCapacity": 3, "CapacityOverride": null, "Requirements": [
                  {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["reserved"]},
                  {"key": "example.com/reservation", "operator": "In", "values": ["r-1"]},
                  {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["a"]}]}
              ]
            }]
            """;

    private static List<InstanceType> read(String text) {
        InstanceTypeFile.Result result = InstanceTypeFile.parse("types.json", text);
        assertThat(result).isInstanceOf(InstanceTypeFile.Result.Read.class);
        return ((InstanceTypeFile.Result.Read) result).types();
    }

    private static List<String> problems(String text) {
        InstanceTypeFile.Result result = InstanceTypeFile.parse("types.json", text);
        assertThat(result).isInstanceOf(InstanceTypeFile.Result.Unusable.class);
        return ((InstanceTypeFile.Result.Unusable) result).problems();
    }

    @Test
    void readsTypesInUpstreamsFormat() {
        InstanceType type = read(ONE).getFirst();

        assertThat(type.name()).isEqualTo("m7.large");
        assertThat(type.capacity().milliCpu()).isEqualTo(2000);
        assertThat(type.capacity().memoryBytes()).isEqualTo(8L << 30);
        assertThat(type.capacity().pods()).isEqualTo(110);
        assertThat(type.capacity().get("example.com/gpu")).isEqualTo(1);
        assertThat(type.requirements().labels())
                .containsEntry(KwokLabels.INSTANCE_SIZE, "large")
                .containsEntry(KwokLabels.INSTANCE_MEMORY, "8Gi")
                .containsEntry(Labels.ARCH, "arm64");
    }

    @Test
    void respectsUnavailableOfferingsAndTakesSilenceForAvailable() {
        assertThat(read(ONE).getFirst().offerings())
                .extracting(Offering::capacityType, Offering::available, Offering::reservationCapacity)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("on-demand", true, 0),
                        org.assertj.core.groups.Tuple.tuple("spot", false, 0),
                        org.assertj.core.groups.Tuple.tuple("reserved", true, 3));
    }

    @Test
    void promisesOnlyKeysThatEveryOfferingHas() {
        InstanceType type = read(ONE).getFirst();

        assertThat(type.requirements().get(Labels.ZONE).values()).containsExactly("a", "b");
        assertThat(type.requirements().has("example.com/reservation")).isFalse();
    }

    @Test
    void tellsWhichKeysOnlyReservedOfferingsHave() {
        assertThat(KwokInstanceTypes.reservationLabels(read(ONE))).containsExactly("example.com/reservation");
        assertThat(KwokInstanceTypes.reservationLabels(KwokInstanceTypes.defaults()))
                .isEmpty();
    }

    @Test
    void saysThatAFileIsMissingAndWhichOptionNamesIt() {
        assertThat(InstanceTypeFile.read(Path.of("nowhere", "types.json")))
                .isInstanceOfSatisfying(
                        InstanceTypeFile.Result.Unusable.class,
                        unusable -> assertThat(unusable.problems())
                                .singleElement()
                                .asString()
                                .contains("nowhere/types.json does not exist", "--instance-types-file-path"));
    }

    @Test
    void saysThatAPathCantBeRead(@TempDir Path folder) {
        assertThat(InstanceTypeFile.read(folder))
                .isInstanceOfSatisfying(
                        InstanceTypeFile.Result.Unusable.class,
                        unusable -> assertThat(unusable.problems().getFirst())
                                .contains(folder.toString(), "can't be read"));
    }

    @Test
    void readsAFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("types.json"), ONE);

        assertThat(InstanceTypeFile.read(file)).isInstanceOf(InstanceTypeFile.Result.Read.class);
    }

    @Test
    void saysWhereTextStopsBeingJson() {
        assertThat(problems("[\n  {\"name\": }\n]"))
                .singleElement()
                .asString()
                .startsWith("types.json, line 2, column ")
                .contains("not JSON", "Write a JSON array");
    }

    @Test
    void wantsAnArrayWithAtLeastOneType() {
        assertThat(problems("[]"))
                .containsExactly("types.json: $ is []; write an array with at least one instance type");
        assertThat(problems("{}").getFirst()).contains("write an array");
        assertThat(problems("").getFirst()).contains("write an array");
        assertThat(problems("[7]").getFirst()).contains("[0] is 7", "write an object");
    }

    @Test
    void namesEveryMissingPartOfAType() {
        assertThat(problems("[{}]"))
                .anySatisfy(problem -> assertThat(problem).contains("[0].name is missing"))
                .anySatisfy(problem -> assertThat(problem).contains("[0].architecture is missing"))
                .anySatisfy(problem -> assertThat(problem).contains("[0].operatingSystems is missing"))
                .anySatisfy(problem -> assertThat(problem).contains("[0].resources is missing"))
                .anySatisfy(problem -> assertThat(problem).contains("[0].offerings is missing"));
    }

    @Test
    void namesABadQuantityWithItsPathAndACure() {
        assertThat(problems(ONE.replace("8192Mi", "8 gigs")))
                .containsExactly("types.json: [0].resources.memory is \"8 gigs\"; write a number with an optional"
                        + " suffix, for example 500m, 4 or 8Gi");
        assertThat(problems(ONE.replace("\"cpu\": \"2\"", "\"cpu\": -2")).getFirst())
                .contains("[0].resources.cpu is -2", "not negative");
        assertThat(problems(ONE.replace("\"cpu\": \"2\"", "\"cpu\": 0")).getFirst())
                .contains("[0].resources.cpu is 0", "above 0");
        assertThat(problems(ONE.replace("\"cpu\": \"2\"", "\"cpus\": 2")).getFirst())
                .contains("[0].resources.cpu is missing", "above 0");
    }

    @Test
    void refusesPricesThatAreNoPrices() {
        assertThat(problems(ONE.replace("0.03", "-1")).getFirst())
                .contains("[0].offerings[1].Price is -1", "US dollars per hour");
        assertThat(problems(ONE.replace("0.03", "\"cheap\"")).getFirst()).contains("[0].offerings[1].Price");
        assertThat(problems(ONE.replace("\"price\": 0.03, ", "")).getFirst())
                .contains("[0].offerings[1].Price is missing");
    }

    @Test
    void refusesFlagsAndCountsThatAreNone() {
        assertThat(problems(ONE.replace("\"available\": false", "\"available\": \"no\""))
                        .getFirst())
                .contains("[0].offerings[1].Available is \"no\"", "true or false");
        assertThat(problems(ONE.replace("\"ReservationCapacity\": 3", "\"ReservationCapacity\": -3"))
                        .getFirst())
                .contains("[0].offerings[2].ReservationCapacity is -3", "0 or more");
    }

    @Test
    void wantsOneZoneAndOneCapacityTypePerOffering() {
        assertThat(problems(ONE.replace("[\"b\"]", "[\"b\", \"c\"]")).getFirst())
                .contains("[0].offerings[0].Requirements", "topology.kubernetes.io/zone", "is not one value");
        assertThat(problems(ONE.replace("\"topology.kubernetes.io/zone\"", "\"zone\""))
                        .getFirst())
                .contains("nothing is said about topology.kubernetes.io/zone");
        assertThat(problems(ONE.replace("[\"spot\"]", "[\"spott\"]")).getFirst())
                .contains("karpenter.sh/capacity-type is spott", "spot, on-demand or reserved");
    }

    @Test
    void namesAnUnknownOperatorWithThoseThatExist() {
        assertThat(problems(ONE.replaceFirst("\"In\"", "\"Within\"")).getFirst())
                .contains("[0].offerings[0].Requirements[0].operator is \"Within\"", "In, NotIn, Exists");
    }

    @Test
    void wantsEachNameOnce() {
        String item = ONE.strip().substring(1, ONE.strip().length() - 1);

        assertThat(problems("[" + item + "," + item + "]").getFirst()).contains("[1].name is \"m7.large\"", "once");
    }
}
