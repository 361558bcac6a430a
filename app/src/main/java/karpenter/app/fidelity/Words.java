package karpenter.app.fidelity;

import java.util.List;

/** The few names that everything in a random cluster is made of, so that things meet. */
final class Words {
    static final String ZONE = "topology.kubernetes.io/zone";
    static final String HOSTNAME = "kubernetes.io/hostname";
    static final String ARCH = "kubernetes.io/arch";
    static final String OS = "kubernetes.io/os";
    static final String INSTANCE_TYPE = "node.kubernetes.io/instance-type";
    static final String CAPACITY_TYPE = "karpenter.sh/capacity-type";
    static final String NODE_POOL = "karpenter.sh/nodepool";
    static final String FAMILY = "karpenter.kwok.sh/instance-family";
    static final String CORES = "karpenter.kwok.sh/instance-cpu";
    static final String TEAM = "team";
    static final String RACK = "example.com/rack";
    static final String TIER = "example.com/tier";
    static final String GPU = "example.com/gpu";

    static final List<String> ZONES = List.of("zone-a", "zone-b", "zone-c");
    static final List<String> CAPACITY_TYPES = List.of("spot", "on-demand");
    static final List<String> ARCHITECTURES = List.of("amd64", "arm64");
    static final List<String> TEAMS = List.of("red", "blue", "green");
    static final List<String> RACKS = List.of("r1", "r2", "r3");
    static final List<String> TIERS = List.of("1", "2", "3", "10");
    static final List<String> FAMILIES = List.of("c", "m", "r");
    static final List<String> POOLS = List.of("pool-0", "pool-1", "pool-2");
    static final List<String> NAMESPACES = List.of("default", "prod", "test");
    static final List<String> APPS = List.of("web", "db", "cache");
    static final List<String> VERSIONS = List.of("v1", "v2");

    private Words() {}
}
