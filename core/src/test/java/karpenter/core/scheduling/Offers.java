package karpenter.core.scheduling;

import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;

/** What one pool offers some pods, with prices for all of them; each class under the first of its alternatives. */
class Offers {
    /** Price alone. */
    static final Objective PLAIN = new Objective(0, 1, 0);

    final PoolTemplate pool;
    final Demand demand;
    final Market market;
    final NodeOffers offers;

    Offers(List<InstanceType> types, UnaryOperator<Problem.Pool> change, Objective objective, Collection<Pod> pods) {
        SchedulingPass pass = new SchedulingPass(
                new Problem().pool("default", types, change).waiting(pods).input(), new Cutoff(() -> false));
        pool = pass.pools().getFirst();
        demand = new Demand(
                pass.classes().stream()
                        .map(each -> new Demand.Lot(each, each.asks().getFirst()))
                        .toList(),
                pass.columns().count());
        market = new Market(pool, demand, pass.columns(), objective);
        market.reprice(1);
        offers = new NodeOffers(pool, demand, market, objective);
    }
}
