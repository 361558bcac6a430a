package karpenter.app.demo;

import static karpenter.app.demo.Records.claim;
import static karpenter.app.demo.Records.node;
import static karpenter.app.demo.Records.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.ClusterDelta.NodeChanged;
import karpenter.core.cluster.ClusterDelta.NodeClaimChanged;
import karpenter.core.cluster.ClusterDelta.NodeClaimGone;
import karpenter.core.cluster.ClusterDelta.NodeGone;
import karpenter.core.cluster.ClusterDelta.PodChanged;
import karpenter.core.cluster.ClusterDelta.PodGone;
import karpenter.core.cluster.PodKey;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StoryTellerTest {
    private final FakeDemoCluster cluster = new FakeDemoCluster();
    private final Installation installation = new Installation(cluster, false);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Figures figures = new Figures();
    private final Workload workload = new Workload(2, "", "", false);
    private long nowMillis;
    private long millisPerLook;
    private @Nullable String trouble;

    private final Story story = new Story("default", Workload::owns, this::nanoTime);
    private final StoryTeller teller = new StoryTeller(
            cluster,
            installation,
            new FakeController(),
            story,
            new Display(new PrintStream(bytes, true, StandardCharsets.UTF_8), false, 0, this::nanoTime),
            figures,
            this::nanoTime,
            () -> trouble);

    /** Uses one thousandth of a core. */
    private final class FakeController implements RunningController {
        @Override
        public boolean alive() {
            return true;
        }

        @Override
        public String tail() {
            return "";
        }

        @Override
        public long peakRssMib() {
            return 100;
        }

        @Override
        public Duration cpu() {
            return Duration.ofNanos(nowMillis * 1_000);
        }
    }

    private long nanoTime() {
        nowMillis += millisPerLook;
        return nowMillis * 1_000_000;
    }

    private void at(long millis, ClusterDelta delta) {
        nowMillis = millis;
        story.accept(delta);
    }

    private void nodesComeAndPodsRun() {
        at(3000, new NodeClaimChanged(claim("c", "", 2)));
        at(4000, new NodeChanged(node("n", "0.5", true)));
        at(4100, new NodeClaimChanged(claim("c", "n", 2)));
        at(5000, new PodChanged(pod("a", "n", true)));
        at(6000, new PodChanged(pod("b", "n", true)));
    }

    private void everythingGoes() {
        at(10_000, new PodGone(new PodKey("default", "a"), "uid-a"));
        at(10_000, new PodGone(new PodKey("default", "b"), "uid-b"));
        at(30_000, new NodeGone("n", ""));
        at(31_000, new NodeClaimGone("c", ""));
    }

    @Test
    void takesAllFiguresWhenEverythingHappens() throws InterruptedException {
        cluster.onDeploymentCreated = this::nodesComeAndPodsRun;
        cluster.onDeploymentDeleted = this::everythingGoes;
        cluster.nominations.put("uid-a", List.of("c"));
        cluster.nominations.put("uid-b", List.of("c"));

        teller.podsCome(workload);
        teller.podsGo(workload);

        assertThat(figures.missing(true)).isEmpty();
        assertThat(figures.toJson(null))
                .contains("\"firstNodeClaimSeconds\":3.0", "\"allPodsReadySeconds\":6.0", "\"nodesGoneSeconds\":25.0")
                .contains("\"nodes\":1", "\"pricePerHourUsd\":0.5", "\"secondRoundNodeClaims\":0")
                .contains("\"podsNominated\":2", "\"podsBoundElsewhere\":0", "\"podsMoreThanPlanned\":0");
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("$ kubectl create deploy nginx --replicas=2 --image=nginx")
                .contains("all 2 pods are Ready")
                .contains("$ kubectl delete deploy nginx")
                .contains("all nodes are gone");
    }

    @Test
    void waitsUntilNodesArePlannedForOthers() throws InterruptedException {
        List<Document> others = Document.shipped("training.yaml");
        cluster.onDeploymentCreated = () -> at(nowMillis + 1, new NodeClaimChanged(claim("c", "", 2)));

        teller.othersCome(others);

        assertThat(cluster.objects).containsKeys("Deployment default/apart", "Deployment default/choosy");
    }

    @Test
    void failsWhenNodesForOthersDoNotCome() {
        at(1, new NodeClaimChanged(claim("c", "", 2)));
        millisPerLook = 20_000;

        assertThatThrownBy(() -> teller.othersCome(Document.shipped("training.yaml")))
                .hasMessageContaining("failed: more NodeClaims come")
                .hasMessageContaining("found: pods 0 pending, 0 starting, 0 running · NodeClaims 1");
    }

    @Test
    void failsWithStepExpectationAndSceneWhenTheDeadlinePasses() {
        millisPerLook = 20_000;
        cluster.onDeploymentCreated = () -> story.accept(new PodChanged(pod("a", null, false)));

        assertThatThrownBy(() -> teller.podsCome(workload))
                .isInstanceOf(DemoFailure.class)
                .hasMessageContaining("failed: NodeClaims come")
                .hasMessageContaining("expected: a NodeClaim for the pending pods within 60 s")
                .hasMessageContaining("found: pods 1 pending");
        assertThat(figures.missing(true)).hasSize(3);
    }

    @Test
    void failsAtOnceWhenTheControllerEnds() {
        cluster.onDeploymentCreated = () -> trouble = "the controller has ended";

        assertThatThrownBy(() -> teller.podsCome(workload))
                .isInstanceOfSatisfying(
                        DemoFailure.class, failure -> assertThat(failure.step()).isEqualTo("NodeClaims come"))
                .hasMessageContaining("found: the controller has ended");
    }

    @Test
    void failsWhenNodesStay() throws InterruptedException {
        cluster.onDeploymentCreated = this::nodesComeAndPodsRun;
        teller.podsCome(workload);
        millisPerLook = 100_000;

        assertThatThrownBy(() -> teller.podsGo(workload))
                .hasMessageContaining("failed: nodes go")
                .hasMessageContaining("nodes 1 (1 ready)");
        assertThat(figures.missing(true)).containsExactly("nodesGoneSeconds");
    }

    @Test
    void refusedRequestIsAFailureOfItsStep() {
        cluster.onDeploymentCreated = () -> {
            throw new IllegalStateException("Deployment default/nginx: forbidden");
        };

        assertThatThrownBy(() -> teller.podsCome(workload))
                .isInstanceOf(DemoFailure.class)
                .hasMessageContaining("failed: create the Deployment")
                .hasMessageContaining("found: Deployment default/nginx: forbidden");
    }

    @Test
    void measuresTheIdleControllersShareOfACore() throws InterruptedException {
        millisPerLook = 10_000;

        teller.timePasses(Duration.ofMinutes(2));

        assertThat(figures.toJson(null)).contains("\"idleCpuPercentOfCore\":0.1");
    }

    @Test
    void prologueWaitsForThePool() {
        story.accept(new ClusterDelta.Listed());
        millisPerLook = 20_000;

        assertThatThrownBy(teller::prologue)
                .hasMessageContaining("failed: NodePool becomes ready")
                .hasMessageContaining("expected: NodePool default with condition Ready=True");
    }
}
