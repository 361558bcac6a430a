package karpenter.api;

import java.util.Map;
import java.util.Set;

/** Label, annotation, finalizer and taint keys: names fixed by the field. */
public final class Labels {
    public static final String GROUP = "karpenter.sh";

    public static final String NODE_POOL = "karpenter.sh/nodepool";
    public static final String CAPACITY_TYPE = "karpenter.sh/capacity-type";
    public static final String REGISTERED = "karpenter.sh/registered";
    public static final String INITIALIZED = "karpenter.sh/initialized";
    public static final String DO_NOT_SYNC_TAINTS = "karpenter.sh/do-not-sync-taints";
    public static final String EXCLUDE_FROM_LOAD_BALANCERS = "node.kubernetes.io/exclude-from-external-load-balancers";

    public static final String DO_NOT_DISRUPT = "karpenter.sh/do-not-disrupt";
    public static final String NODE_POOL_HASH = "karpenter.sh/nodepool-hash";
    public static final String NODE_POOL_HASH_VERSION = "karpenter.sh/nodepool-hash-version";
    public static final String TERMINATION_TIMESTAMP = "karpenter.sh/nodeclaim-termination-timestamp";
    public static final String MIN_VALUES_RELAXED = "karpenter.sh/nodeclaim-min-values-relaxed";
    public static final String PRICE_OVERLAY_APPLIED = "karpenter.sh/price-overlay-applied";
    public static final String CAPACITY_OVERLAY_APPLIED = "karpenter.sh/capacity-overlay-applied";

    public static final String TERMINATION_FINALIZER = "karpenter.sh/termination";
    public static final String UNREGISTERED_TAINT = "karpenter.sh/unregistered";
    public static final String DISRUPTED_TAINT = "karpenter.sh/disrupted";

    public static final String ZONE = "topology.kubernetes.io/zone";
    public static final String REGION = "topology.kubernetes.io/region";
    public static final String INSTANCE_TYPE = "node.kubernetes.io/instance-type";
    public static final String ARCH = "kubernetes.io/arch";
    public static final String OS = "kubernetes.io/os";
    public static final String HOSTNAME = "kubernetes.io/hostname";
    public static final String WINDOWS_BUILD = "node.kubernetes.io/windows-build";

    public static final String CAPACITY_TYPE_SPOT = "spot";
    public static final String CAPACITY_TYPE_ON_DEMAND = "on-demand";
    public static final String CAPACITY_TYPE_RESERVED = "reserved";

    /** Keys every provider knows values for; providers add theirs through the SPI, never by changing this set. */
    public static final Set<String> WELL_KNOWN =
            Set.of(NODE_POOL, ZONE, REGION, INSTANCE_TYPE, ARCH, OS, CAPACITY_TYPE, WINDOWS_BUILD);

    /** Old keys, still written in manifests, and the ones that replaced them; source: the Kubernetes label reference. */
    public static final Map<String, String> NORMALIZED = Map.of(
            "failure-domain.beta.kubernetes.io/zone", ZONE,
            "failure-domain.beta.kubernetes.io/region", REGION,
            "beta.kubernetes.io/arch", ARCH,
            "beta.kubernetes.io/os", OS,
            "beta.kubernetes.io/instance-type", INSTANCE_TYPE);

    private Labels() {}

    /** Whether the key lies in {@code karpenter.sh} or a domain below it, where only Karpenter's own keys are allowed. */
    public static boolean inOwnDomain(String key) {
        int slash = key.indexOf('/');
        String domain = slash < 0 ? "" : key.substring(0, slash);
        return domain.equals(GROUP) || domain.endsWith("." + GROUP);
    }
}
