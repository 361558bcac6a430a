package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import karpenter.core.resource.ResourceVector;
import karpenter.core.topology.Membership;

/** Nodes that are put together by hand. */
final class PlannedByHand {
    final SchedulingPass pass;
    final List<PlannedNode> nodes = new ArrayList<>();

    PlannedByHand(Problem problem) {
        pass = new SchedulingPass(problem.input(), new Cutoff(() -> false));
    }

    PodClass podClass(String name) {
        return pass.classes().stream()
                .filter(each -> each.waiting().getFirst().key().name().startsWith(name))
                .findFirst()
                .orElseThrow();
    }

    Membership groups(String name) {
        return Site.groups(podClass(name));
    }

    private NodeAsk ask(String name) {
        return pass.interner().intern(podClass(name).asks().getFirst().terms().alone());
    }

    /** A node more with a pod of each of these; in which zone is open as far as they leave it open. */
    PlannedByHand node(String... pods) {
        PoolTemplate pool = pass.pools().getFirst();
        Narrowing narrowing = pool.untouched();
        for (String name : pods) {
            narrowing = Objects.requireNonNull(narrowing.with(ask(name)));
        }
        PlannedNode node = new PlannedNode(
                pool,
                narrowing.rows().nextSetBit(0),
                pool.minValues().asWritten(),
                pool.limits().use(ResourceVector.ZERO),
                pass.columns().count());
        for (String name : pods) {
            NodeAsk ask = ask(name);
            node.add(new Demand.Lot(podClass(name).share(ask, 1), ask), 1);
        }
        nodes.add(node);
        return this;
    }

    Sites sites() {
        return new Sites(pass, pass.machines(), nodes);
    }
}
