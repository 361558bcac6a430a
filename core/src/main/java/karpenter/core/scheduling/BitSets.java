package karpenter.core.scheduling;

import java.util.BitSet;

/** What the JDK's bit sets can't say. */
final class BitSets {
    private BitSets() {}

    /** Whether each bit of the smaller set is in the larger one as well. */
    static boolean containsAll(BitSet larger, BitSet smaller) {
        for (int bit = smaller.nextSetBit(0); bit >= 0; bit = smaller.nextSetBit(bit + 1)) {
            if (!larger.get(bit)) {
                return false;
            }
        }
        return true;
    }
}
