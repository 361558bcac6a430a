package karpenter.app.fidelity;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Draws pods with the features of a case. */
final class PodDraw {
    private final Draw draw;
    private final Set<Feature> features;
    private final VolumeDraw volumes;
    private final TopologyDraw topology;

    PodDraw(Draw draw, Set<Feature> features, VolumeDraw volumes) {
        this.draw = draw;
        this.features = features;
        this.volumes = volumes;
        this.topology = new TopologyDraw(draw, features);
    }

    private boolean drawn(Feature feature, int percent) {
        return features.contains(feature) && draw.chance(percent);
    }

    /** Waiting pods that are alike but for their names, and for what each has of its own. */
    List<ObjectNode> workload(String name, int replicas) {
        String namespace = draw.chance(70) ? "default" : draw.one(Words.NAMESPACES);
        ObjectNode first = Trees.named("v1", "Pod", namespace, name + "-0");
        ObjectNode labels = Trees.within(first, "metadata", "labels");
        labels.put("app", draw.one(Words.APPS));
        labels.put("version", draw.one(Words.VERSIONS));
        labels.put("workload", name);
        ObjectNode spec = first.putObject("spec");
        containers(spec);
        nodeAffinity(spec);
        tolerations(spec);
        topology.add(spec, labels);
        List<ObjectNode> pods = new ArrayList<>();
        for (int i = 0; i < replicas; i++) {
            ObjectNode pod = first.deepCopy();
            Trees.within(pod, "metadata").put("name", name + "-" + i);
            if (drawn(Feature.SPREAD_OPTIONS, 20)) {
                Trees.within(pod, "metadata", "labels").put("version", draw.one(Words.VERSIONS));
            }
            pods.add(pod);
        }
        volumes.attach(pods);
        return pods;
    }

    /** A pod that runs on a node. */
    ObjectNode running(String name, String node, String zone) {
        ObjectNode pod = Trees.named("v1", "Pod", draw.chance(70) ? "default" : draw.one(Words.NAMESPACES), name);
        ObjectNode labels = Trees.within(pod, "metadata", "labels");
        labels.put("app", draw.one(Words.APPS));
        labels.put("version", draw.one(Words.VERSIONS));
        ObjectNode spec = pod.putObject("spec").put("nodeName", node);
        ObjectNode container = container(spec, "containers");
        Trees.within(container, "resources", "requests").put("cpu", draw.between(50, 400) + "m");
        if (drawn(Feature.HOST_PORTS, 30)) {
            hostPort(container);
        }
        if (draw.chance(20)) {
            topology.antiAffinity(spec, labels);
        }
        volumes.attachRunning(pod, zone);
        pod.putObject("status").put("phase", "Running");
        return pod;
    }

    /** A DaemonSet; its pods ask for little, for some nodes only now and then. */
    ObjectNode daemonSet(String name) {
        ObjectNode set = Trees.named("apps/v1", "DaemonSet", "default", name);
        Trees.within(set, "metadata").put("uid", "uid-" + name);
        ObjectNode spec = set.putObject("spec");
        Trees.within(spec, "selector", "matchLabels").put("daemon", name);
        ObjectNode template = spec.putObject("template");
        Trees.within(template, "metadata", "labels").put("daemon", name);
        ObjectNode podSpec = template.putObject("spec");
        ObjectNode container = container(podSpec, "containers");
        Trees.within(container, "resources", "requests")
                .put("cpu", draw.between(10, 300) + "m")
                .put("memory", draw.between(16, 512) + "Mi");
        if (drawn(Feature.HOST_PORTS, 40)) {
            // Two DaemonSets that want one port can't both run anywhere.
            hostPort(container).put("hostPort", name.endsWith("0") ? 9100 : 81);
        }
        if (draw.chance(30)) {
            Trees.within(podSpec, "nodeSelector").put(Words.ARCH, "amd64");
        } else if (draw.chance(20)) {
            Trees.within(podSpec, "nodeSelector").put("karpenter.sh/initialized", "true");
        }
        if (draw.chance(30)) {
            ArrayNode terms = Trees.list(
                    Trees.within(podSpec, "affinity", "nodeAffinity", Feature.REQUIRED), "nodeSelectorTerms");
            int count = draw.between(1, 2);
            for (int i = 0; i < count; i++) {
                terms.addObject().putArray("matchExpressions").add(nodeExpression());
            }
        }
        if (draw.chance(60)) {
            Trees.list(podSpec, "tolerations").addObject().put("operator", "Exists");
        }
        return set;
    }

    /** The DaemonSet's pod on a node. */
    ObjectNode daemonPod(ObjectNode set, String node) {
        ObjectNode pod = Trees.named("v1", "Pod", "default", Trees.name(set) + "-" + node);
        ObjectNode metadata = Trees.within(pod, "metadata");
        metadata.set("labels", set.at("/spec/template/metadata/labels").deepCopy());
        ObjectNode owner = metadata.putArray("ownerReferences").addObject();
        owner.put("apiVersion", "apps/v1").put("kind", "DaemonSet").put("name", Trees.name(set));
        owner.put("uid", set.path("metadata").path("uid").asString()).put("controller", true);
        ObjectNode spec = (ObjectNode) set.at("/spec/template/spec").deepCopy();
        pod.set("spec", spec.put("nodeName", node));
        pod.putObject("status").put("phase", "Running");
        return pod;
    }

    private static ObjectNode container(ObjectNode spec, String list) {
        ArrayNode containers = Trees.list(spec, list);
        return containers.addObject().put("name", "c" + containers.size()).put("image", "i");
    }

    private void containers(ObjectNode spec) {
        int count = draw.chance(80) ? 1 : 2;
        for (int i = 0; i < count; i++) {
            ObjectNode container = container(spec, "containers");
            if (draw.chance(95)) {
                resources(Trees.within(container, "resources"), draw.chance(20) ? 4000 : 1200);
            }
            if (drawn(Feature.HOST_PORTS, 40)) {
                hostPort(container);
            }
        }
        if (drawn(Feature.INIT_CONTAINERS, 60)) {
            int inits = draw.between(1, 3);
            for (int i = 0; i < inits; i++) {
                ObjectNode init = container(spec, "initContainers");
                init.put("name", "init" + i);
                resources(Trees.within(init, "resources"), 2500);
                if (draw.chance(40)) {
                    init.put("restartPolicy", "Always");
                }
                if (drawn(Feature.HOST_PORTS, 20)) {
                    hostPort(init);
                }
            }
        }
        if (drawn(Feature.POD_RESOURCES, 50)) {
            ObjectNode whole = Trees.within(spec, "resources", draw.chance(60) ? "requests" : "limits");
            whole.put("cpu", draw.between(4100, 6000) + "m");
            if (draw.chance(60)) {
                whole.put("memory", draw.between(8, 12) + "Gi");
            }
        }
        if (drawn(Feature.POD_OVERHEAD, 50)) {
            Trees.within(spec, "overhead").put("cpu", "150m").put("memory", "100Mi");
        }
        if (drawn(Feature.HOST_PORTS, 5)) {
            spec.put("hostNetwork", true);
        }
    }

    private void resources(ObjectNode resources, int mostMilliCpu) {
        ObjectNode requests = Trees.object();
        if (draw.chance(90)) {
            requests.put(
                    "cpu",
                    draw.chance(10)
                            ? draw.one(List.of("1", "0.25", "0", "1e-1"))
                            : draw.between(10, mostMilliCpu) + "m");
        }
        if (draw.chance(80)) {
            requests.put("memory", draw.chance(10) ? draw.one(List.of("1G", "500000000", "1.5Gi")) : memory());
        }
        if (drawn(Feature.EPHEMERAL_STORAGE, 50)) {
            requests.put("ephemeral-storage", draw.between(1, 12) + "Gi");
        }
        if (drawn(Feature.EXTENDED_RESOURCES, 40)) {
            Trees.within(resources, "limits").put(Words.GPU, "1");
            requests.put(Words.GPU, "1");
        }
        if (requests.isEmpty()) {
            return;
        }
        if (draw.chance(15)) {
            ObjectNode limits = Trees.within(resources, "limits");
            requests.properties().forEach(entry -> limits.set(entry.getKey(), entry.getValue()));
        } else {
            resources.set("requests", requests);
        }
    }

    private String memory() {
        return draw.chance(80) ? draw.between(16, 2000) + "Mi" : draw.between(2, 9) + "Gi";
    }

    private ObjectNode hostPort(ObjectNode container) {
        ObjectNode port = Trees.list(container, "ports").addObject();
        port.put("containerPort", 80).put("hostPort", draw.one(List.of(80, 81, 9100)));
        if (draw.chance(40)) {
            port.put("hostIP", draw.one(List.of("10.0.0.1", "10.0.0.2", "0.0.0.0")));
        }
        if (draw.chance(20)) {
            port.put("protocol", "UDP");
        }
        return port;
    }

    private void tolerations(ObjectNode spec) {
        if (draw.chance(20)) {
            // often enough that tainted pools are of use
            Trees.list(spec, "tolerations").addObject().put("key", "dedicated").put("operator", "Exists");
        }
        if (!drawn(Feature.TOLERATIONS, 70)) {
            return;
        }
        int count = draw.between(1, 2);
        for (int i = 0; i < count; i++) {
            ObjectNode toleration = Trees.list(spec, "tolerations").addObject();
            switch (draw.between(0, 3)) {
                case 0 -> toleration.put("operator", "Exists");
                case 1 -> toleration.put("key", "dedicated").put("value", draw.one(Words.TEAMS));
                case 2 -> toleration.put("key", draw.one(List.of("dedicated", "soft", "starting")));
                default ->
                    toleration.put("key", "dedicated").put("operator", "Equal").put("value", draw.one(Words.TEAMS));
            }
            if (!toleration.has("value") && toleration.has("key")) {
                toleration.put("operator", "Exists");
            }
            if (draw.chance(30)) {
                toleration.put("effect", draw.one(List.of("NoSchedule", "NoExecute", "PreferNoSchedule")));
            }
        }
    }

    private void nodeAffinity(ObjectNode spec) {
        if (drawn(Feature.NODE_SELECTOR, 50)) {
            ObjectNode selector = Trees.within(spec, "nodeSelector");
            int count = draw.between(1, 2);
            for (int i = 0; i < count; i++) {
                switch (draw.between(0, 5)) {
                    case 0 -> selector.put(Words.ZONE, draw.one(Words.ZONES));
                    case 1 -> selector.put(Words.CAPACITY_TYPE, draw.one(Words.CAPACITY_TYPES));
                    case 2 -> selector.put(Words.ARCH, draw.one(Words.ARCHITECTURES));
                    case 3 -> selector.put(Words.RACK, draw.one(Words.RACKS));
                    case 4 -> selector.put("failure-domain.beta.kubernetes.io/zone", draw.one(Words.ZONES));
                    default -> selector.put(Words.TEAM, draw.one(Words.TEAMS));
                }
            }
        }
        if (drawn(Feature.NODE_AFFINITY, 60)) {
            ArrayNode terms =
                    Trees.list(Trees.within(spec, "affinity", "nodeAffinity", Feature.REQUIRED), "nodeSelectorTerms");
            int count = drawn(Feature.ALTERNATIVE_TERMS, 60) ? draw.between(2, 3) : 1;
            for (int i = 0; i < count; i++) {
                terms.add(nodeTerm());
            }
        }
        if (drawn(Feature.PREFERRED_NODE_AFFINITY, 60)) {
            ArrayNode preferred = Trees.list(Trees.within(spec, "affinity", "nodeAffinity"), Feature.PREFERRED);
            int count = draw.between(1, 2);
            for (int i = 0; i < count; i++) {
                ObjectNode weighted = preferred.addObject().put("weight", draw.between(1, 100));
                weighted.set("preference", nodeTerm());
            }
        }
    }

    private ObjectNode nodeTerm() {
        ObjectNode term = Trees.object();
        ArrayNode expressions = term.putArray("matchExpressions");
        int count = draw.chance(60) ? 1 : draw.between(2, 3);
        for (int i = 0; i < count; i++) {
            expressions.add(nodeExpression());
        }
        return term;
    }

    private ObjectNode nodeExpression() {
        return switch (draw.between(0, 8)) {
            case 0 -> expression(Words.ZONE, Words.ZONES);
            case 1 -> expression(Words.CAPACITY_TYPE, Words.CAPACITY_TYPES);
            case 2 -> expression(Words.ARCH, Words.ARCHITECTURES);
            case 3 -> expression(Words.FAMILY, Words.FAMILIES);
            case 4 -> expression(Words.NODE_POOL, Words.POOLS);
            case 5 -> expression(Words.RACK, Words.RACKS);
            case 6 -> Trees.expression(Words.TIER, draw.one(List.of("Gt", "Lt")), List.of(draw.one(Words.TIERS)));
            case 7 -> Trees.expression(Words.CORES, draw.one(List.of("Gt", "Lt")), List.of(draw.one(Words.TIERS)));
            default -> expression(Words.TEAM, Words.TEAMS);
        };
    }

    private ObjectNode expression(String key, List<String> values) {
        return switch (draw.between(0, 9)) {
            case 0 -> Trees.expression(key, "Exists", List.of());
            case 1 -> Trees.expression(key, "DoesNotExist", List.of());
            case 2, 3, 4 -> Trees.expression(key, "NotIn", draw.some(values));
            default -> Trees.expression(key, "In", draw.some(values));
        };
    }
}
