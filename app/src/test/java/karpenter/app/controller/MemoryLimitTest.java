package karpenter.app.controller;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryLimitTest {
    @Test
    void warnsOfAHeapThatMayOutgrowTheLimit() {
        assertThat(MemoryLimit.warning(1000, 901)).contains("901 bytes", "1000 bytes", "-XX:MaxRAM=1000");
        assertThat(MemoryLimit.warning(1000, 900)).isNull();
    }

    @Test
    void keepsQuietWithoutALimit() {
        assertThat(MemoryLimit.warning(-1, 1L << 40)).isNull();
        assertThat(MemoryLimit.warning(0, 1L << 40)).isNull();
    }
}
