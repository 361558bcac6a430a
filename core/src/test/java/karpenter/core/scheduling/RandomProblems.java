package karpenter.core.scheduling;

import static karpenter.core.scheduling.Pods.in;
import static karpenter.core.scheduling.Pods.pod;
import static karpenter.core.scheduling.Types.type;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.Taint;
import karpenter.core.catalog.InstanceType;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodShape.VolumeReference;

/** Small problems in which every rule turns up now and then. */
final class RandomProblems {
    private static final List<String> KEYS = List.of(
            Labels.ZONE, Labels.ZONE, Labels.HOSTNAME, Labels.HOSTNAME, Labels.CAPACITY_TYPE, Labels.ARCH, "team");

    private final Random random;
    private boolean topology;

    RandomProblems(long seed) {
        random = new Random(seed);
    }

    /** Problems in which pods watch each other. */
    static RandomProblems withTopology(long seed) {
        RandomProblems problems = new RandomProblems(seed);
        problems.topology = true;
        return problems;
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    Problem problem() {
        Problem problem = new Problem();
        int pools = 1 + random.nextInt(3);
        for (int i = 0; i < pools; i++) {
            List<InstanceType> types = types(3 + random.nextInt(15));
            problem.pool("pool-" + i, types, this::pool);
        }
        int machines = random.nextInt(6);
        for (int i = 0; i < machines; i++) {
            String name = "machine-" + i;
            problem.machine(name, this::machine);
            if (chance(50)) {
                Pods.Builder running = any("running-" + i).on(name);
                problem.running((chance(20) ? running.volumeClaim("common") : running).build());
            }
        }
        int daemons = random.nextInt(3);
        for (int i = 0; i < daemons; i++) {
            problem.daemonSet("daemon-" + i, daemon("daemon-" + i).shape());
        }
        storage(problem, machines);
        int classes = 1 + random.nextInt(10);
        for (int i = 0; i < classes; i++) {
            List<Pod> pods = withVolumes(problem, any("pod-" + i), "pod-" + i, 1 + random.nextInt(12));
            problem.waiting(pods);
            if (machines > 0 && chance(20)) {
                problem.promise(pods.getFirst(), "machine-" + random.nextInt(machines));
            }
        }
        boolean preferences = chance(70);
        boolean relax = chance(30);
        int most = chance(20) ? 2 : 600;
        return problem.options(
                options -> new SchedulingOptions(options.wellKnownLabels(), preferences, relax, true, most));
    }

    private void storage(Problem problem, int machines) {
        problem.given(Volumes.storageClass("anywhere"));
        problem.given(Volumes.storageClass("some", Volumes.inZones("zone-1"), Volumes.inZones("zone-3")));
        problem.given(Volumes.bound("common", "pv-common"));
        problem.given(Volumes.zonal("pv-common", one(Types.ZONES), one(Types.ZONES)));
        for (int i = 0; i < machines; i++) {
            if (chance(60)) {
                problem.given(Volumes.limit("machine-" + i, random.nextInt(6)));
            }
        }
    }

    /** So many pods, of which each may have a claim of its own, an ephemeral volume or one that it shares. */
    private List<Pod> withVolumes(Problem problem, Pods.Builder builder, String name, int count) {
        if (chance(15)) {
            return builder.volumeClaim("common").times(count);
        }
        if (chance(10)) {
            return builder.ephemeralVolume(one(List.of("anywhere", "some"))).times(count);
        }
        if (!chance(25)) {
            return builder.times(count);
        }
        List<Pod> pods = new ArrayList<>();
        Pod plain = builder.build();
        for (int i = 0; i < count; i++) {
            String claim = name + "-" + i;
            if (chance(70)) {
                problem.given(Volumes.bound(claim, "pv-" + claim));
                problem.given(Volumes.volume(
                        "pv-" + claim, Volumes.inZones(one(Types.ZONES)), Volumes.inZones(one(Types.ZONES))));
            } else {
                problem.given(Volumes.unbound(claim, one(List.of("anywhere", "some"))));
            }
            pods.add(Pods.of(
                    claim,
                    plain.shape().toBuilder()
                            .volumes(List.of(new VolumeReference("data", claim, false, null)))
                            .build(),
                    null,
                    plain.creationTimestamp()));
        }
        return pods;
    }

    private List<InstanceType> types(int count) {
        List<InstanceType> types = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int cores = 1 << random.nextInt(5);
            int perCore = one(List.of(2, 4, 8));
            Types.Builder builder = type("f" + perCore + ".t" + i)
                    .size(cores, cores * perCore, 8 + 8 * cores)
                    .arch(chance(70) ? "amd64" : "arm64")
                    .price(cores * (0.02 + 0.004 * perCore) * (0.8 + 0.4 * random.nextDouble()));
            if (chance(30)) {
                builder.unavailable("zone-1/spot", "zone-2/on-demand");
            }
            if (chance(20)) {
                builder.zones("zone-2");
            }
            if (chance(20)) {
                builder.onDemandOnly();
            }
            if (chance(15)) {
                builder.with("example.com/gpu", 1 + random.nextInt(4));
            }
            if (chance(15)) {
                builder.systems("linux", "windows");
            }
            types.add(builder.build());
        }
        return types;
    }

    private Problem.Pool pool(Problem.Pool pool) {
        pool.weight(1 + random.nextInt(3));
        if (chance(30)) {
            pool.labels(Map.of("team", one(List.of("a", "b"))));
        } else if (chance(30)) {
            pool.require(NodeSelectorRequirement.of("team", "Exists"));
        }
        if (chance(30)) {
            pool.require(in(Labels.ZONE, "zone-1", "zone-2"));
        }
        if (chance(20)) {
            pool.require(in(Labels.CAPACITY_TYPE, "on-demand"));
        }
        if (chance(20)) {
            pool.taint("dedicated", "x", Taint.NO_SCHEDULE);
        }
        if (chance(20)) {
            pool.taint("soft", "", Taint.PREFER_NO_SCHEDULE);
        }
        if (chance(30)) {
            pool.limit("cpu", Integer.toString(random.nextInt(60)));
        }
        if (chance(20)) {
            pool.limit("nodes", Integer.toString(random.nextInt(5)));
        }
        if (chance(20)) {
            pool.require(Labels.INSTANCE_TYPE, "Exists", 2);
        }
        if (chance(10)) {
            pool.require(Types.FAMILY, "Exists", 2);
        }
        return pool;
    }

    private Problem.Machine machine(Problem.Machine machine) {
        int cores = 1 << random.nextInt(4);
        machine.size(Types.resources(cores, cores * 4, 10 + cores))
                .pool(chance(80) ? "pool-" + random.nextInt(2) : null)
                .label(Labels.ZONE, one(Types.ZONES))
                .label(Labels.ARCH, "amd64")
                .label(Labels.OS, "linux");
        if (chance(40)) {
            machine.label("team", one(List.of("a", "b")));
        }
        if (chance(20)) {
            machine.taint("dedicated", Taint.NO_SCHEDULE);
        }
        if (chance(20)) {
            machine.booting();
        } else if (chance(20)) {
            machine.launched();
        }
        return machine;
    }

    private Pods.Builder daemon(String name) {
        Pods.Builder daemon = pod(name).cpu(50 + random.nextInt(300)).memoryMib(64);
        if (chance(50)) {
            daemon.tolerateAll();
        }
        if (chance(30)) {
            daemon.require(in(Labels.ARCH, "amd64"));
            daemon.require(in(Types.FAMILY, "f8"));
        }
        if (chance(20)) {
            daemon.port("", 9100, "TCP");
        }
        if (chance(20)) {
            daemon.selector(Labels.INITIALIZED, "true");
        }
        return daemon;
    }

    private Pods.Builder any(String name) {
        Pods.Builder pod = pod(name).cpu(random.nextInt(3000)).memoryMib(random.nextInt(8192));
        if (chance(10)) {
            pod.requests("example.com/gpu", 1);
        }
        if (chance(25)) {
            pod.selector(Labels.ARCH, one(List.of("amd64", "arm64")));
        }
        if (chance(25)) {
            pod.require(in(Labels.ZONE, one(Types.ZONES), one(Types.ZONES)));
            if (chance(50)) {
                pod.require(NodeSelectorRequirement.of(Types.FAMILY, "NotIn", "f2"));
            }
        }
        if (chance(20)) {
            pod.selector("team", one(List.of("a", "b")));
        } else if (chance(10)) {
            pod.require(NodeSelectorRequirement.of("team", "DoesNotExist"));
        }
        if (chance(15)) {
            pod.selector(Labels.CAPACITY_TYPE, one(List.of("spot", "on-demand")));
        }
        if (chance(15)) {
            pod.selector(Labels.OS, one(List.of("linux", "windows")));
        }
        if (chance(20)) {
            pod.prefer(random.nextInt(100) + 1, in(Types.FAMILY, "f4"));
            pod.prefer(random.nextInt(100) + 1, in(Labels.ZONE, "zone-9"));
        }
        if (chance(50)) {
            pod.tolerate("dedicated", "Exists", "", "");
        }
        if (chance(10)) {
            pod.port(one(List.of("", "10.0.0.1", "10.0.0.2")), one(List.of(80, 9100)), "TCP");
        }
        if (topology) {
            watch(pod);
        }
        return pod;
    }

    private void watch(Pods.Builder pod) {
        pod.label("app", one(List.of("a", "b", "c"))).namespace(chance(85) ? "default" : "other");
        if (chance(35)) {
            Constraints.Spread spread = Constraints.spread(one(KEYS), "app", one(List.of("a", "b", "c")))
                    .maxSkew(1 + random.nextInt(3));
            if (chance(15)) {
                spread.soft();
            }
            if (chance(15)) {
                spread.minDomains(1 + random.nextInt(4));
            }
            if (chance(15)) {
                spread.affinityPolicy("Ignore");
            }
            if (chance(15)) {
                spread.taintsPolicy("Honor");
            }
            pod.spread(spread.build());
            if (chance(20)) {
                pod.spread(Constraints.spread(one(KEYS), "app", one(List.of("a", "b")))
                        .build());
            }
        }
        if (chance(20)) {
            pod.antiAffinity(Constraints.term(one(KEYS), "app", one(List.of("a", "b", "c"))));
        }
        if (chance(12)) {
            pod.affinity(Constraints.term(one(KEYS), "app", one(List.of("a", "b", "c"))));
            if (chance(20)) {
                pod.affinity(Constraints.term(one(KEYS), "app", one(List.of("a", "b"))));
            }
        }
        if (chance(10)) {
            pod.preferAntiAffinity(5, Constraints.term(one(KEYS), "app", one(List.of("a", "b"))));
        }
        if (chance(10)) {
            pod.preferAffinity(5, Constraints.term(one(KEYS), "app", one(List.of("a", "b"))));
        }
    }
}
