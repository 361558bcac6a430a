package karpenter.app.fidelity;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Choices that follow from a seed. */
final class Draw {
    private final SplittableRandom random;

    Draw(long seed) {
        random = new SplittableRandom(seed);
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /** From {@code least} to {@code most}, both included. */
    int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** At least one of them, in their order. */
    <T> List<T> some(List<T> of) {
        List<T> some = new ArrayList<>();
        int sure = random.nextInt(of.size());
        for (int i = 0; i < of.size(); i++) {
            if (i == sure || chance(40)) {
                some.add(of.get(i));
            }
        }
        return some;
    }
}
