package karpenter.core.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodShape;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("virtualpods: virtual pods")
class BufferPodsTest {
    private final List<Pod> pods = Buffers.demand(3).pods();

    @Test
    void countsFromOneInNamesAndUids() {
        assertThat(pods)
                .extracting(Pod::key)
                .containsExactly(
                        new PodKey("shop", "capacity-buffer-spare-1"),
                        new PodKey("shop", "capacity-buffer-spare-2"),
                        new PodKey("shop", "capacity-buffer-spare-3"));
        assertThat(pods).extracting(Pod::uid).containsExactly("uid-1", "uid-2", "uid-3");
    }

    @Test
    void keepsWhatTheTemplateSaysAboutPlaces() {
        PodShape template = Buffers.template();
        PodShape shape = pods.getFirst().shape();
        assertThat(shape.requests()).isEqualTo(template.requests());
        assertThat(shape.labels()).isEqualTo(template.labels());
        assertThat(shape.nodeSelector()).isEqualTo(template.nodeSelector());
        assertThat(shape.podAntiAffinity()).isEqualTo(template.podAntiAffinity());
    }

    @Test
    void hasTheLeastPriorityAndNoVolumes() {
        assertThat(pods).allSatisfy(pod -> {
            assertThat(pod.shape().priority()).isEqualTo(Integer.MIN_VALUE);
            assertThat(pod.shape().volumes()).isEmpty();
        });
    }

    @Test
    void waitsForANodeAndIsYoungerThanAnyPod() {
        assertThat(pods).allMatch(Pod::provisionable);
        assertThat(pods.getFirst().creationTimestamp()).isAfter("2200-01-01T00:00:00Z");
    }

    @Test
    void sharesOneShape() {
        assertThat(pods.get(2).shape()).isSameAs(pods.getFirst().shape());
    }

    @Test
    @Covers("provisioning/buffers: virtual pod classification")
    void isToldFromPodsThatExist() {
        Pod real = Buffers.waiting("web-1");
        assertThat(pods).allMatch(BufferPods::isVirtual);
        assertThat(BufferPods.isVirtual(real)).isFalse();
        assertThat(BufferPods.existing(List.of(pods.getFirst(), real))).containsExactly(real);
        assertThat(BufferPods.virtual(List.of(pods.getFirst(), real))).containsExactly(pods.getFirst());
    }

    @Test
    void isTheSameForTheSameBuffer() {
        assertThat(Buffers.demand(3)).isEqualTo(Buffers.demand(3)).isNotEqualTo(Buffers.demand(2));
    }
}
