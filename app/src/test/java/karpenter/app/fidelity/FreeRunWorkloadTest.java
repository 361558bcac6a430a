package karpenter.app.fidelity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FreeRunWorkloadTest {
    private static final Pattern REPLICAS = Pattern.compile("replicas: (\\d+)");

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 100, 2000, 10_000})
    void hasAsManyPodsAsAskedFor(int pods) {
        List<String> deployments = FreeRunWorkload.of(pods);

        int sum = 0;
        for (String deployment : deployments) {
            Matcher replicas = REPLICAS.matcher(deployment);
            assertThat(replicas.find()).isTrue();
            sum += Integer.parseInt(replicas.group(1));
        }
        assertThat(sum).isEqualTo(pods);
    }
}
