package karpenter.core.topology;

import java.util.ArrayList;
import java.util.List;

/**
 * The groups that bear on pods of one shape.
 *
 * @param required that they insist on
 * @param preferredAffinity wishes, in the order in which they are given up; and so on for the other kinds
 * @param selecting that select them, whoever owns these
 */
public record PodTopology(
        List<TopologyGroup> required,
        List<TopologyGroup> preferredAffinity,
        List<TopologyGroup> preferredAntiAffinity,
        List<TopologyGroup> preferredSpread,
        List<TopologyGroup> selecting) {
    public static final PodTopology NONE = new PodTopology(List.of(), List.of(), List.of(), List.of(), List.of());

    public PodTopology {
        required = List.copyOf(required);
        preferredAffinity = List.copyOf(preferredAffinity);
        preferredAntiAffinity = List.copyOf(preferredAntiAffinity);
        preferredSpread = List.copyOf(preferredSpread);
        selecting = List.copyOf(selecting);
    }

    /** What is left when so many of each kind of wish are given up. */
    public Membership without(int affinities, int antiAffinities, int spreads) {
        List<TopologyGroup> owned = new ArrayList<>(required);
        owned.addAll(preferredAffinity.subList(affinities, preferredAffinity.size()));
        owned.addAll(preferredAntiAffinity.subList(antiAffinities, preferredAntiAffinity.size()));
        owned.addAll(preferredSpread.subList(spreads, preferredSpread.size()));
        return Membership.of(owned, selecting);
    }
}
