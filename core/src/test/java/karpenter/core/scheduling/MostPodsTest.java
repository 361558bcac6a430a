package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MostPodsTest {
    private static MostPods.Size size(long count, long... amounts) {
        return new MostPods.Size(amounts, count);
    }

    @Test
    void takesAsManyOfOneSizeAsFit() {
        MostPods pods = new MostPods(List.of(size(100, 250, 10)), 2);
        assertThat(pods.on(new long[] {3900, 1000})).isEqualTo(15);
        assertThat(pods.on(new long[] {3900, 90})).as("memory decides").isEqualTo(9);
        assertThat(pods.on(new long[] {-1, 1000})).isZero();
        assertThat(pods.on(new long[] {1 << 20, 1 << 20})).as("all of them").isGreaterThanOrEqualTo(100);
    }

    @Test
    void takesTheSmallestFirst() {
        MostPods pods = new MostPods(List.of(size(2, 10), size(3, 0), size(5, 2)), 1);
        assertThat(pods.on(new long[] {0})).as("those that ask for nothing").isEqualTo(3);
        assertThat(pods.on(new long[] {9})).isEqualTo(7);
        assertThat(pods.on(new long[] {10})).isEqualTo(8);
        assertThat(pods.on(new long[] {19})).isEqualTo(8);
        assertThat(pods.on(new long[] {20})).isEqualTo(9);
    }

    @Test
    void isNeverLessThanWhatFits() {
        Random random = new Random(7);
        for (int problem = 0; problem < 200; problem++) {
            List<MostPods.Size> sizes = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(6); i++) {
                sizes.add(size(1 + random.nextInt(2), random.nextInt(5), random.nextInt(5)));
            }
            long[] free = {random.nextInt(12), random.nextInt(12)};
            assertThat(new MostPods(sizes, 2).on(free)).isGreaterThanOrEqualTo(fitting(sizes, 0, free[0], free[1]));
        }
    }

    private static long fitting(List<MostPods.Size> sizes, int at, long cpu, long memory) {
        if (at == sizes.size()) {
            return 0;
        }
        MostPods.Size size = sizes.get(at);
        long most = 0;
        for (long take = 0; take <= size.count(); take++) {
            long cpuLeft = cpu - take * size.amounts()[0];
            long memoryLeft = memory - take * size.amounts()[1];
            if (cpuLeft >= 0 && memoryLeft >= 0) {
                most = Math.max(most, take + fitting(sizes, at + 1, cpuLeft, memoryLeft));
            }
        }
        return most;
    }
}
