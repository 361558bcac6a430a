package karpenter.core.topology;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** The groups that pods alike own or are selected by. Equal memberships are equal. */
public final class Membership {
    public static final Membership NONE = new Membership(List.of());

    private final List<Part> parts;
    private final Part[] perNode;
    private final Part[] perDomain;

    private Membership(List<Part> parts) {
        this.parts = List.copyOf(parts);
        this.perNode = parts.stream().filter(part -> part.group.perNode()).toArray(Part[]::new);
        this.perDomain = parts.stream().filter(part -> !part.group.perNode()).toArray(Part[]::new);
    }

    /** One of owning and being selected holds, or both. */
    public record Part(TopologyGroup group, boolean owns, boolean selected) {}

    /** @param owned and {@code selecting} in any order */
    public static Membership of(Collection<TopologyGroup> owned, Collection<TopologyGroup> selecting) {
        TreeMap<Integer, Part> byId = new TreeMap<>();
        owned.forEach(group -> byId.put(group.id(), new Part(group, true, false)));
        selecting.forEach(group ->
                byId.merge(group.id(), new Part(group, false, true), (own, other) -> new Part(group, true, true)));
        return byId.isEmpty() ? NONE : new Membership(List.copyOf(byId.values()));
    }

    /** By the group's id ascending. */
    public List<Part> parts() {
        return parts;
    }

    /** Those whose domains are nodes; not to be written to. */
    Part[] perNode() {
        return perNode;
    }

    /** Those whose domains are wider than a node, such as zones; not to be written to. */
    Part[] perDomain() {
        return perDomain;
    }

    /** The groups whose domains are nodes. */
    public List<TopologyGroup> groupsPerNode() {
        List<TopologyGroup> groups = new ArrayList<>();
        for (Part part : perNode) {
            groups.add(part.group);
        }
        return groups;
    }

    public boolean bindsNode() {
        return perNode.length > 0;
    }

    public boolean bindsDomain() {
        return perDomain.length > 0;
    }

    /** This without the groups whose domains are wider than a node. */
    public Membership onNode() {
        if (perDomain.length == 0) {
            return this;
        }
        return perNode.length == 0 ? NONE : new Membership(List.of(perNode));
    }

    /** The parts that must find company on their node. */
    public List<Part> companions() {
        List<Part> companions = new ArrayList<>();
        for (Part part : perNode) {
            if (part.owns && part.group.kind() == TopologyGroup.Kind.AFFINITY) {
                companions.add(part);
            }
        }
        return companions;
    }

    /** This for the first pod on a node: selected as before, but content to be alone. */
    public Membership withoutNeedOfCompany() {
        List<Part> content = new ArrayList<>();
        for (Part part : parts) {
            boolean needs = part.owns && part.group.perNode() && part.group.kind() == TopologyGroup.Kind.AFFINITY;
            if (!needs) {
                content.add(part);
            } else if (part.selected) {
                content.add(new Part(part.group, false, true));
            }
        }
        return new Membership(content);
    }

    /** Whether pods of this membership are selected by the group. */
    public boolean selectedBy(TopologyGroup group) {
        for (Part part : parts) {
            if (part.group.equals(group)) {
                return part.selected;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Membership other && parts.equals(other.parts);
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (Part part : parts) {
            hash = 31 * hash + 4 * part.group.id() + (part.owns ? 2 : 0) + (part.selected ? 1 : 0);
        }
        return hash;
    }
}
