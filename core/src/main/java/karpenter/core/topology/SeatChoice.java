package karpenter.core.topology;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives pods seats.
 *
 * <p><b>Problem.</b> Pods alike can be put into a few domains. Choose domains so that all constraints of all pods hold, also those
 * of pods to come, and what a machine costs or has free counts only where that doesn't matter.
 *
 * <p><b>Method.</b> Water-filling: one pod after another into the seat that is admitted and keeps the spreads most even; then the
 * one that takes the fewest empty domains from those who need them, that followers can reach, that has free machines, that is
 * cheapest, that comes first.
 *
 * <p><b>Complexity.</b> Pods × seats × groups of the pods; a seat that no group has to do with is filled at once.
 */
public final class SeatChoice {
    private final DomainCounts counts;

    public SeatChoice(DomainCounts counts) {
        this.counts = counts;
    }

    /** Gives so many pods a seat each, or fewer; returns how many. */
    public int fill(List<Seat> seats, int pods) {
        if (seats.size() == 1 && seats.getFirst().parts().length == 0) {
            int count = Math.min(pods, seats.getFirst().left());
            counts.add(seats.getFirst(), count);
            return count;
        }
        for (int given = 0; given < pods; given++) {
            Seat best = best(seats, pods);
            if (best == null) {
                return given;
            }
            counts.add(best, 1);
        }
        return pods;
    }

    private @Nullable Seat best(List<Seat> seats, int pods) {
        Seat best = null;
        long[] least = {};
        for (Seat seat : seats) {
            if (seat.left() > 0 && counts.admits(seat)) {
                long[] rank = rank(seat, pods);
                if (best == null || isBetter(rank, seat.price(), least, best.price())) {
                    best = seat;
                    least = rank;
                }
            }
        }
        return best;
    }

    private long[] rank(Seat seat, int pods) {
        boolean starts = counts.startsCompany(seat);
        return new long[] {
            counts.unevenness(seat),
            counts.spoilt(seat),
            counts.unfollowed(seat),
            // Whoever needs company will follow here and nowhere else. Only the first pod of all can start it.
            starts ? -Math.min(seat.left(), pods) : 0,
            starts && seat.onMachinesOnly() ? 1 : 0,
            seat.hasFreePlace() ? 0 : 1,
        };
    }

    private static boolean isBetter(long[] rank, double price, long[] than, double otherPrice) {
        for (int i = 0; i < rank.length; i++) {
            if (rank[i] != than[i]) {
                return rank[i] < than[i];
            }
        }
        return price < otherPrice;
    }
}
