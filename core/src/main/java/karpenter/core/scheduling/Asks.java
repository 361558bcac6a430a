package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import karpenter.core.cluster.PodShape;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.Membership;
import karpenter.core.topology.PodTopology;

/**
 * The alternatives of pods alike, in the order in which they are tried.
 *
 * <p><b>Method.</b> First with all wishes, as if they were required; then without one more of them each time, in upstream's
 * order: preferred affinity, preferred anti-affinity, preferred node affinity, of each the heaviest first; spreads that may be
 * violated; at last taints that only ask to be avoided are put up with. Of preferred node affinity one term counts at a time.
 * Each step tries every required term, each wherever the volumes can be reached.
 */
final class Asks {
    private final PodShape shape;
    private final PodTopology groups;
    private final VolumeNeeds volumes;
    private final NodeAsk.Interner interner;
    private final HostPorts ports;
    private final List<Requirements> required;
    private final Set<NodeAsk> asks = new LinkedHashSet<>();

    Asks(PodShape shape, PodTopology groups, VolumeNeeds volumes, NodeAsk.Interner interner) {
        this.shape = shape;
        this.groups = groups;
        this.volumes = volumes;
        this.interner = interner;
        this.ports = HostPorts.of(shape.hostPorts());
        this.required = PodRequirements.required(shape);
    }

    List<NodeAsk> alternatives(boolean respectPreferences, boolean softTaints) {
        List<Requirements> preferred = new ArrayList<>();
        if (respectPreferences) {
            preferred.addAll(PodRequirements.preferredTerms(shape));
        }
        preferred.add(Requirements.NONE);
        int affinities = groups.preferredAffinity().size();
        int antiAffinities = groups.preferredAntiAffinity().size();
        int spreads = groups.preferredSpread().size();
        for (int given = 0; given < affinities; given++) {
            add(groups.without(given, 0, 0), preferred.getFirst(), false);
        }
        for (int given = 0; given < antiAffinities; given++) {
            add(groups.without(affinities, given, 0), preferred.getFirst(), false);
        }
        for (Requirements term : preferred) {
            add(groups.without(affinities, antiAffinities, 0), term, false);
        }
        for (int given = 1; given <= spreads; given++) {
            add(groups.without(affinities, antiAffinities, given), Requirements.NONE, false);
        }
        if (softTaints) {
            add(groups.without(affinities, antiAffinities, spreads), Requirements.NONE, true);
        }
        return List.copyOf(asks);
    }

    private void add(Membership membership, Requirements preferred, boolean toleratesSoftTaints) {
        List<Requirements> alternatives =
                required.stream().map(term -> term.and(preferred)).toList();
        for (Requirements alternative : volumes.within(alternatives)) {
            asks.add(interner.intern(
                    new NodeAsk.Terms(alternative, shape.tolerations(), toleratesSoftTaints, ports, membership)));
        }
    }
}
