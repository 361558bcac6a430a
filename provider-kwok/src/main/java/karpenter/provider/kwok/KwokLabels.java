package karpenter.provider.kwok;

import java.util.Set;

/** Label and annotation keys of simulated nodes: names fixed by upstream's KWOK provider, but for the last two. */
public final class KwokLabels {
    public static final String GROUP = "karpenter.kwok.sh";

    public static final String INSTANCE_SIZE = GROUP + "/instance-size";
    public static final String INSTANCE_FAMILY = GROUP + "/instance-family";
    public static final String INSTANCE_CPU = GROUP + "/instance-cpu";
    public static final String INSTANCE_MEMORY = GROUP + "/instance-memory";

    /** Carried by every claim and node of a KWOKNodeClass. */
    public static final String NODE_CLASS = GROUP + "/kwoknodeclass";

    /** Where eks-node-viewer looks for the price, in US dollars per hour. */
    public static final String INSTANCE_PRICE = "eks-node-viewer/instance-price";

    /** Which of several KWOK controllers simulates the node. */
    public static final String PARTITION = "kwok-partition";

    /** As label and as annotation: tells KWOK's controllers to simulate the node's kubelet. */
    public static final String FAKE_NODE = "kwok.x-k8s.io/node";

    public static final String FAKE = "fake";

    /** Annotation: name of the NodeClaim that a node was launched for. */
    public static final String NODE_CLAIM_NAME = GROUP + "/nodeclaim";

    /** Annotation: uid of the NodeClaim that a node was launched for; the proof that this provider made the node. */
    public static final String NODE_CLAIM_UID = GROUP + "/nodeclaim-uid";

    /** Keys whose values this provider knows for every machine it offers. */
    static final Set<String> INSTANCE_KEYS = Set.of(INSTANCE_SIZE, INSTANCE_FAMILY, INSTANCE_CPU, INSTANCE_MEMORY);

    private KwokLabels() {}
}
