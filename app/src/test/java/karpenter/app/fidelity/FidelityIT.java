package karpenter.app.fidelity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import karpenter.app.fidelity.Disagreement.Kind;
import karpenter.app.fidelity.FidelityRun.Summary;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.RejectionReason;
import karpenter.core.scheduling.SchedulingResult;
import karpenter.testbed.SchedulerOracle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scheduler against kube-scheduler's filters. */
class FidelityIT {
    private static final long PODS = 3_000;
    private static final Path CASES = Path.of("src/test/resources/karpenter/app/fidelity");

    private static SchedulerOracle oracle;

    @BeforeAll
    static void startOracle() {
        oracle = SchedulerOracle.start();
    }

    @AfterAll
    static void endOracle() {
        oracle.close();
    }

    private static final Set<Feature> AMONG_PODS = EnumSet.of(
            Feature.SPREAD_ZONE,
            Feature.SPREAD_HOSTNAME,
            Feature.SPREAD_CAPACITY_TYPE,
            Feature.SPREAD_CUSTOM_KEY,
            Feature.SPREAD_ANYWAY,
            Feature.SPREAD_OPTIONS,
            Feature.POD_AFFINITY,
            Feature.POD_ANTI_AFFINITY,
            Feature.PREFERRED_POD_AFFINITY,
            Feature.NAMESPACES);

    private static Summary run(Set<Feature> features) throws InterruptedException {
        return FidelityRun.run(new FidelityRun.Options(1, PODS, 1, features, null), disagreement -> {});
    }

    @Test
    void agreesAboutRandomClusters() throws InterruptedException {
        Summary summary = run(EnumSet.complementOf(EnumSet.copyOf(AMONG_PODS)));

        assertThat(summary.failingSeeds()).isEmpty();
        // The cases are worth their name: some pods find a place, some don't.
        assertThat(summary.unschedulable()).isBetween(PODS / 20, PODS * 2 / 3);
    }

    @Test
    void agreesAboutPodsThatWatchEachOther() throws InterruptedException {
        Summary summary = run(EnumSet.allOf(Feature.class));

        assertThat(summary.failingSeeds()).isEmpty();
        assertThat(summary.features().keySet()).containsExactlyInAnyOrder(Feature.values());
    }

    static List<Path> cases() {
        try (Stream<Path> files = Files.list(CASES)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesAboutWhatOnceWentWrong(Path file) throws IOException {
        Outcome outcome = CaseCheck.check(FidelityCase.parse(Files.readString(file)), oracle);

        assertThat(outcome.disagreements()).isEmpty();
        assertThat(outcome.pods()).isPositive();
    }

    @Test
    void noticesAPodThatItsNodeDoesNotTake() {
        FidelityCase wanted = MadeUp.cluster("""
            "nodeSelector": {"topology.kubernetes.io/zone": "zone-b"}\
            """);
        FidelityCase planned = MadeUp.cluster("""
            "nodeSelector": {"topology.kubernetes.io/zone": "zone-a"}\
            """);

        List<Disagreement> found = CaseCheck.check(wanted, ignored -> answer(wanted, planned), oracle)
                .disagreements();

        assertThat(found)
                .extracting(Disagreement::kind)
                .contains(Kind.REFUSED_WHERE_PLANNED, Kind.NO_ORDER)
                .doesNotContain(Kind.BROKEN);
        assertThat(found.getFirst().theirs()).startsWith("NodeAffinity");
    }

    @Test
    void noticesThatANodeTooSmallIsPlanned() {
        FidelityCase wanted = MadeUp.cluster("\"overhead\": {\"cpu\": \"5\"}");
        FidelityCase planned = MadeUp.cluster("\"overhead\": {\"cpu\": \"1\"}");

        assertThat(CaseCheck.check(wanted, ignored -> answer(wanted, planned), oracle)
                        .disagreements())
                .anySatisfy(each -> assertThat(each.theirs()).startsWith("NodeResourcesFit: Insufficient cpu"));
    }

    @Test
    void noticesAPodThatCouldHaveRun() {
        FidelityCase problem = MadeUp.cluster("");
        SolvedCase solved = SolvedCase.solve(problem);
        SchedulingResult none = new SchedulingResult(
                List.of(),
                List.of(),
                solved.result().plans().getFirst().pods().stream()
                        .map(pod -> new PodRejection(pod, new RejectionReason.NoPools()))
                        .toList(),
                List.of());
        SolvedCase refused = new SolvedCase(problem, solved.types(), solved.machines(), none);

        assertThat(CaseCheck.check(problem, ignored -> refused, oracle).disagreements())
                .extracting(Disagreement::kind)
                .containsExactly(Kind.COULD_RUN);
    }

    /** The answer to one case, given for another. */
    private static SolvedCase answer(FidelityCase wanted, FidelityCase planned) {
        SolvedCase solved = SolvedCase.solve(planned);
        return new SolvedCase(wanted, solved.types(), solved.machines(), solved.result());
    }

    @Test
    void makesAFailingCaseSmall() {
        FidelityCase large = CaseGenerator.generate(5, EnumSet.of(Feature.TOLERATIONS));

        FidelityCase small = Shrinker.shrink(
                large,
                smaller -> smaller.all("Pod").stream()
                        .anyMatch(pod -> pod.path("spec").has("tolerations")),
                1000);

        assertThat(small.types()).isEmpty();
        assertThat(small.objects()).singleElement().satisfies(pod -> {
            assertThat(pod.propertyNames()).containsExactlyInAnyOrder("apiVersion", "kind", "spec");
            assertThat(pod.path("spec").propertyNames())
                    .as("what the case is about, and what no Pod is without")
                    .containsExactlyInAnyOrder("tolerations", "containers");
            assertThat(pod.path("spec").path("tolerations")).isEmpty();
        });
    }
}
