package karpenter.core.scheduling;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.NodeSelectorRequirement;
import karpenter.core.cluster.LabelSelector;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodKey;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodPhase;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.HostPort;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.PreferredTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.cluster.PodShape.VolumeReference;
import karpenter.core.cluster.PodShape.WeightedPodAffinityTerm;
import karpenter.core.cluster.SchedulerVerdict;
import karpenter.core.cluster.Toleration;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/** Builds pods for tests; each asks for one place in {@code pods} and for nothing else unless said otherwise. */
final class Pods {
    static final Instant BIRTH = Instant.parse("2026-01-01T00:00:00Z");

    private Pods() {}

    static Builder pod(String name) {
        return new Builder(name);
    }

    static NodeSelectorTerm term(NodeSelectorRequirement... expressions) {
        return new NodeSelectorTerm(List.of(expressions), false);
    }

    static NodeSelectorRequirement in(String key, String... values) {
        return NodeSelectorRequirement.of(key, "In", values);
    }

    static final class Builder {
        private final String name;
        private String namespace = "default";
        private Map<String, String> labels = Map.of();
        private @Nullable PodOwner owner;
        private ResourceVector requests = ResourceVector.ZERO.with("pods", 1);
        private final Map<String, String> selector = new HashMap<>();
        private final List<NodeSelectorTerm> required = new ArrayList<>();
        private final List<PreferredTerm> preferred = new ArrayList<>();
        private final List<Toleration> tolerations = new ArrayList<>();
        private final List<HostPort> ports = new ArrayList<>();
        private final List<TopologySpreadConstraint> spread = new ArrayList<>();
        private final List<PodAffinityTerm> affinity = new ArrayList<>();
        private final List<PodAffinityTerm> antiAffinity = new ArrayList<>();
        private final List<WeightedPodAffinityTerm> preferredAffinity = new ArrayList<>();
        private final List<WeightedPodAffinityTerm> preferredAntiAffinity = new ArrayList<>();
        private final List<VolumeReference> volumes = new ArrayList<>();
        private List<String> claims = List.of();
        private @Nullable String node;
        private @Nullable PodPhase phase;
        private @Nullable Instant deletion;
        private Instant created = BIRTH;

        private Builder(String name) {
            this.name = name;
        }

        Builder namespace(String value) {
            namespace = value;
            return this;
        }

        Builder label(String key, String value) {
            labels = Map.of(key, value);
            return this;
        }

        Builder labels(Map<String, String> value) {
            labels = value;
            return this;
        }

        Builder daemonOf(String setUid) {
            owner = new PodOwner("apps/v1", "DaemonSet", setUid, setUid);
            return this;
        }

        Builder ownedBy(String kind, String uid) {
            owner = new PodOwner("apps/v1", kind, uid, uid);
            return this;
        }

        Builder cpu(long milli) {
            requests = requests.with("cpu", milli);
            return this;
        }

        Builder memoryMib(long mib) {
            requests = requests.with("memory", mib * Types.MIB);
            return this;
        }

        Builder requests(ResourceVector value) {
            requests = value;
            return this;
        }

        Builder requests(String resource, long amount) {
            requests = requests.with(resource, amount);
            return this;
        }

        Builder selector(String key, String value) {
            selector.put(key, value);
            return this;
        }

        /** One alternative more. */
        Builder require(NodeSelectorRequirement... expressions) {
            required.add(term(expressions));
            return this;
        }

        Builder require(NodeSelectorTerm term) {
            required.add(term);
            return this;
        }

        Builder prefer(int weight, NodeSelectorRequirement... expressions) {
            preferred.add(new PreferredTerm(weight, term(expressions)));
            return this;
        }

        Builder tolerate(String key, String operator, String value, String effect) {
            tolerations.add(new Toleration(key, operator, value, effect));
            return this;
        }

        Builder tolerateAll() {
            tolerations.add(Toleration.EVERYTHING);
            return this;
        }

        Builder port(String ip, int port, String protocol) {
            ports.add(new HostPort(ip, port, protocol));
            return this;
        }

        Builder spread(String key, boolean hard) {
            spread.add(new TopologySpreadConstraint(
                    1,
                    key,
                    hard ? "DoNotSchedule" : "ScheduleAnyway",
                    new LabelSelector(labels, List.of()),
                    null,
                    null,
                    null,
                    List.of()));
            return this;
        }

        Builder spread(TopologySpreadConstraint constraint) {
            spread.add(constraint);
            return this;
        }

        Builder affinity(PodAffinityTerm term) {
            affinity.add(term);
            return this;
        }

        Builder antiAffinity(PodAffinityTerm term) {
            antiAffinity.add(term);
            return this;
        }

        Builder preferAffinity(int weight, PodAffinityTerm term) {
            preferredAffinity.add(new WeightedPodAffinityTerm(weight, term));
            return this;
        }

        Builder preferAntiAffinity(int weight, PodAffinityTerm term) {
            preferredAntiAffinity.add(new WeightedPodAffinityTerm(weight, term));
            return this;
        }

        Builder affinity(String key) {
            affinity.add(podTerm(key, labels));
            return this;
        }

        Builder antiAffinity(String key, Map<String, String> selected) {
            antiAffinity.add(podTerm(key, selected));
            return this;
        }

        Builder preferAntiAffinity(String key) {
            preferredAntiAffinity.add(new WeightedPodAffinityTerm(1, podTerm(key, labels)));
            return this;
        }

        private static PodAffinityTerm podTerm(String key, Map<String, String> selected) {
            return new PodAffinityTerm(
                    key, new LabelSelector(selected, List.of()), List.of(), null, List.of(), List.of());
        }

        Builder volumeClaim(String claim) {
            volumes.add(new VolumeReference("data", claim, false, null));
            return this;
        }

        Builder ephemeralVolume(@Nullable String storageClass) {
            volumes.add(new VolumeReference("scratch", "", true, storageClass));
            return this;
        }

        Builder resourceClaim() {
            claims = List.of("gpu");
            return this;
        }

        Builder on(String nodeName) {
            node = nodeName;
            return this;
        }

        Builder phase(PodPhase value) {
            phase = value;
            return this;
        }

        Builder terminating() {
            deletion = BIRTH.plusSeconds(60);
            return this;
        }

        Builder created(Instant value) {
            created = value;
            return this;
        }

        PodShape shape() {
            return PodShape.builder(namespace)
                    .labels(labels)
                    .owner(owner)
                    .requests(requests)
                    .nodeSelector(selector)
                    .requiredNodeAffinity(required)
                    .preferredNodeAffinity(preferred)
                    .tolerations(tolerations)
                    .hostPorts(ports)
                    .topologySpread(spread)
                    .podAffinity(affinity)
                    .preferredPodAffinity(preferredAffinity)
                    .podAntiAffinity(antiAffinity)
                    .preferredPodAntiAffinity(preferredAntiAffinity)
                    .volumes(volumes)
                    .resourceClaims(claims)
                    .build();
        }

        Pod build() {
            Pod pod = of(name, shape(), node, created);
            return phase == null && deletion == null
                    ? pod
                    : new Pod(
                            pod.key(),
                            pod.uid(),
                            pod.resourceVersion(),
                            pod.shape(),
                            phase == null ? pod.phase() : phase,
                            pod.nodeName(),
                            pod.nominatedNodeName(),
                            pod.verdict(),
                            pod.ready(),
                            pod.creationTimestamp(),
                            deletion,
                            pod.startTime(),
                            pod.doNotDisrupt(),
                            pod.deletionCost());
        }

        /** So many pods of one shape, named {@code name-0} and so on. */
        List<Pod> times(int count) {
            PodShape shape = shape();
            List<Pod> pods = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                pods.add(of(name + "-" + i, shape, node, created));
            }
            return pods;
        }
    }

    static Pod of(String name, PodShape shape, @Nullable String node, Instant created) {
        return new Pod(
                new PodKey(shape.namespace(), name),
                "uid-" + name,
                "1",
                shape,
                node == null ? PodPhase.PENDING : PodPhase.RUNNING,
                node,
                null,
                node == null ? SchedulerVerdict.UNSCHEDULABLE : SchedulerVerdict.NONE,
                false,
                created,
                null,
                null,
                null,
                0);
    }
}
