package karpenter.core.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.FilteredNodes.Node;
import karpenter.core.topology.TopologyGroup.Kind;
import org.junit.jupiter.api.Test;

/** Random clusters: kube-scheduler's rules written down naively give the same answers, whatever changed before. */
class TopologyFiltersPropertyTest {
    private static final int CLUSTERS = 400;

    /** A node whose labels are settled, with the pods on it. */
    private record Settled(Map<String, String> labels, List<Membership> pods) {}

    private final List<TopologyGroup> groups = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Node, List<Membership>> pods = new HashMap<>();
    private TopologyFilters filters = new TopologyFilters();
    private Random random = new Random();

    private <T> T one(List<T> choice) {
        return choice.get(random.nextInt(choice.size()));
    }

    private TopologyGroup group(int id) {
        Kind kind = one(List.of(Kind.SPREAD, Kind.SPREAD, Kind.AFFINITY, Kind.ANTI_AFFINITY));
        NodeFilter filter = kind == Kind.SPREAD && random.nextInt(3) == 0
                ? new NodeFilter(
                        List.of(Requirements.of(Requirement.in("arch", "amd64"))), false, List.of(), Set.of("zone"))
                : NodeFilter.ANY;
        return new TopologyGroup(
                id,
                new TopologyGroup.Terms(
                        kind,
                        one(List.of("zone", "rack")),
                        new Selection(List.of()),
                        1 + random.nextInt(2),
                        random.nextInt(3),
                        filter,
                        random.nextInt(5) == 0));
    }

    private Membership pod() {
        List<TopologyGroup> owned = new ArrayList<>();
        List<TopologyGroup> selecting = new ArrayList<>();
        for (TopologyGroup group : groups) {
            if (random.nextInt(3) == 0) {
                owned.add(group);
            }
            if (random.nextInt(2) == 0) {
                selecting.add(group);
            }
        }
        return Membership.of(owned, selecting);
    }

    /** @param open whether some labels may be left open */
    private Node node(boolean open) {
        List<String> pairs = new ArrayList<>();
        for (Map.Entry<String, List<String>> label : new TreeMap<>(Map.of(
                        "zone", List.of("a", "b", "c"), "rack", List.of("1", "2"), "arch", List.of("amd64", "arm64")))
                .entrySet()) {
            if (random.nextInt(6) > 0) {
                pairs.add(label.getKey());
                String first = one(label.getValue());
                String second = one(label.getValue());
                pairs.add(open && !first.equals(second) && random.nextInt(3) == 0 ? first + "|" + second : first);
            }
        }
        return Node.of(pairs.toArray(String[]::new));
    }

    /** A cluster that came to be by nodes that came and went and pods that did, while questions were asked. */
    private void change(boolean open) {
        switch (nodes.size() < 2 ? 0 : random.nextInt(6)) {
            case 0 -> {
                Node node = node(open);
                nodes.add(node);
                pods.put(node, new ArrayList<>());
                filters.enter(node);
            }
            case 1 -> {
                Node node = one(nodes);
                nodes.remove(node);
                filters.leave(node);
            }
            case 2 -> {
                Node node = one(nodes);
                List<Membership> there = pods.getOrDefault(node, List.of());
                if (!there.isEmpty()) {
                    filters.add(node, there.removeLast(), -1);
                }
            }
            default -> {
                Node node = one(nodes);
                Membership pod = pod();
                pods.getOrDefault(node, new ArrayList<>()).add(pod);
                filters.add(node, pod, 1);
            }
        }
    }

    private void begin(long seed) {
        random = new Random(seed * 0x9E3779B97F4A7C15L);
        filters = new TopologyFilters();
        groups.clear();
        nodes.clear();
        pods.clear();
        int count = 1 + random.nextInt(4);
        for (int id = 0; id < count; id++) {
            groups.add(group(id));
        }
    }

    @Test
    void givesTheAnswersOfTheRulesWrittenDownNaively() {
        int admitted = 0;
        int refused = 0;
        for (long seed = 1; seed <= CLUSTERS; seed++) {
            begin(seed);
            for (int step = 0; step < 30; step++) {
                change(false);
                Node node = one(nodes);
                Membership pod = pod();
                boolean admits = filters.admits(pod, node, false, false);
                assertThat(admits)
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(admits(settlements().getFirst(), pod, nodes.indexOf(node)))
                        .isEqualTo(filters.admits(pod, node, true, false));
                admitted += admits ? 1 : 0;
                refused += admits ? 0 : 1;
            }
        }
        assertThat(admitted).isGreaterThan(CLUSTERS);
        assertThat(refused).isGreaterThan(CLUSTERS);
    }

    @Test
    void isCertainOnlyOfWhatHoldsHoweverOpenLabelsAreSettled() {
        int certain = 0;
        int uncertain = 0;
        for (long seed = 1; seed <= CLUSTERS; seed++) {
            begin(seed);
            for (int step = 0; step < 20; step++) {
                change(nodes.size() < 4);
                Node node = one(nodes);
                Membership pod = pod();
                boolean everywhere =
                        settlements().stream().allMatch(settled -> admits(settled, pod, nodes.indexOf(node)));
                if (filters.admits(pod, node, true, false)) {
                    assertThat(everywhere).as("seed %d, step %d", seed, step).isTrue();
                    certain++;
                } else {
                    uncertain += everywhere ? 1 : 0;
                }
            }
        }
        assertThat(certain).as("against %d too cautious", uncertain).isGreaterThan(4 * uncertain);
    }

    private static Set<String> values(Node node, String key) {
        String value = node.label(key);
        return value == null ? Set.of() : node.possible(key).isEmpty() ? Set.of(value) : node.possible(key);
    }

    /** All clusters that this one may become. */
    private List<List<Settled>> settlements() {
        List<List<Settled>> all = new ArrayList<>();
        all.add(List.of());
        for (Node node : nodes) {
            List<Map<String, String>> labels = new ArrayList<>();
            labels.add(new HashMap<>());
            for (String key : List.of("zone", "rack", "arch")) {
                List<Map<String, String>> longer = new ArrayList<>();
                for (Map<String, String> before : labels) {
                    for (String value : values(node, key)) {
                        Map<String, String> more = new HashMap<>(before);
                        more.put(key, value);
                        longer.add(more);
                    }
                }
                labels = longer.isEmpty() ? labels : longer;
            }
            List<List<Settled>> longer = new ArrayList<>();
            for (List<Settled> before : all) {
                for (Map<String, String> settled : labels) {
                    List<Settled> more = new ArrayList<>(before);
                    more.add(new Settled(settled, pods.getOrDefault(node, List.of())));
                    longer.add(more);
                }
            }
            all = longer;
        }
        return all;
    }

    private static boolean admits(List<Settled> cluster, Membership pod, int at) {
        Map<String, String> here = cluster.get(at).labels;
        int firsts = 0;
        int companies = 0;
        for (Membership.Part part : pod.parts()) {
            TopologyGroup group = part.group();
            String value = here.get(group.key());
            int there = 0;
            int owners = 0;
            int anywhere = 0;
            Map<String, Integer> domains = new HashMap<>();
            for (Settled node : cluster) {
                String domain = node.labels.get(group.key());
                boolean counts =
                        group.kind() != Kind.SPREAD || group.terms().filter().counts(node.labels, List.of());
                if (domain == null || !counts) {
                    continue;
                }
                int selected = (int) node.pods.stream()
                        .filter(other -> other.selectedBy(group))
                        .count();
                domains.merge(domain, selected, Integer::sum);
                anywhere += selected;
                if (domain.equals(value)) {
                    there += selected;
                    owners += (int) node.pods.stream()
                            .filter(other -> other.parts().stream()
                                    .anyMatch(each -> each.group().equals(group)
                                            && each.owns()
                                            && !group.terms().wish()))
                            .count();
                }
            }
            int least = domains.values().stream().mapToInt(count -> count).min().orElse(Integer.MAX_VALUE);
            least = domains.size() < group.terms().minDomains() ? 0 : least;
            boolean refuses = switch (group.kind()) {
                case SPREAD ->
                    part.owns()
                            && (value == null
                                    || (long) there + (part.selected() ? 1 : 0) - least
                                            > group.terms().maxSkew());
                case ANTI_AFFINITY -> (part.owns() && there > 0) || (part.selected() && owners > 0);
                case AFFINITY -> part.owns() && (value == null || (there == 0 && (anywhere > 0 || !part.selected())));
            };
            if (refuses) {
                return false;
            }
            if (group.kind() == Kind.AFFINITY && part.owns() && !group.terms().wish()) {
                firsts += there == 0 ? 1 : 0;
                companies += anywhere > 0 ? 1 : 0;
            }
        }
        return firsts == 0 || companies == 0;
    }
}
