package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import karpenter.api.Labels;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.Mates;
import karpenter.core.topology.Membership;
import karpenter.core.topology.NodeFilter;
import karpenter.core.topology.Selection;
import karpenter.core.topology.TopologyGroup;
import karpenter.core.topology.TopologyGroup.Kind;
import org.junit.jupiter.api.Test;

/** Who may join those picked for a node. */
class WelcomeTest {
    private static final int GROUPS = 5;
    private static final int ASKS = 8;
    private static final List<Kind> KINDS = List.of(Kind.SPREAD, Kind.AFFINITY, Kind.ANTI_AFFINITY);

    private static TopologyGroup group(int id, Kind kind, int maxSkew) {
        return new TopologyGroup(
                id,
                new TopologyGroup.Terms(
                        kind, Labels.HOSTNAME, new Selection(List.of()), maxSkew, 0, NodeFilter.ANY, false));
    }

    private static NodeAsk ask(int id, Membership groups) {
        return new NodeAsk(id, new NodeAsk.Terms(Requirements.NONE, List.of(), false, HostPorts.NONE, groups));
    }

    @Test
    void saysWhenCompanyHasCome() {
        TopologyGroup together = group(0, Kind.AFFINITY, 0);
        NodeAsk follower = ask(0, Membership.of(List.of(together), List.of()));
        NodeAsk host = ask(1, Membership.of(List.of(), List.of(together)));
        Welcome welcome = new Welcome(List.of(follower, host), new Mates(1));

        assertThat(welcome.ofAsks()).containsExactly(false, true);
        assertThat(welcome.add(1)).isTrue();
        assertThat(welcome.ofAsks()).containsExactly(true, true);
        assertThat(welcome.add(1)).isFalse();
        welcome.clear();
        assertThat(welcome.ofAsks()).containsExactly(false, true);
    }

    @Test
    void letsEverybodyInWhereNobodyHasToDoWithGroups() {
        Welcome welcome = new Welcome(List.of(ask(0, Membership.NONE)), null);

        assertThat(welcome.ofAsks()).containsExactly(true);
        assertThat(welcome.matters(0)).isFalse();
        assertThat(welcome.add(0)).isFalse();
    }

    @Test
    void agreesWithCountingTheMatesAnew() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<NodeAsk> asks = asks(random);
            Welcome welcome = new Welcome(asks, new Mates(GROUPS));
            for (int node = 0; node < 3; node++) {
                Mates mates = new Mates();
                welcome.clear();
                for (int pod = 0; pod < 10; pod++) {
                    int newcomer = random.nextInt(ASKS);
                    boolean[] before = welcome.ofAsks().clone();
                    boolean more = welcome.add(newcomer);
                    mates.add(asks.get(newcomer).groups(), 1);
                    for (int ask = 0; ask < ASKS; ask++) {
                        boolean now = welcome.ofAsks()[ask];
                        assertThat(now)
                                .as("seed %d, ask %d after %d", seed, ask, newcomer)
                                .isEqualTo(mates.room(asks.get(ask).groups(), 1) == 1);
                        assertThat(more || before[ask] || !now).isTrue();
                    }
                }
            }
        }
    }

    private static List<NodeAsk> asks(Random random) {
        List<TopologyGroup> groups = new ArrayList<>();
        for (int id = 0; id < GROUPS; id++) {
            groups.add(group(id, KINDS.get(random.nextInt(KINDS.size())), 1 + random.nextInt(2)));
        }
        List<NodeAsk> asks = new ArrayList<>();
        for (int id = 0; id < ASKS; id++) {
            asks.add(ask(id, Membership.of(some(groups, random), some(groups, random))));
        }
        return asks;
    }

    private static List<TopologyGroup> some(List<TopologyGroup> groups, Random random) {
        return groups.stream().filter(group -> random.nextInt(4) == 0).toList();
    }
}
