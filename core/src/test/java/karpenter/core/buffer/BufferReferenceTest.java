package karpenter.core.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.api.autoscaling.CapacityBuffer.ScalableReference;
import karpenter.core.cluster.PodKey;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Covers("capacitybuffer: resolution")
class BufferReferenceTest {
    private static BufferReference toWorkload(@Nullable ScalableReference scalable) {
        return BufferReference.of(
                Buffers.buffer(new CapacityBuffer.Spec(CapacityBuffer.ACTIVE_CAPACITY, null, scalable, 1, null, null)));
    }

    @Test
    void namesTheTemplateInTheBuffersNamespace() {
        assertThat(BufferReference.of(Buffers.buffer(Buffers.spec(1, null, null))))
                .isEqualTo(new BufferReference.ToTemplate(new PodKey("shop", "web")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Deployment", "StatefulSet", "ReplicaSet"})
    void namesTheWorkloadInTheBuffersNamespace(String kind) {
        BufferReference expected = new BufferReference.ToWorkload(kind, new PodKey("shop", "web"));
        assertThat(toWorkload(new ScalableReference("apps", kind, "web"))).isEqualTo(expected);
        assertThat(toWorkload(new ScalableReference("", kind, "web"))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"batch, Job", "apps, DaemonSet", "argoproj.io, Rollout", "other.io, Deployment"})
    void refusesOtherWorkloadsAndNamesThem(String group, String kind) {
        assertThat(toWorkload(new ScalableReference(group, kind, "web")))
                .isInstanceOfSatisfying(
                        BufferReference.Unusable.class,
                        unusable -> assertThat(unusable.why()).contains(group, kind, "StatefulSet"));
    }

    @Test
    void refusesABufferWithoutAReference() {
        assertThat(toWorkload(null))
                .isInstanceOfSatisfying(
                        BufferReference.Unusable.class,
                        unusable -> assertThat(unusable.why()).contains("podTemplateRef", "scalableRef"));
    }

    @Test
    void refusesAStrategyThatItDoesNotKnow() {
        CapacityBuffer.Spec spec = new CapacityBuffer.Spec(
                "example.com/hibernated", new CapacityBuffer.PodTemplateReference("web"), null, 1, null, null);
        assertThat(BufferReference.of(Buffers.buffer(spec)))
                .isInstanceOfSatisfying(
                        BufferReference.Unusable.class,
                        unusable -> assertThat(unusable.why())
                                .contains("example.com/hibernated", CapacityBuffer.ACTIVE_CAPACITY));
    }
}
