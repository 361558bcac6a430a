package karpenter.app.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import karpenter.testbed.Fault;
import karpenter.testbed.FaultProxy;
import karpenter.testbed.RecordedRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A node's whole life, once for each request that changes something and each way in which that request can go wrong: pods come,
 * a claim, its machine, the pods run and go, the node goes. Whatever happens, there is one claim and one machine, no pod is
 * lost, and nothing is left.
 *
 * <p>Requests are counted over the whole life, restarts included. What runs side by side in the controller reaches the proxy in
 * another order each time, so the n-th request is not always the same one; the file {@code target/scenarios/crash.csv} says
 * which it was.
 *
 * <p>With {@code -Dkarpenter.faults=all} each fault strikes at each request, in both kinds of life; that takes an hour.
 * Otherwise it strikes at every {@value #STRIDE}-th, each kind of fault beginning at another one, and lives in which it strikes
 * before the pods run are cut short.
 */
final class CrashScenario {
    private static final List<Fault> FAULTS =
            List.of(Fault.KILL_BEFORE, Fault.KILL_AFTER, Fault.ANSWER_409, Fault.ANSWER_429, Fault.TIMEOUT_AFTER);

    private static final boolean ALL =
            System.getProperty("karpenter.faults", "").equals("all");
    private static final int STRIDE = 8;

    /** Lives that go on at once, each on a control plane of its own; they mostly wait. */
    private static final int LANES = Integer.getInteger("karpenter.faults.lanes", 2);

    private static final int REPLICAS = 3;
    private static final Duration RUNNING_DEADLINE = Duration.ofMinutes(3);
    private static final Duration END_DEADLINE = Duration.ofMinutes(3);
    private static final Duration FAULT_DEADLINE = Duration.ofSeconds(30);
    private static final Path FIGURES = Path.of("target", "scenarios", "crash.csv");

    private static final BlockingQueue<ScenarioCluster> free = new LinkedBlockingQueue<>();
    private static final List<ScenarioCluster> clusters = new ArrayList<>();
    private static final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** Why the node goes once its pods have gone. */
    private enum Ending {
        /** It is empty; which takes its time, for it was promised to pods a moment ago. */
        EMPTY,
        /** Somebody deletes its claim. In these lives pods are nominated to their nodes, in the others not. */
        CLAIM_DELETED
    }

    /** What goes wrong when, in which kind of life. */
    private record Mishap(Ending ending, Fault fault, int number) {
        @Override
        public String toString() {
            return fault == Fault.NONE
                    ? "no fault, ending " + ending
                    : fault + " at request " + number + ", ending " + ending;
        }

        String tenant() {
            return (ending + "-" + fault + "-" + number)
                    .toLowerCase(Locale.ROOT)
                    .replace('_', '-');
        }
    }

    /**
     * What a life was like.
     *
     * @param requests how many were numbered
     * @param untilRunning how many of them until the pods ran
     * @param struck the request that the fault met, empty if it met none
     */
    private record Life(int requests, int untilRunning, String struck) {}

    @BeforeAll
    static void startClusters() throws Exception {
        Files.createDirectories(FIGURES.getParent());
        Files.writeString(FIGURES, "ending,fault,n,requests,until-running,struck,starts,seconds\n");
        List<Future<ScenarioCluster>> starting = new ArrayList<>();
        for (int lane = 0; lane < LANES; lane++) {
            starting.add(threads.submit(ScenarioCluster::start));
        }
        for (Future<ScenarioCluster> one : starting) {
            clusters.add(one.get());
        }
        free.addAll(clusters);
    }

    @AfterAll
    static void stopClusters() {
        threads.shutdownNow();
        clusters.forEach(ScenarioCluster::close);
    }

    @TestFactory
    Stream<DynamicTest> livesTheSameWhateverHappensAtAnyRequest() throws Exception {
        Started emptied = new Started(new Mishap(Ending.EMPTY, Fault.NONE, 0));
        Started deleted = new Started(new Mishap(Ending.CLAIM_DELETED, Fault.NONE, 0));
        int untilRunning = deleted.future().get().untilRunning();
        List<Started> lives = new ArrayList<>(List.of(emptied, deleted));
        lives.addAll(start(Ending.CLAIM_DELETED, 1, ALL ? deleted.future().get().requests() : untilRunning));
        lives.addAll(start(
                Ending.EMPTY, ALL ? 1 : untilRunning + 1, emptied.future().get().requests()));
        assertThat(lives).hasSizeGreaterThan(15);
        return lives.stream().map(life -> DynamicTest.dynamicTest(life.mishap().toString(), life::check));
    }

    private static List<Started> start(Ending ending, int first, int last) {
        List<Started> lives = new ArrayList<>();
        for (int n = first; n <= last; n++) {
            for (Fault fault : FAULTS) {
                if (ALL || (n + FAULTS.indexOf(fault)) % STRIDE == 0) {
                    lives.add(new Started(new Mishap(ending, fault, n)));
                }
            }
        }
        return lives;
    }

    /** A life under way. */
    private record Started(Mishap mishap, Future<Life> future) {
        Started(Mishap mishap) {
            this(mishap, threads.submit(() -> live(mishap)));
        }

        void check() throws Exception {
            try {
                Life life = future.get();
                assertThat(mishap.number() > 0 && life.struck().isEmpty() && life.requests() >= mishap.number())
                        .as("the fault did not strike although its request came")
                        .isFalse();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error failure) {
                    throw failure;
                }
                throw e;
            }
        }
    }

    private static Life live(Mishap mishap) throws Exception {
        ScenarioCluster cluster = free.take();
        try {
            return live(cluster, mishap);
        } finally {
            free.add(cluster);
        }
    }

    private static Life live(ScenarioCluster cluster, Mishap mishap) throws Exception {
        long begin = System.nanoTime();
        try (Tenant tenant = new Tenant(cluster, mishap.tenant());
                FaultProxy proxy = FaultProxy.start(cluster.controlPlane().kubeconfig());
                SupervisedController controller = new SupervisedController(
                        proxy.kubeconfig(cluster.controllerKubeconfig()),
                        "crash/" + mishap.tenant(),
                        List.of(
                                "--nominate-pods=" + (mishap.ending() == Ending.CLAIM_DELETED),
                                "--disable-leader-election=true",
                                "--batch-idle-duration=100ms",
                                "--batch-max-duration=1s",
                                "--log-level=debug"))) {
            proxy.onKill(controller::kill);
            if (mishap.fault() != Fault.NONE) {
                proxy.inject(mishap.number(), mishap.fault());
            }
            try {
                int untilRunning = live(tenant, controller, proxy, mishap);
                return told(mishap, controller, proxy, untilRunning, begin);
            } catch (AssertionError | RuntimeException e) {
                controller.dumpThreads();
                throw new AssertionError(
                        mishap + ": " + e.getMessage() + "\nrequests: " + described(proxy.requests()) + "\nlogs: "
                                + controller.logs(),
                        e);
            }
        }
    }

    /** Returns how many requests there were until the pods ran. */
    private static int live(Tenant tenant, SupervisedController controller, FaultProxy proxy, Mishap mishap)
            throws InterruptedException {
        tenant.createPool().deployUnlike(REPLICAS);
        controller.start();
        tenant.awaitRunning(RUNNING_DEADLINE);
        final int untilRunning = proxy.numbered();
        tenant.assertNoPodWasLost();
        tenant.undeploy();
        if (mishap.ending() == Ending.CLAIM_DELETED) {
            controller.awaitForgotten(mishap.tenant());
            tenant.deleteClaims();
        }
        tenant.awaitNothingLeft(END_DEADLINE);
        tenant.deletePool();
        boolean struck = mishap.number() > 0 && proxy.numbered() >= mishap.number();
        if (struck) {
            proxy.awaitFaults(FAULT_DEADLINE);
        }
        assertThat(controller.awaitReady().stop()).as("exit code").isZero();

        assertThat(controller.exitCodes()).as("exit codes of unexpected ends").isEmpty();
        assertThat(controller.starts())
                .as("starts")
                .isEqualTo(struck && mishap.fault().kills() ? 2 : 1);
        assertThat(tenant.claimsEver()).as("claims: %s", tenant.history()).isEqualTo(1);
        tenant.assertOneMachinePerClaim();
        tenant.assertNothingLeftOnServer();
        return untilRunning;
    }

    private static Life told(
            Mishap mishap, SupervisedController controller, FaultProxy proxy, int untilRunning, long begin)
            throws IOException {
        List<RecordedRequest> requests = proxy.requests();
        assertThat(requests)
                .as("requests that are wrong in themselves")
                .noneMatch(request -> request.status() == 400
                        || request.status() == 403
                        || (request.status() == 422 && !isRenewedNomination(request, requests)));
        String struck = requests.stream()
                .filter(request -> request.fault() != Fault.NONE)
                .map(Requests::described)
                .findFirst()
                .orElse("");
        Life life = new Life(proxy.numbered(), untilRunning, struck);
        String line = String.format(
                Locale.ROOT,
                "%s,%s,%d,%d,%d,%s,%d,%.1f%n",
                mishap.ending(),
                mishap.fault(),
                mishap.number(),
                life.requests(),
                untilRunning,
                struck,
                controller.starts(),
                (System.nanoTime() - begin) / 1e9);
        Files.writeString(FIGURES, line, StandardOpenOption.APPEND);
        return life;
    }

    /** A nomination that the scheduler took back is written again, which is refused when the scheduler has bound the pod meanwhile. */
    private static boolean isRenewedNomination(RecordedRequest request, List<RecordedRequest> requests) {
        return Requests.described(request).equals("PATCH pods/status")
                && requests.stream()
                        .anyMatch(other -> other.number() > 0
                                && other.number() < request.number()
                                && other.path().equals(request.path()));
    }

    private static List<String> described(List<RecordedRequest> requests) {
        return requests.stream()
                .filter(request -> request.number() > 0)
                .map(request -> request.number() + " " + Requests.described(request) + " " + request.status()
                        + (request.fault() == Fault.NONE ? "" : " " + request.fault()))
                .toList();
    }
}
