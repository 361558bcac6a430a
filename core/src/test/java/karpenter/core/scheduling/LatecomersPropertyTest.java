package karpenter.core.scheduling;

import static karpenter.core.scheduling.Constraints.spread;
import static karpenter.core.scheduling.Constraints.term;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import org.junit.jupiter.api.Test;

/** Narrow problems, in which nearly every pod watches others: whoever is left over has no place where kube-scheduler would put it. */
class LatecomersPropertyTest {
    private static final String RACK = "example.com/rack";
    private static final List<String> KEYS =
            List.of(Labels.ZONE, Labels.ZONE, Labels.HOSTNAME, Labels.HOSTNAME, RACK, Labels.CAPACITY_TYPE);
    private static final List<String> APPS = List.of("a", "b");
    private static final List<InstanceType> TYPES = List.of(
            type("x").zones("zone-1", "zone-2").size(2, 8, 8).price(0.1).build(),
            type("y").zones("zone-2", "zone-3").size(2, 8, 8).price(0.11).build(),
            type("z").zones("zone-1").size(4, 16, 8).price(0.2).onDemandOnly().build());

    private final Random random = new Random();

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private Problem problem(int seed) {
        random.setSeed(seed);
        Problem problem = new Problem();
        for (int i = 0; i < 1 + random.nextInt(2); i++) {
            problem.pool("pool-" + i, TYPES, this::pool);
        }
        for (int i = 0; i < random.nextInt(3); i++) {
            String name = "machine-" + i;
            problem.machine(name, machine -> {
                machine.size(Types.resources(2, 8, 2 + random.nextInt(6)))
                        .label(Labels.ZONE, one(Types.ZONES))
                        .label(Labels.CAPACITY_TYPE, "on-demand");
                return chance(60) ? machine.label(RACK, one(List.of("r1", "r2", "r3"))) : machine;
            });
            if (chance(60)) {
                problem.running(
                        pod("running-" + i).label("app", one(APPS)).on(name).build());
            }
        }
        for (int i = 0; i < 2 + random.nextInt(3); i++) {
            problem.waiting(watching("pod-" + i).times(1 + random.nextInt(4)));
        }
        return problem;
    }

    private Problem.Pool pool(Problem.Pool pool) {
        pool.weight(1 + random.nextInt(3));
        if (chance(70)) {
            pool.limit("nodes", Integer.toString(random.nextInt(4)));
        }
        if (chance(20)) {
            pool.require(RACK, "Exists", null);
        } else if (chance(50)) {
            pool.require(RACK, "In", null, "r1", "r2");
        }
        if (chance(25)) {
            pool.require(Labels.INSTANCE_TYPE, "Exists", 2);
        }
        return pool;
    }

    private Pods.Builder watching(String name) {
        Pods.Builder pod = pod(name).label("app", one(APPS)).cpu(100 + 300 * random.nextInt(3));
        if (chance(50)) {
            pod.spread(spread(one(KEYS), "app", one(APPS))
                    .maxSkew(1 + random.nextInt(2))
                    .build());
        }
        if (chance(25)) {
            pod.antiAffinity(term(one(KEYS), "app", one(APPS)));
        }
        if (chance(25)) {
            pod.affinity(term(one(KEYS), "app", one(APPS)));
        }
        if (chance(15)) {
            pod.selector(Labels.ZONE, one(Types.ZONES));
        }
        return pod;
    }

    /** DaemonSets whose pods others watch, some of them on a part of the nodes alone. */
    private Problem withDaemons(int seed) {
        Problem problem = problem(seed);
        for (int i = 0; i < 1 + random.nextInt(2); i++) {
            Pods.Builder daemon = pod("daemon-" + i).label("app", one(APPS)).cpu(10);
            switch (random.nextInt(4)) {
                case 0 -> daemon.selector(Labels.ZONE, one(Types.ZONES));
                case 1 -> daemon.selector(Types.FAMILY, one(List.of("x", "y", "z")));
                case 2 -> daemon.selector(RACK, "r1");
                default -> daemon.cpu(20);
            }
            problem.daemonSet("daemon-" + i, daemon.shape());
        }
        return problem;
    }

    /**
     * @param welcome pods that were turned away although a node would take them
     */
    private record Outcome(int placed, int rejected, int welcome) {
        static Outcome of(int problems, IntFunction<Problem> problem) {
            int placed = 0;
            int rejected = 0;
            int welcome = 0;
            for (int seed = 0; seed < problems; seed++) {
                SchedulingInput input = problem.apply(seed).input();
                SchedulingResult result = Scheduler.schedule(input);
                try {
                    new SolutionChecker(input).checkRules(result);
                } catch (AssertionError | RuntimeException broken) {
                    throw new AssertionError("seed " + seed + ": " + broken.getMessage(), broken);
                }
                TopologyChecker topology = new TopologyChecker(input, result);
                for (PodRejection rejection : result.rejections()) {
                    welcome += topology.welcomes(rejection) ? 1 : 0;
                }
                placed += input.pods().size() - result.rejections().size();
                rejected += result.rejections().size();
            }
            return new Outcome(placed, rejected, welcome);
        }
    }

    @Test
    void leavesNobodyOverWhomANodeWouldTake() {
        Outcome outcome = Outcome.of(250, this::problem);

        assertThat(outcome.welcome()).isZero();
        assertThat(outcome.placed()).isGreaterThan(1_300);
        assertThat(outcome.rejected()).isGreaterThan(300);
    }

    @Test
    void countsThePodsOfDaemonSets() {
        Outcome outcome = Outcome.of(250, seed -> withDaemons(1_000 + seed));

        assertThat(outcome.welcome())
                .as("a node that minValues leaves open may become one that would take a pod, or another")
                .isLessThan(3);
        assertThat(outcome.placed()).isGreaterThan(1_200);
        assertThat(outcome.rejected()).isGreaterThan(300);
    }
}
