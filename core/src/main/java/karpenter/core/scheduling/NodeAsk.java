package karpenter.core.scheduling;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.Taint;
import karpenter.core.cluster.Toleration;
import karpenter.core.requirement.Requirements;
import karpenter.core.topology.Membership;
import org.jspecify.annotations.Nullable;

/**
 * What a pod asks of a node apart from amounts: one of the alternatives that {@link PodRequirements} lists for it. Interned
 * within a pass, so that whatever follows from it (which offerings qualify, which machines) is found once for all pods that ask
 * the same.
 *
 * @param id counts from 0 within the pass
 */
record NodeAsk(int id, Terms terms) {
    /**
     * @param toleratesSoftTaints whether PreferNoSchedule taints are put up with
     * @param groups what the pod demands of others and they of it; of these, an ask for one domain names those per node
     */
    record Terms(
            Requirements requirements,
            List<Toleration> tolerations,
            boolean toleratesSoftTaints,
            HostPorts ports,
            Membership groups) {
        /** The same of a node alone, whoever else is there. */
        Terms alone() {
            return new Terms(requirements, tolerations, toleratesSoftTaints, ports, Membership.NONE);
        }

        /** The same where labels are narrowed to one domain of each wider group. */
        Terms within(Requirements domains) {
            return new Terms(requirements.and(domains), tolerations, toleratesSoftTaints, ports, groups.onNode());
        }

        /** The same for a pod that comes first and isn't in need of company. */
        Terms first() {
            return new Terms(requirements, tolerations, toleratesSoftTaints, ports, groups.withoutNeedOfCompany());
        }
    }

    /** Hands out one object for equal terms. */
    static final class Interner {
        private final Map<Terms, NodeAsk> known = new HashMap<>();

        NodeAsk intern(Terms terms) {
            return known.computeIfAbsent(terms, fresh -> new NodeAsk(known.size(), fresh));
        }
    }

    /** Interned, so the number tells them apart. */
    @Override
    public int hashCode() {
        return id;
    }

    Requirements requirements() {
        return terms.requirements();
    }

    HostPorts ports() {
        return terms.ports();
    }

    Membership groups() {
        return terms.groups();
    }

    /** The first taint that keeps the pod away, or null. */
    @Nullable
    Taint untolerated(List<Taint> taints) {
        return untolerated(taints, terms.tolerations(), terms.toleratesSoftTaints());
    }

    static @Nullable Taint untolerated(List<Taint> taints, List<Toleration> tolerations, boolean toleratesSoftTaints) {
        for (Taint taint : taints) {
            boolean soft = taint.effect().equals(Taint.PREFER_NO_SCHEDULE);
            if (!(soft && toleratesSoftTaints)
                    && tolerations.stream().noneMatch(toleration -> toleration.tolerates(taint))) {
                return taint;
            }
        }
        return null;
    }
}
