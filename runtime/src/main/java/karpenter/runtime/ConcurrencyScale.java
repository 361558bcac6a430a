package karpenter.runtime;

/**
 * How many reconciles may run at once, by the CPU the container was promised: {@code least} up to one core, {@code most} from
 * sixty cores on, linear between.
 */
public final class ConcurrencyScale {
    private static final int FEW_MILLI_CPU = 1_000;
    private static final int MANY_MILLI_CPU = 60_000;

    private ConcurrencyScale() {}

    /**
     * @param cpuRequestsMilli thousandths of a core; 0 or less counts as one core
     * @return between {@code least} and {@code most}
     */
    public static int of(int least, int most, int cpuRequestsMilli) {
        if (least < 1 || most < least) {
            throw new IllegalArgumentException("need 1 <= least <= most, got " + least + " and " + most);
        }
        long beyond = Math.clamp(cpuRequestsMilli, FEW_MILLI_CPU, MANY_MILLI_CPU) - (long) FEW_MILLI_CPU;
        return (int) (least + beyond * (most - least) / (MANY_MILLI_CPU - FEW_MILLI_CPU));
    }
}
