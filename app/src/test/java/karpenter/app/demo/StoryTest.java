package karpenter.app.demo;

import static karpenter.app.demo.Records.claim;
import static karpenter.app.demo.Records.node;
import static karpenter.app.demo.Records.pod;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import karpenter.core.cluster.ClusterDelta.Listed;
import karpenter.core.cluster.ClusterDelta.NodeChanged;
import karpenter.core.cluster.ClusterDelta.NodeClaimChanged;
import karpenter.core.cluster.ClusterDelta.NodeClaimGone;
import karpenter.core.cluster.ClusterDelta.NodeGone;
import karpenter.core.cluster.ClusterDelta.PodChanged;
import karpenter.core.cluster.ClusterDelta.PodGone;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.SchedulerVerdict;
import org.junit.jupiter.api.Test;

class StoryTest {
    private long nowMillis;
    private final Story story = new Story("default", Workload::owns, () -> nowMillis * 1_000_000);

    private void at(long millis, karpenter.core.cluster.ClusterDelta delta) {
        nowMillis = millis;
        story.accept(delta);
    }

    private void twoPodsRunOnOneNode() {
        story.expect(2);
        at(100, new PodChanged(pod("a", null, false)));
        at(100, new PodChanged(pod("b", null, false)));
        at(3200, new NodeClaimChanged(claim("c", "", 2)));
        at(4000, new NodeChanged(node("n", "0.25", false)));
        at(4100, new NodeClaimChanged(claim("c", "n", 2)));
        at(4200, new NodeChanged(node("n", "0.25", true)));
        at(5000, new PodChanged(pod("a", "n", false)));
        at(6000, new PodChanged(pod("a", "n", true)));
        at(7000, new PodChanged(pod("b", "n", true)));
    }

    @Test
    void takesTheMomentsWhenEventsArrive() {
        twoPodsRunOnOneNode();
        at(9000, new PodChanged(pod("b", "n", true)));

        assertThat(story.firstClaimSeconds(200_000_000)).isEqualTo(3.0);
        assertThat(story.allReadySeconds(0)).isEqualTo(7.0);
        assertThat(story.allReady()).isTrue();
        assertThat(story.secondRoundClaims()).isZero();
    }

    @Test
    void isGoneWhenTheLastNodeAndClaimAndPodAreGone() {
        twoPodsRunOnOneNode();
        assertThat(story.allGone()).isFalse();

        at(10_000, new PodGone(new PodKey("default", "a"), "uid-a"));
        at(10_000, new PodGone(new PodKey("default", "b"), "uid-b"));
        at(30_000, new NodeGone("n", ""));
        assertThat(story.allGone()).isFalse();
        assertThat(story.allGoneSeconds(0)).isNull();

        at(31_500, new NodeClaimGone("c", ""));
        assertThat(story.allGone()).isTrue();
        assertThat(story.allGoneSeconds(10_000_000_000L)).isEqualTo(21.5);
    }

    @Test
    void emptinessInBetweenIsNotTheEnd() {
        at(0, new NodeClaimChanged(claim("failed", "", 1)));
        at(1000, new NodeClaimGone("failed", ""));
        at(2000, new NodeClaimChanged(claim("next", "", 1)));

        assertThat(story.allGone()).isFalse();
        assertThat(story.allGoneSeconds(0)).isNull();
    }

    @Test
    void nothingIsGoneBeforeAnythingCame() {
        assertThat(story.nothingLeft()).isTrue();
        assertThat(story.allGone()).isFalse();
        assertThat(story.firstClaimSeconds(0)).isNull();
        assertThat(story.allReadySeconds(0)).isNull();
    }

    @Test
    void claimsMadeAfterPodsWereBoundAreASecondRound() {
        story.expect(2);
        at(0, new NodeClaimChanged(claim("first", "", 2)));
        at(1, new NodeClaimChanged(claim("sibling", "", 2)));
        at(2, new PodChanged(pod("a", "n", false)));
        at(3, new NodeClaimChanged(claim("second", "", 1)));
        at(4, new NodeClaimChanged(claim("first", "n", 2)));

        assertThat(story.secondRoundClaims()).isEqualTo(1);
    }

    @Test
    void claimsMadeAfterAllPodsRanAreConsolidationNotASecondRound() {
        twoPodsRunOnOneNode();
        at(60_000, new NodeClaimChanged(claim("replacement", "", 2)));

        assertThat(story.secondRoundClaims()).isZero();
    }

    @Test
    void podsThatStopBeingReadyOrLeaveDoNotCount() {
        story.expect(2);
        at(0, new PodChanged(pod("a", "n", true)));
        at(1, new PodChanged(pod("a", "n", false)));
        at(2, new PodChanged(pod("b", "n", true)));
        assertThat(story.allReady()).isFalse();

        at(3, new PodGone(new PodKey("default", "b"), "uid-b"));
        at(4, new PodChanged(pod("a", "n", true)));
        assertThat(story.allReady()).isFalse();

        at(5, new PodChanged(pod("b2", "n", true)));
        assertThat(story.allReadySeconds(0)).isEqualTo(0.005);
    }

    @Test
    void othersPodsNodesAndClaimsAreNotItsConcern() {
        story.expect(1);
        Pod foreign = pod("a", "n", true);
        at(
                0,
                new PodChanged(new Pod(
                        new PodKey("kube-system", "a"),
                        foreign.uid(),
                        "1",
                        foreign.shape(),
                        foreign.phase(),
                        "n",
                        null,
                        SchedulerVerdict.NONE,
                        true,
                        foreign.creationTimestamp(),
                        null,
                        null,
                        null,
                        0)));
        at(1, new NodeChanged(node("real", "1", true).withMetadata(karpenter.api.ObjectMeta.named("real"))));
        at(2, new NodeClaimChanged(claim("c", "", 1).withMetadata(karpenter.api.ObjectMeta.named("c"))));

        assertThat(story.nothingLeft()).isTrue();
        assertThat(story.allReady()).isFalse();
        assertThat(story.claimSeen()).isFalse();
    }

    @Test
    void sceneCountsPodsByStateAndAddsPricesUp() {
        story.expect(3);
        at(0, new PodChanged(pod("a", null, false)));
        at(0, new PodChanged(pod("b", "n2", false)));
        at(0, new PodChanged(pod("c", "n2", true)));
        at(0, new NodeChanged(node("n2", "0.2", true)));
        at(0, new NodeChanged(node("n1", "0.1", false)));
        at(0, new NodeClaimChanged(claim("c1", "n1", 1)));
        at(0, new NodeClaimChanged(claim("c2", "", 1)));

        Story.Scene scene = story.scene();

        assertThat(scene.counts())
                .isEqualTo(
                        "pods 1 pending, 1 starting, 1 running · NodeClaims 2 · nodes 2 (1 ready) · $0.3000 per hour");
        assertThat(scene.nodes()).extracting("name").containsExactly("n1", "n2");
        assertThat(scene.launching()).extracting("name").containsExactly("c2");
        assertThat(scene.podsByNode()).containsOnlyKeys("n2").containsEntry("n2", 2);
    }

    @Test
    void unreadablePriceCountsAsNone() {
        assertThat(Story.price(node("n", "cheap", true))).isZero();
    }

    @Test
    void waitingEndsAtOnceWhenAnEventCameSinceItWasLookedAt() throws InterruptedException {
        long seen = story.events();
        story.accept(new Listed());

        story.awaitAfter(seen, Duration.ofHours(1));

        assertThat(story.listed()).isTrue();
    }
}
