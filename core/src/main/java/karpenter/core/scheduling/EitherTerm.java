package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import karpenter.api.Labels;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import org.jspecify.annotations.Nullable;

/**
 * One ask in the place of several alternatives.
 *
 * <p><b>Problem.</b> Of a pod's required terms one must hold, and a node that is narrowed to one of them may leave fewer types than
 * the pool's minValues ask for, though all those that hold one term or another are enough. A claim has no words for that.
 *
 * <p><b>Method.</b> It names the types: those of which every offering is in accord with some term. What all terms ask alike it asks
 * as they do. A term about a label that a type doesn't decide is left out.
 */
final class EitherTerm {
    private EitherTerm() {}

    /**
     * What pods of the class ask of nodes of the pool whichever term holds.
     *
     * @return null when there is one term only, or no type that any is in accord with
     */
    static @Nullable NodeAsk of(PodClass podClass, PoolTemplate template, NodeAsk.Interner interner) {
        NodeAsk.Terms last = podClass.asks().getLast().terms();
        List<NodeAsk> alternatives = podClass.asks().stream()
                .filter(ask -> with(Requirements.NONE, ask.terms()).equals(with(Requirements.NONE, last)))
                .toList();
        if (alternatives.size() < 2) {
            return null;
        }
        BitSet either = new BitSet();
        for (NodeAsk ask : alternatives) {
            Narrowing narrowed =
                    template.untouched().with(interner.intern(ask.terms().alone()));
            if (narrowed != null && decidesAll(template, ask, narrowed)) {
                either.or(narrowed.rows());
            }
        }
        Requirements common = common(alternatives);
        Narrowing alike =
                template.untouched().with(interner.intern(with(common, last).alone()));
        if (alike == null) {
            return null;
        }
        Set<String> types = types(template, either);
        BitSet neither = (BitSet) alike.rows().clone();
        neither.andNot(either);
        types.removeAll(types(template, neither));
        return types.isEmpty()
                ? null
                : interner.intern(with(common.and(Requirement.in(Labels.INSTANCE_TYPE, types)), last));
    }

    private static NodeAsk.Terms with(Requirements requirements, NodeAsk.Terms terms) {
        return new NodeAsk.Terms(
                requirements, terms.tolerations(), terms.toleratesSoftTaints(), terms.ports(), terms.groups());
    }

    /** What all ask of a label. */
    private static Requirements common(List<NodeAsk> alternatives) {
        List<Requirement> common = new ArrayList<>();
        for (Requirement requirement : alternatives.getFirst().requirements().all()) {
            if (alternatives.stream()
                    .allMatch(ask ->
                            Objects.equals(requirement, ask.requirements().find(requirement.key())))) {
                common.add(requirement);
            }
        }
        return Requirements.of(common);
    }

    /** Whether a node that is bought by any of the rows left holds what is asked, without having been told to. */
    private static boolean decidesAll(PoolTemplate template, NodeAsk ask, Narrowing narrowed) {
        for (Requirement asked : ask.requirements().all()) {
            String key = asked.key();
            boolean anyway = Objects.equals(
                    template.untouched().requirements().find(key),
                    narrowed.requirements().find(key));
            if (!anyway && !narrowed.rows().stream().allMatch(row -> isSettled(template, row, key))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSettled(PoolTemplate template, int row, String key) {
        Requirement label = template.offerings().row(row).label(key);
        return label != null && !label.isComplement() && label.values().size() == 1;
    }

    private static Set<String> types(PoolTemplate template, BitSet rows) {
        Set<String> types = new TreeSet<>();
        rows.stream()
                .forEach(row -> types.add(template.offerings().row(row).type().name()));
        return types;
    }
}
