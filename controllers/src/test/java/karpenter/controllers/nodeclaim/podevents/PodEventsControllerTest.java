package karpenter.controllers.nodeclaim.podevents;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import karpenter.controllers.testing.FakeWorld;
import karpenter.controllers.testing.Faults.Fault;
import karpenter.controllers.testing.NodeBuilder;
import karpenter.controllers.testing.NodeClaimBuilder;
import karpenter.controllers.testing.PodBuilder;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodPhase;
import karpenter.testbed.Covers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@Covers("nodeclaim/podevents: last pod event")
final class PodEventsControllerTest {
    private final FakeWorld world = new FakeWorld();
    private final Instant start = world.now();

    PodEventsControllerTest() {
        start();
        world.api
                .nodeClaims()
                .put(NodeClaimBuilder.claim("a")
                        .initialized("fake:///a", "a", start)
                        .build());
        world.api.nodes().put(NodeBuilder.node("a").build());
        world.settle();
    }

    private void start() {
        world.run(PodEventsController.controller(world.state, world.api.nodeClaims(), world.cloud, world.context));
    }

    private @Nullable Instant stamp() {
        return world.claim("a").status().lastPodEventTime();
    }

    private void after(int seconds) {
        world.pass(Duration.ofSeconds(seconds));
    }

    private Pod put(PodBuilder pod) {
        Pod stored = world.api.putPod(pod.build());
        world.settle();
        return stored;
    }

    @Test
    void stampsWhenAPodIsBoundEndsOrIsDeleted() {
        Pod pod = put(PodBuilder.pod("p"));
        assertThat(stamp()).isNull();
        after(20);
        put(PodBuilder.pod("p").uid(pod.uid()).on("a"));
        assertThat(stamp()).isEqualTo(start.plusSeconds(20));
        after(20);
        put(PodBuilder.pod("p").uid(pod.uid()).on("a").ready(false));
        assertThat(stamp()).isEqualTo(start.plusSeconds(20));
        world.api.startPodDeletion(pod.key());
        world.settle();
        assertThat(stamp()).isEqualTo(start.plusSeconds(40));
        after(20);
        put(PodBuilder.pod("job").on("a"));
        after(20);
        put(PodBuilder.pod("job").uid(world.api.pods().getFirst().uid()).on("a").phase(PodPhase.SUCCEEDED));
        assertThat(stamp()).isEqualTo(start.plusSeconds(80));
    }

    @Test
    void takesEventsWithinTenSecondsForOne() {
        put(PodBuilder.pod("p1").on("a"));
        after(9);
        put(PodBuilder.pod("p2").on("a"));
        assertThat(stamp()).isEqualTo(start);
        after(1);
        put(PodBuilder.pod("p3").on("a"));
        assertThat(stamp()).isEqualTo(start.plusSeconds(10));
    }

    @Test
    void ignoresDaemonsAndStaticPodsAndNodesOfOthers() {
        world.api.nodes().put(NodeBuilder.node("other").build());
        put(PodBuilder.pod("daemon").daemon().on("a"));
        put(PodBuilder.pod("static").mirror().on("a"));
        put(PodBuilder.pod("elsewhere").on("other"));
        assertThat(stamp()).isNull();
        assertThat(world.faults.calls()).isEmpty();
    }

    @Test
    void triesAgainWhenTheServerIsAway() {
        world.faults.at(1, Fault.UNAVAILABLE);
        put(PodBuilder.pod("p").on("a"));
        after(1);
        assertThat(stamp()).isEqualTo(start);
    }

    @Test
    void doesNotTakeARestartForAnEvent() {
        put(PodBuilder.pod("p").on("a"));
        after(60);
        world.restart();
        start();
        world.listAgain();
        after(5);
        assertThat(stamp()).isEqualTo(start);
    }

    @Test
    void makesUpForWhatHappenedWhileItWasDown() {
        put(PodBuilder.pod("p").on("a"));
        after(60);
        world.restart();
        world.api.putPod(PodBuilder.pod("q").createdAt(world.now()).on("a").build());
        after(30);
        start();
        world.listAgain();
        after(1);
        assertThat(stamp()).isEqualTo(start.plusSeconds(60));
    }
}
