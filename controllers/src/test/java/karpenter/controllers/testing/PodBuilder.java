package karpenter.controllers.testing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.Quantity;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.SchedulerVerdict;
import karpenter.core.cluster.Toleration;
import karpenter.core.resource.ResourceVector;
import karpenter.runtime.TestingTimeSource;
import org.jspecify.annotations.Nullable;

/** Makes pods in namespace {@code default}, owned by a ReplicaSet; pending and unschedulable until bound. */
public final class PodBuilder {
    private final PodKey key;
    private final Map<String, String> labels = new TreeMap<>();
    private final Map<String, Quantity> requests = new TreeMap<>(Map.of("pods", Quantity.parse("1")));
    private final Map<String, Quantity> limits = new TreeMap<>();
    private final Map<String, String> nodeSelector = new TreeMap<>();
    private final List<PodShape.NodeSelectorTerm> nodeAffinity = new ArrayList<>();
    private final List<Toleration> tolerations = new ArrayList<>();
    private final List<PodShape.VolumeReference> volumes = new ArrayList<>();
    private final List<PodShape.TopologySpreadConstraint> topologySpread = new ArrayList<>();
    private final List<PodShape.PodAffinityTerm> podAntiAffinity = new ArrayList<>();
    private @Nullable PodOwner owner = new PodOwner("apps/v1", "ReplicaSet", "web", "web-uid");
    private String uid = "";
    private PodPhase phase = PodPhase.PENDING;
    private @Nullable String nodeName;
    private boolean ready;
    private SchedulerVerdict verdict = SchedulerVerdict.UNSCHEDULABLE;
    private int priority;
    private String priorityClassName = "";
    private long gracePeriodSeconds = 30;
    private Instant created = TestingTimeSource.START;
    private @Nullable Instant deletion;
    private @Nullable Instant started;
    private @Nullable String doNotDisrupt;
    private double deletionCost;

    private PodBuilder(PodKey key) {
        this.key = key;
    }

    public static PodBuilder pod(String name) {
        return new PodBuilder(new PodKey("default", name));
    }

    public static PodBuilder pod(String namespace, String name) {
        return new PodBuilder(new PodKey(namespace, name));
    }

    /** Runs it on that node. */
    public PodBuilder on(String node) {
        nodeName = node;
        phase = PodPhase.RUNNING;
        ready = true;
        started = created;
        return this;
    }

    /** Not looked at by the scheduler yet: neither bound nor unschedulable. */
    public PodBuilder unjudged() {
        verdict = SchedulerVerdict.NONE;
        return this;
    }

    /** Behind a scheduling gate. */
    public PodBuilder gated() {
        verdict = SchedulerVerdict.GATED;
        return this;
    }

    public PodBuilder uid(String value) {
        uid = value;
        return this;
    }

    public PodBuilder label(String label, String value) {
        labels.put(label, value);
        return this;
    }

    public PodBuilder request(String resource, String quantity) {
        requests.put(resource, Quantity.parse(quantity));
        return this;
    }

    public PodBuilder limit(String resource, String quantity) {
        limits.put(resource, Quantity.parse(quantity));
        return this;
    }

    public PodBuilder nodeSelector(String label, String value) {
        nodeSelector.put(label, value);
        return this;
    }

    /** Adds an alternative of the required node affinity. */
    public PodBuilder requireNode(NodeSelectorRequirement... expressions) {
        nodeAffinity.add(new PodShape.NodeSelectorTerm(List.of(expressions), false));
        return this;
    }

    public PodBuilder toleration(Toleration toleration) {
        tolerations.add(toleration);
        return this;
    }

    public PodBuilder volume(String claimName) {
        volumes.add(new PodShape.VolumeReference(claimName, claimName, false, null));
        return this;
    }

    public PodBuilder topologySpread(PodShape.TopologySpreadConstraint constraint) {
        topologySpread.add(constraint);
        return this;
    }

    public PodBuilder antiAffinity(PodShape.PodAffinityTerm term) {
        podAntiAffinity.add(term);
        return this;
    }

    /** A DaemonSet's pod. */
    public PodBuilder daemon() {
        owner = new PodOwner("apps/v1", "DaemonSet", "agent", "agent-uid");
        return this;
    }

    /** A static pod's image. */
    public PodBuilder mirror() {
        owner = new PodOwner("v1", "Node", "node", "node-uid");
        return this;
    }

    public PodBuilder owner(@Nullable PodOwner newOwner) {
        owner = newOwner;
        return this;
    }

    public PodBuilder phase(PodPhase newPhase) {
        phase = newPhase;
        return this;
    }

    public PodBuilder ready(boolean isReady) {
        ready = isReady;
        return this;
    }

    public PodBuilder priority(int value, String className) {
        priority = value;
        priorityClassName = className;
        return this;
    }

    public PodBuilder gracePeriodSeconds(long seconds) {
        gracePeriodSeconds = seconds;
        return this;
    }

    public PodBuilder createdAt(Instant when) {
        created = when;
        return this;
    }

    public PodBuilder startedAt(Instant when) {
        started = when;
        return this;
    }

    /** Being deleted, to be gone by then. */
    public PodBuilder terminatingBy(Instant when) {
        deletion = when;
        return this;
    }

    public PodBuilder doNotDisrupt(String value) {
        doNotDisrupt = value;
        return this;
    }

    public PodBuilder deletionCost(double cost) {
        deletionCost = cost;
        return this;
    }

    public Pod build() {
        PodShape shape = PodShape.builder(key.namespace())
                .labels(labels)
                .owner(owner)
                .requests(ResourceVector.of(requests))
                .limits(ResourceVector.of(limits))
                .nodeSelector(nodeSelector)
                .requiredNodeAffinity(nodeAffinity)
                .tolerations(tolerations)
                .topologySpread(topologySpread)
                .podAntiAffinity(podAntiAffinity)
                .volumes(volumes)
                .priority(priority)
                .priorityClassName(priorityClassName)
                .terminationGracePeriodSeconds(gracePeriodSeconds)
                .build();
        return new Pod(
                key,
                uid,
                "",
                shape,
                phase,
                nodeName,
                null,
                nodeName == null && phase == PodPhase.PENDING ? verdict : SchedulerVerdict.NONE,
                ready,
                created,
                deletion,
                started,
                doNotDisrupt,
                deletionCost);
    }
}
