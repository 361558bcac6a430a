package karpenter.kube.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.HostPort;
import karpenter.core.cluster.PodShape.PodAffinityTerm;
import karpenter.core.cluster.PodShape.PreferredTerm;
import karpenter.core.cluster.PodShape.TopologySpreadConstraint;
import karpenter.core.cluster.PodShape.VolumeReference;
import karpenter.core.cluster.PodShape.WeightedPodAffinityTerm;
import org.jspecify.annotations.Nullable;

/** Decodes a pod's spec to its shape, one object for all equal shapes. */
final class PodShapes {
    /** The classes that every cluster has; for others only admission knows the number. */
    private static final Map<String, Integer> BUILT_IN_PRIORITIES =
            Map.of("system-cluster-critical", 2_000_000_000, "system-node-critical", 2_000_001_000);

    private final Interner<PodShape> interner = new Interner<>();

    /**
     * @param spec the PodSpec
     * @param status the PodStatus, may be absent
     * @param asWritten whether the API server's defaults are still to be applied
     */
    PodShape shape(
            String namespace,
            Map<String, String> labels,
            @Nullable PodOwner owner,
            Tree spec,
            Tree status,
            boolean asWritten) {
        PodResources resources = new PodResources(spec, status, asWritten);
        Tree affinity = spec.get("affinity");
        Tree node = affinity.get("nodeAffinity");
        Tree near = affinity.get("podAffinity");
        Tree far = affinity.get("podAntiAffinity");
        String priorityClass = spec.get("priorityClassName").text("");
        return interner.intern(PodShape.builder(namespace)
                .labels(labels)
                .owner(owner)
                .requests(resources.requests())
                .limits(resources.limits())
                .nodeSelector(spec.get("nodeSelector").textMap())
                .requiredNodeAffinity(Selectors.nodeTerms(node.get("requiredDuringSchedulingIgnoredDuringExecution")
                        .get("nodeSelectorTerms")))
                .preferredNodeAffinity(preferredNodeTerms(node.get("preferredDuringSchedulingIgnoredDuringExecution")))
                .tolerations(Selectors.tolerations(spec.get("tolerations")))
                .hostPorts(hostPorts(spec))
                .topologySpread(spread(spec.get("topologySpreadConstraints")))
                .podAffinity(podTerms(near.get("requiredDuringSchedulingIgnoredDuringExecution")))
                .preferredPodAffinity(weightedPodTerms(near.get("preferredDuringSchedulingIgnoredDuringExecution")))
                .podAntiAffinity(podTerms(far.get("requiredDuringSchedulingIgnoredDuringExecution")))
                .preferredPodAntiAffinity(weightedPodTerms(far.get("preferredDuringSchedulingIgnoredDuringExecution")))
                .volumes(volumes(spec.get("volumes")))
                .resourceClaims(resourceClaims(spec.get("resourceClaims")))
                .priority(spec.get("priority").integer(BUILT_IN_PRIORITIES.getOrDefault(priorityClass, 0)))
                .priorityClassName(priorityClass)
                .schedulerName(spec.get("schedulerName").text(PodShape.DEFAULT_SCHEDULER))
                .terminationGracePeriodSeconds(
                        spec.get("terminationGracePeriodSeconds").number(PodShape.DEFAULT_GRACE_PERIOD_SECONDS))
                .build());
    }

    /** The one object for all shapes that equal this one. */
    PodShape shared(PodShape shape) {
        return interner.intern(shape);
    }

    int size() {
        return interner.size();
    }

    private static List<PreferredTerm> preferredNodeTerms(Tree place) {
        List<PreferredTerm> terms = new ArrayList<>();
        for (Tree term : place.items()) {
            terms.add(new PreferredTerm(term.get("weight").integer(0), Selectors.nodeTerm(term.get("preference"))));
        }
        return terms;
    }

    private static List<HostPort> hostPorts(Tree spec) {
        boolean hostNetwork = spec.get("hostNetwork").flag();
        List<HostPort> ports = new ArrayList<>();
        for (Tree container : spec.get("initContainers").items()) {
            // Others are gone before the pod's own containers start.
            if (container.get("restartPolicy").text("").equals("Always")) {
                addHostPorts(container, hostNetwork, ports);
            }
        }
        for (Tree container : spec.get("containers").items()) {
            addHostPorts(container, hostNetwork, ports);
        }
        return ports;
    }

    private static void addHostPorts(Tree container, boolean hostNetwork, List<HostPort> ports) {
        for (Tree port : container.get("ports").items()) {
            int hostPort = port.get("hostPort").integer(0);
            if (hostPort == 0 && hostNetwork) {
                hostPort = port.get("containerPort").integer(0);
            }
            if (hostPort > 0) {
                ports.add(new HostPort(
                        port.get("hostIP").text(""),
                        hostPort,
                        port.get("protocol").text("TCP")));
            }
        }
    }

    private static List<TopologySpreadConstraint> spread(Tree place) {
        List<TopologySpreadConstraint> constraints = new ArrayList<>();
        for (Tree constraint : place.items()) {
            Tree maxSkew = constraint.get("maxSkew");
            if (maxSkew.integer(0) < 1) {
                throw maxSkew.mistake("must be at least 1");
            }
            constraints.add(new TopologySpreadConstraint(
                    maxSkew.integer(1),
                    constraint.get("topologyKey").requiredText(),
                    constraint.get("whenUnsatisfiable").requiredText(),
                    Selectors.labelSelector(constraint.get("labelSelector")),
                    constraint.get("minDomains").integerOrNull(),
                    constraint.get("nodeAffinityPolicy").textOrNull(),
                    constraint.get("nodeTaintsPolicy").textOrNull(),
                    constraint.get("matchLabelKeys").texts()));
        }
        return constraints;
    }

    private static PodAffinityTerm podTerm(Tree term) {
        return new PodAffinityTerm(
                term.get("topologyKey").requiredText(),
                Selectors.labelSelector(term.get("labelSelector")),
                term.get("namespaces").texts(),
                Selectors.labelSelector(term.get("namespaceSelector")),
                term.get("matchLabelKeys").texts(),
                term.get("mismatchLabelKeys").texts());
    }

    private static List<PodAffinityTerm> podTerms(Tree place) {
        List<PodAffinityTerm> terms = new ArrayList<>();
        for (Tree term : place.items()) {
            terms.add(podTerm(term));
        }
        return terms;
    }

    private static List<WeightedPodAffinityTerm> weightedPodTerms(Tree place) {
        List<WeightedPodAffinityTerm> terms = new ArrayList<>();
        for (Tree term : place.items()) {
            terms.add(new WeightedPodAffinityTerm(term.get("weight").integer(0), podTerm(term.get("podAffinityTerm"))));
        }
        return terms;
    }

    private static List<VolumeReference> volumes(Tree place) {
        List<VolumeReference> volumes = new ArrayList<>();
        for (Tree volume : place.items()) {
            String name = volume.get("name").text("");
            Tree claim = volume.get("persistentVolumeClaim");
            Tree ephemeral = volume.get("ephemeral");
            if (claim.present()) {
                volumes.add(new VolumeReference(name, claim.get("claimName").requiredText(), false, null));
            } else if (ephemeral.present()) {
                volumes.add(new VolumeReference(
                        name,
                        "",
                        true,
                        ephemeral
                                .get("volumeClaimTemplate")
                                .get("spec")
                                .get("storageClassName")
                                .textOrNull()));
            }
        }
        return volumes;
    }

    private static List<String> resourceClaims(Tree place) {
        List<String> names = new ArrayList<>();
        for (Tree claim : place.items()) {
            names.add(claim.get("name").text(""));
        }
        return names;
    }
}
