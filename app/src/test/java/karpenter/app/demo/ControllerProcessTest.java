package karpenter.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ControllerProcessTest {
    @Test
    void residentMemoryIsAnonymousAndSharedButNotFiles() {
        assertThat(ControllerProcess.residentKib(List.of(
                        "VmRSS:\t  300000 kB",
                        "RssAnon:\t  100000 kB",
                        "RssFile:\t  180000 kB",
                        "RssShmem:\t   20000 kB")))
                .isEqualTo(120_000);
    }
}
