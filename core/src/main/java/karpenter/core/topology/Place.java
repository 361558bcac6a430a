package karpenter.core.topology;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ObjIntConsumer;
import karpenter.api.Taint;
import org.jspecify.annotations.Nullable;

/** A node as {@link TopologyFilters} see it, with the pods that are there. */
public abstract class Place {
    private final Map<Membership, Integer> pods = new LinkedHashMap<>();

    /** The value of the node's label, the likeliest where it is still open; null when it has none. A host name is unique. */
    protected abstract @Nullable String label(String key);

    /** The values that the label may come to have; no more than one where that is settled. */
    protected abstract Set<String> possible(String key);

    protected abstract List<Taint> taints();

    /** Whether the node will be there when the pods come; one that leaves is no domain of its own, though its pods count. */
    protected boolean stays() {
        return true;
    }

    /** Puts pods there, or takes them away when negative. */
    public final void add(Membership membership, int count) {
        pods.merge(membership, count, Integer::sum);
    }

    /** The pods there by the groups they have to do with. */
    public final void forEachPod(ObjIntConsumer<Membership> action) {
        pods.forEach(action::accept);
    }

    /** Whether any pod is there that others have to do with. */
    public final boolean hasPods() {
        return !pods.isEmpty();
    }

    /** Whether a pod there insists on being spread. */
    public final boolean hasSpread() {
        return pods.entrySet().stream()
                .anyMatch(entry -> entry.getValue() > 0
                        && entry.getKey().parts().stream()
                                .anyMatch(part -> part.owns()
                                        && part.group().kind() == TopologyGroup.Kind.SPREAD
                                        && !part.group().terms().wish()));
    }

    final Map<Membership, Integer> pods() {
        return pods;
    }
}
