package karpenter.core.scheduling;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cheapest way to buy nodes for a handful of pods, exactly.
 *
 * <p><b>Method.</b> Dynamic programming over subsets: the best for a set is, over all subsets that contain its first pod, the
 * cheapest node for the subset and the best for the rest; of equally cheap ways the one with fewer nodes.
 *
 * <p><b>Complexity.</b> 2ⁿ nodes are priced and 3ⁿ divisions compared, for n pods.
 */
final class SubsetSearch {
    /** 256 nodes and 6,561 divisions. */
    static final int MOST_PODS = 8;

    private SubsetSearch() {}

    /**
     * Returns the cheapest draft for all pods left, limits on their sum aside; null when some pod has no node at all.
     *
     * @throws IllegalArgumentException for more than {@link #MOST_PODS} pods
     */
    static @Nullable Draft cheapest(Demand demand, NodeOffers offers) {
        int[] pods = pods(demand);
        int all = (1 << pods.length) - 1;
        @Nullable Bin[] bins = new Bin[all + 1];
        for (int set = 1; set <= all; set++) {
            bins[set] = offers.bin(members(pods, set));
        }
        double[] price = new double[all + 1];
        int[] nodes = new int[all + 1];
        int[] choice = new int[all + 1];
        for (int set = 1; set <= all; set++) {
            price[set] = Double.POSITIVE_INFINITY;
            int first = Integer.lowestOneBit(set);
            for (int part = set; part > 0; part = (part - 1) & set) {
                Bin bin = bins[part];
                if ((part & first) != 0 && bin != null) {
                    double total = bin.price() + price[set ^ part];
                    int count = 1 + nodes[set ^ part];
                    double tie = Draft.TIE * total;
                    if (total < price[set] - tie || (total <= price[set] + tie && count < nodes[set])) {
                        price[set] = total;
                        nodes[set] = count;
                        choice[set] = part;
                    }
                }
            }
        }
        return price[all] == Double.POSITIVE_INFINITY ? null : Draft.of(chosen(bins, choice, all), 0);
    }

    private static int[] pods(Demand demand) {
        int count = demand.count();
        if (count > MOST_PODS) {
            throw new IllegalArgumentException("at most " + MOST_PODS + " pods can be searched, not " + count);
        }
        int[] pods = new int[count];
        int size = 0;
        int[] present = demand.present();
        for (int at = 0; at < demand.presentItems(); at++) {
            for (int i = 0; i < demand.left(present[at]); i++) {
                pods[size++] = present[at];
            }
        }
        return pods;
    }

    private static int[] members(int[] pods, int set) {
        int[] members = new int[Integer.bitCount(set)];
        int size = 0;
        for (int i = 0; i < pods.length; i++) {
            if ((set >>> i & 1) == 1) {
                members[size++] = pods[i];
            }
        }
        return members;
    }

    private static List<Bin> chosen(@Nullable Bin[] bins, int[] choice, int all) {
        List<Bin> chosen = new ArrayList<>();
        for (int set = all; set != 0; set ^= choice[set]) {
            Bin bin = bins[choice[set]];
            if (bin != null) {
                chosen.add(bin);
            }
        }
        return chosen;
    }
}
