package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.Taint;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodPhase;
import karpenter.core.resource.ResourceVector;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** What goes onto machines that are there already, running or booting. */
class ExistingMachinesTest {
    private static Map<String, List<String>> placed(SchedulingResult result) {
        Map<String, List<String>> placed = new TreeMap<>();
        result.placements()
                .forEach(placement -> placed.put(
                        placement.machine().name(),
                        placement.pods().stream().map(pod -> pod.key().name()).toList()));
        return placed;
    }

    private static Problem problem() {
        return new Problem().pool(Types.kwok());
    }

    @Test
    @Covers({"In-flight: no second node for a fitting pod", "scheduling: existing unmanaged nodes"})
    void usesAMachineBeforeItBuysOne() {
        SchedulingResult result = problem()
                .machine("m", machine -> machine)
                .waiting(pod("a").cpu(1000).build())
                .solve();

        assertThat(placed(result)).containsOnly(Map.entry("m", List.of("a")));
        assertThat(result.plans()).isEmpty();
    }

    @Test
    void placesOntoMachinesEvenWithoutAnyPool() {
        SchedulingResult result = new Problem()
                .machine("m", machine -> machine.pool(null))
                .waiting(pod("a").build())
                .solve();

        assertThat(placed(result)).containsKey("m");
    }

    @Test
    @Covers("scheduling: in-flight nodes")
    void countsOnAMachineThatIsStillBooting() {
        SchedulingResult result = problem()
                .machine("launched", machine -> machine.launched())
                .waiting(pod("a").cpu(1000).build())
                .solve();

        assertThat(placed(result)).containsKey("launched");
    }

    @Test
    void prefersInitializedMachinesToBootingOnes() {
        SchedulingResult result = problem()
                .machine(
                        "a-booting",
                        machine -> machine.booting()
                                .size(ResourceVector.of(2000, 8L << 30).with("pods", 9)))
                .machine("b-ready", machine -> machine)
                .waiting(pod("a").cpu(1000).build())
                .solve();

        assertThat(placed(result)).containsOnlyKeys("b-ready");
    }

    @Test
    void takesTheMachineThatThePodFillsBest() {
        SchedulingResult result = problem()
                .machine("a-empty", machine -> machine)
                .machine("b-half", machine -> machine)
                .running(pod("there").cpu(2500).memoryMib(9000).on("b-half").build())
                .waiting(pod("a").cpu(1000).build())
                .solve();

        assertThat(placed(result)).containsOnlyKeys("b-half");
    }

    @Test
    void leavesRoomAndPortsToThePodsThatTheSchedulerNominatedThere() {
        Problem problem = problem()
                .machine("m", machine -> machine.size(Types.resources(4, 16, 110)))
                .running(pod("preempting").cpu(3000).port("", 80, "TCP").build().withNominatedNodeName("m"))
                .waiting(pod("large").cpu(1500).build())
                .waiting(pod("small").cpu(500).build())
                .waiting(pod("port").cpu(100).port("", 80, "TCP").build());

        SchedulingResult result = problem.solve();

        assertThat(placed(result)).containsOnly(Map.entry("m", List.of("small")));
        assertThat(result.plans()).isNotEmpty();
    }

    @Test
    void takesTheMachineOfWhichLeastIsLeftInShares() {
        // Much memory is left of the first, but no core.
        SchedulingResult result = problem()
                .machine("a", machine -> machine.size(Types.resources(8, 16, 110)))
                .machine("b", machine -> machine.size(Types.resources(4, 64, 110)))
                .waiting(pod("p").cpu(4000).memoryMib(7000).build())
                .solve();

        assertThat(placed(result)).containsOnlyKeys("b");
    }

    @Test
    void holdsAsManyPodsAgainOnceSomeAreTakenAway() {
        Problem problem = new Problem().machine("m", machine -> machine).given(Volumes.limit("m", 3));
        for (int i = 0; i < 4; i++) {
            problem.given(Volumes.bound("data-" + i, "pv-" + i)).given(Volumes.volume("pv-" + i));
            problem.waiting(pod("volume" + i).cpu(400).volumeClaim("data-" + i).build());
        }
        SchedulingInput input = problem.waiting(
                        pod("port").cpu(300).port("", 80, "TCP").times(2))
                .waiting(pod("loner")
                        .label("app", "loner")
                        .cpu(200)
                        .antiAffinity(Constraints.term(Labels.HOSTNAME, "app", "loner"))
                        .times(2))
                .waiting(pod("plain").cpu(1000).times(9))
                .input();
        SchedulingPass pass = new SchedulingPass(input, new Cutoff(() -> false));
        ExistingMachine machine = pass.machines().all().getFirst();
        long[] free = machine.free().clone();
        for (PodClass podClass : pass.classes()) {
            NodeAsk ask = podClass.asks().getFirst();
            int held = machine.holds(podClass, ask, 9);
            PodClass share = podClass.share(ask, held);
            machine.place(share, ask, held);
            assertThat(machine.holds(podClass, ask, 9)).isZero();

            machine.remove(share, 1);
            assertThat(machine.holds(podClass, ask, 9)).isEqualTo(1);
            machine.remove(share, held - 1);

            assertThat(machine.holds(podClass, ask, 9)).isEqualTo(held);
            assertThat(machine.free()).isEqualTo(free);
            assertThat(share.unplaced()).isEqualTo(held);
        }
        assertThat(pass.classes()).hasSize(4);
    }

    @Test
    void leavesThePortsOfOtherPodsTakenWhenSomeAreTakenAway() {
        Pod promised = pod("web").cpu(100).port("", 80, "TCP").build();
        SchedulingInput input = new Problem()
                .machine("m", machine -> machine)
                .waiting(
                        promised,
                        pod("dns").cpu(300).port("", 53, "UDP").build(),
                        pod("proxy").cpu(200).port("", 8080, "TCP").build())
                .promise(promised, "m")
                .input();
        SchedulingPass pass = new SchedulingPass(input, new Cutoff(() -> false));
        ExistingMachine machine = pass.machines().all().getFirst();
        PodClass dns = pass.classes().getFirst();
        PodClass proxy = pass.classes().get(1);
        PodClass web = pass.classes().getLast();
        NodeAsk dnsAsk = dns.asks().getFirst();
        NodeAsk proxyAsk = proxy.asks().getFirst();
        NodeAsk webAsk = web.asks().getFirst();
        machine.keep(web, webAsk, promised);
        PodClass share = dns.share(dnsAsk, 1);
        machine.place(share, dnsAsk, 1);
        machine.place(proxy.share(proxyAsk, 1), proxyAsk, 1);

        machine.remove(share, 1);

        assertThat(machine.holds(web, webAsk, 1)).isZero();
        assertThat(machine.holds(proxy, proxyAsk, 1)).isZero();
        assertThat(machine.holds(dns, dnsAsk, 1)).isEqualTo(1);
        assertThat(machine.kept()).isEqualTo(Map.of(web, 1));
    }

    @Test
    void breaksTiesByName() {
        SchedulingResult result = problem()
                .machine("b", machine -> machine)
                .machine("a", machine -> machine)
                .waiting(pod("x").build())
                .solve();

        assertThat(placed(result)).containsOnlyKeys("a");
    }

    @Test
    void keepsAPromiseThatIsStillGood() {
        Pod promised = pod("p").cpu(1000).build();
        SchedulingResult result = problem()
                .machine("a", machine -> machine)
                .machine("b", machine -> machine)
                .waiting(promised)
                .waiting(pod("other").cpu(3500).build())
                .promise(promised, "b")
                .solve();

        assertThat(placed(result)).containsExactly(Map.entry("a", List.of("other")), Map.entry("b", List.of("p")));
    }

    @Test
    void keepsAPromiseOfAMachineThatItWouldNotChooseNow() {
        Pod promised = pod("p").cpu(1000).build();
        SchedulingResult result = problem()
                .machine("a", machine -> machine)
                .machine("b", machine -> machine)
                .waiting(promised)
                .promise(promised, "b")
                .solve();

        assertThat(placed(result)).containsOnlyKeys("b");
    }

    @Test
    void breaksAPromiseThatNoLongerHolds() {
        Pod promised = pod("p").cpu(1000).build();
        SchedulingResult result = problem()
                .machine("a", machine -> machine)
                .machine("b", machine -> machine)
                .running(pod("there").cpu(3500).on("b").build())
                .waiting(promised)
                .promise(promised, "b")
                .solve();

        assertThat(placed(result)).containsOnlyKeys("a");
    }

    @Test
    void deniesLabelsThatAMachineDoesNotHave() {
        SchedulingResult result = problem()
                .machine("m", machine -> machine)
                .waiting(
                        pod("a").selector(Labels.ARCH, "amd64").build(),
                        pod("b").require(NodeSelectorRequirement.of("team", "NotIn", "x"))
                                .build())
                .solve();

        assertThat(placed(result)).containsOnly(Map.entry("m", List.of("b")));
        assertThat(result.plans()).hasSize(1);
    }

    @Test
    @Covers("scheduling: in-flight nodes and taints")
    void respectsTaintsOfMachines() {
        SchedulingResult result = problem()
                .machine("m", machine -> machine.taint("dedicated", Taint.NO_SCHEDULE))
                .waiting(
                        pod("a").build(),
                        pod("b").tolerate("dedicated", "Exists", "", "").build())
                .solve();

        assertThat(placed(result)).containsOnly(Map.entry("m", List.of("b")));
    }

    @Test
    @Covers("scheduling: in-flight nodes and taints")
    void ignoresTaintsThatGoAwayDuringStartUp() {
        SchedulingResult result = problem()
                .machine("m", machine -> machine.booting().taint("node.kubernetes.io/not-ready", Taint.NO_SCHEDULE))
                .waiting(pod("a").build())
                .solve();

        assertThat(placed(result)).containsKey("m");
    }

    @Test
    @Covers("scheduling: in-flight nodes and daemonsets")
    void leavesRoomForDaemonsThatAreStillToCome() {
        Problem problem = problem()
                .daemonSet("agent", pod("agent").cpu(1000).shape())
                .machine("without", machine -> machine.label("x", "1"))
                .machine("with", machine -> machine.label("x", "2"))
                .running(pod("agent-1").daemonOf("agent").cpu(1000).on("with").build());
        SchedulingResult result = problem.waiting(
                        pod("a").cpu(3500).selector("x", "1").build(),
                        pod("b").cpu(3000).selector("x", "2").build())
                .solve();

        assertThat(placed(result)).containsOnly(Map.entry("with", List.of("b")));
    }

    @Test
    @Covers({"In-flight: unexpected daemon pods", "scheduling: in-flight nodes and daemonsets"})
    void countsUnexpectedDaemonsOnlyOnce() {
        SchedulingResult result = problem()
                .daemonSet("agent", pod("agent").cpu(500).selector("x", "never").shape())
                .machine("m", machine -> machine)
                .running(pod("agent-1").daemonOf("agent").cpu(500).on("m").build())
                .waiting(pod("a").cpu(3500).build())
                .solve();

        assertThat(placed(result)).containsKey("m");
    }

    @Test
    @Covers("scheduling: in-flight nodes and daemonsets")
    void leavesRoomOnABootingMachineForADaemonThatWaitsForInitializedOnes() {
        Problem problem = problem()
                .daemonSet(
                        "agent",
                        pod("agent")
                                .cpu(1000)
                                .selector(Labels.INITIALIZED, "true")
                                .shape())
                .machine("booting", machine -> machine.booting().label("x", "1"))
                .machine("ready", machine -> machine.label("x", "2"))
                .machine("foreign", machine -> machine.pool(null).label("x", "3"));
        for (String x : List.of("1", "2", "3")) {
            problem.waiting(pod("a" + x).cpu(3500).selector("x", x).build());
        }

        assertThat(placed(problem.solve())).containsOnly(Map.entry("foreign", List.of("a3")));
    }

    @Test
    @Covers("scheduling: in-flight nodes and daemonsets")
    void leavesRoomForADaemonWhosePodHasEnded() {
        SchedulingResult result = problem()
                .daemonSet("agent", pod("agent").cpu(1000).shape())
                .machine("m", machine -> machine)
                .running(pod("agent-1")
                        .daemonOf("agent")
                        .cpu(1000)
                        .phase(PodPhase.FAILED)
                        .on("m")
                        .build())
                .waiting(pod("a").cpu(3500).build())
                .solve();

        assertThat(placed(result)).isEmpty();
    }

    @Test
    void takesTheMachineOfWhichLeastIsLeftInAllResourcesTogether() {
        // By cpu alone the first would be fuller.
        SchedulingResult result = problem()
                .machine("a", machine -> machine.size(Types.resources(4, 64, 110)))
                .machine("b", machine -> machine.size(Types.resources(5, 8, 110)))
                .waiting(pod("p").cpu(2000).memoryMib(7000).build())
                .solve();

        assertThat(placed(result)).containsOnlyKeys("b");
    }

    @Test
    void leavesRoomForADaemonWhateverAnUnexpectedOneRequests() {
        SchedulingResult result = problem()
                .daemonSet("agent", pod("agent").cpu(500).shape())
                .daemonSet(
                        "leaving",
                        pod("leaving").cpu(500).selector("x", "never").shape())
                .machine("m", machine -> machine)
                .running(pod("leaving-1").daemonOf("leaving").cpu(500).on("m").build())
                .waiting(pod("a").cpu(3500).build())
                .solve();

        assertThat(placed(result)).isEmpty();
    }

    @Test
    void putsNothingOnAnOvercommittedMachine() {
        SchedulingResult result = problem()
                .machine("m", machine -> machine)
                .running(pod("there").cpu(9000).on("m").build())
                .waiting(pod("a").build())
                .solve();

        assertThat(placed(result)).isEmpty();
        assertThat(result.plans()).hasSize(1);
    }

    @Test
    @Covers({
        "In-flight: host ports to different nodes",
        "scheduling: in-flight nodes and host ports",
        "pkg/scheduling: host port conflicts"
    })
    void putsPodsWithEqualHostPortsOnDifferentMachines() {
        SchedulingResult result = problem()
                .machine("a", machine -> machine)
                .machine("b", machine -> machine)
                .machine("c", machine -> machine)
                .running(pod("there").port("", 80, "TCP").on("a").build())
                .waiting(pod("p").port("10.0.0.1", 80, "TCP").times(2))
                .waiting(pod("q").port("10.0.0.1", 80, "UDP").build())
                .solve();

        assertThat(result.plans()).isEmpty();
        assertThat(result.rejections()).isEmpty();
        assertThat(placed(result).get("b")).contains("p-0");
        assertThat(placed(result).get("c")).contains("p-1");
    }

    @Test
    void fillsMachinesWithLargePodsFirst() {
        SchedulingResult result = new Problem()
                .machine("m", machine -> machine)
                .waiting(pod("small").cpu(1000).times(4))
                .waiting(pod("large").cpu(3000).build())
                .solve();

        assertThat(placed(result).get("m")).containsExactly("large", "small-0");
        assertThat(result.rejections()).hasSize(3);
        assertThat(result.rejections().getFirst().reason()).isEqualTo(new RejectionReason.NoPools());
    }

    @Test
    void givesTheOldestPodsOfAClassAPlaceWhenThereIsNotOneForAll() {
        SchedulingResult result = new Problem()
                .machine("m", machine -> machine)
                .waiting(pod("young")
                        .cpu(2500)
                        .created(Pods.BIRTH.plusSeconds(9))
                        .build())
                .waiting(pod("zold").cpu(2500).build())
                .solve();

        assertThat(placed(result).get("m")).containsExactly("zold");
    }

    @Test
    void triesAPreferredLabelOnMachinesBeforeAnyOther() {
        SchedulingResult result = problem()
                .machine("a", machine -> machine)
                .machine("b", machine -> machine.label("disk", "fast"))
                .waiting(pod("p").prefer(10, in("disk", "fast")).build())
                .solve();

        assertThat(placed(result)).containsOnlyKeys("b");
    }

    @Test
    void placesThousandsOfPodsOnThousandsOfMachines() {
        Problem problem = new Problem();
        for (int i = 0; i < 2000; i++) {
            problem.machine(
                    "m" + i,
                    machine -> machine.size(ResourceVector.of(2000, 4L << 30).with("pods", 8)));
        }
        SchedulingInput input = problem.waiting(Workloads.UNIFORM.pods(4000, 1)).input();
        SchedulingResult result = Scheduler.schedule(input);

        new SolutionChecker(input).check(result);
        assertThat(result.rejections().size()).isLessThan(400);
    }

    @Test
    @Covers("scheduling: in-flight nodes and topology")
    void spreadsOverZonesTogetherWithPodsPromisedToMachinesThatAreBooting() {
        List<Pod> pods = spreading(Labels.ZONE).times(6);
        SchedulingInput input = new Problem()
                .pool(List.of(Types.type("x").build()))
                .machine(
                        "m1",
                        machine ->
                                machine.launched().label(Labels.ZONE, "zone-1").size(Types.resources(1, 1, 2)))
                .machine(
                        "m2",
                        machine ->
                                machine.booting().label(Labels.ZONE, "zone-2").size(Types.resources(1, 1, 2)))
                .waiting(pods)
                .promise(pods.get(0), "m1")
                .promise(pods.get(1), "m1")
                .promise(pods.get(2), "m2")
                .input();
        SchedulingResult result = Scheduler.schedule(input);

        new SolutionChecker(input).check(result);
        assertThat(SpreadTest.counts(result, Labels.ZONE)).isEqualTo(Map.of("zone-1", 2, "zone-2", 2, "zone-3", 2));
        assertThat(placed(result).get("m1")).containsExactly("web-0", "web-1");
    }

    @Test
    @Covers("scheduling: in-flight nodes and topology")
    void spreadsOverHostsTogetherWithMachinesThatAreBooting() {
        SchedulingResult result = new Problem()
                .pool(List.of(Types.type("x").build()))
                .machine("m1", machine -> machine.launched())
                .machine("m2", machine -> machine.launched())
                .waiting(spreading(Labels.HOSTNAME).times(4))
                .solve();

        assertThat(placed(result)).containsOnly(Map.entry("m1", List.of("web-0")), Map.entry("m2", List.of("web-1")));
        assertThat(result.plans())
                .allSatisfy(plan -> assertThat(plan.pods()).hasSize(1))
                .hasSize(2);
    }

    private static Pods.Builder spreading(String key) {
        return pod("web")
                .label("app", "web")
                .cpu(100)
                .spread(Constraints.spread(key, "app", "web").build());
    }

    @Test
    @Covers("In-flight: NotReady initialised node counts as in-flight")
    void countsOnAnInitializedNodeThatIsNotReadyUntilATaintSaysOtherwise() {
        for (boolean tainted : new boolean[] {false, true}) {
            SchedulingResult result = problem()
                    .machine(
                            "m",
                            machine -> tainted
                                    ? machine.notReady().taint("node.kubernetes.io/not-ready", Taint.NO_SCHEDULE)
                                    : machine.notReady())
                    .waiting(pod("a").build())
                    .solve();

            assertThat(result.rejections()).isEmpty();
            assertThat(result.plans()).as("tainted: %s", tainted).hasSize(tainted ? 1 : 0);
        }
    }
}
