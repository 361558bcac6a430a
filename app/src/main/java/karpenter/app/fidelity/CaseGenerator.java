package karpenter.app.fidelity;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Draws clusters and pods. Small ones: a disagreement shows in few objects if at all, and each is judged against everything that
 * could have been made. A case draws which features its pods may have, so that some cases are simple and each pair of features
 * meets.
 */
final class CaseGenerator {
    private final Draw draw;
    private final long seed;
    private final Set<Feature> features;
    private final List<ObjectNode> objects = new ArrayList<>();

    private CaseGenerator(long seed, Set<Feature> allowed) {
        this.seed = seed;
        this.draw = new Draw(seed);
        this.features = EnumSet.noneOf(Feature.class);
        boolean rich = draw.chance(20);
        for (Feature feature : Feature.values()) {
            if (draw.chance(rich ? 60 : 25) && allowed.contains(feature)) {
                features.add(feature);
            }
        }
    }

    /**
     * The case of a seed.
     *
     * @param allowed features that pods may have
     */
    static FidelityCase generate(long seed, Set<Feature> allowed) {
        return new CaseGenerator(seed, allowed).draw();
    }

    private FidelityCase draw() {
        List<ObjectNode> types = new ArrayList<>();
        int typeCount = draw.between(1, 5);
        for (int i = 0; i < typeCount; i++) {
            types.add(type(i));
        }
        namespaces();
        int pools = draw.between(1, 3);
        for (int i = 0; i < pools; i++) {
            objects.add(pool(Words.POOLS.get(i)));
        }
        VolumeDraw volumes = new VolumeDraw(draw, features, objects);
        volumes.classes();
        PodDraw pods = new PodDraw(draw, features, volumes);
        List<ObjectNode> daemonSets = new ArrayList<>();
        int daemons = draw.chance(40) ? draw.between(1, 2) : 0;
        for (int i = 0; i < daemons; i++) {
            daemonSets.add(pods.daemonSet("daemon-" + i));
        }
        objects.addAll(daemonSets);
        int nodes = draw.chance(30) ? 0 : draw.between(1, 4);
        for (int i = 0; i < nodes; i++) {
            node("node-" + i, pools, types, pods, daemonSets, volumes);
        }
        int workloads = draw.between(1, 6);
        for (int i = 0; i < workloads; i++) {
            objects.addAll(pods.workload("app-" + i, draw.chance(30) ? 1 : draw.between(2, 7)));
        }
        return new FidelityCase("seed " + seed, types, objects);
    }

    private void namespaces() {
        for (String name : Words.NAMESPACES) {
            ObjectNode namespace = Trees.named("v1", "Namespace", "", name);
            Trees.within(namespace, "metadata", "labels")
                    .put("kubernetes.io/metadata.name", name)
                    .put("env", name.equals("prod") ? "live" : "play");
            objects.add(namespace);
        }
    }

    private ObjectNode type(int number) {
        int cores = 1 << draw.between(0, 4);
        int gib = cores * (1 << draw.between(0, 3));
        ObjectNode type = Trees.object();
        type.put("name", draw.one(Words.FAMILIES) + "-" + cores + "x" + number);
        type.put("architecture", draw.chance(80) ? "amd64" : "arm64");
        type.set(
                "operatingSystems",
                Trees.texts(
                        draw.chance(90)
                                ? List.of("linux")
                                : draw.chance(50) ? List.of("windows") : List.of("linux", "windows")));
        ObjectNode resources = type.putObject("resources");
        resources.put("cpu", Integer.toString(cores)).put("memory", gib + "Gi");
        resources.put("pods", draw.one(List.of("2", "4", "8", "16", "110")));
        if (draw.chance(60)) {
            resources.put("ephemeral-storage", "20Gi");
        }
        if (features.contains(Feature.EXTENDED_RESOURCES) && draw.chance(50)) {
            resources.put(Words.GPU, Integer.toString(draw.between(1, 4)));
        }
        ArrayNode offerings = type.putArray("offerings");
        double price = cores * (0.02 + 0.002 * gib / cores) * draw.between(80, 120) / 100;
        for (String zone : draw.some(Words.ZONES)) {
            for (String capacityType : draw.chance(70) ? Words.CAPACITY_TYPES : draw.some(Words.CAPACITY_TYPES)) {
                ObjectNode offering = offerings.addObject();
                offering.put("Price", capacityType.equals("spot") ? price * 0.6 : price);
                offering.put("Available", draw.chance(92));
                ArrayNode requirements = offering.putArray("Requirements");
                requirements.add(Trees.expression(Words.ZONE, "In", List.of(zone)));
                requirements.add(Trees.expression(Words.CAPACITY_TYPE, "In", List.of(capacityType)));
            }
        }
        return type;
    }

    private ObjectNode pool(String name) {
        ObjectNode pool = Trees.named("karpenter.sh/v1", "NodePool", "", name);
        ObjectNode spec = pool.putObject("spec");
        if (draw.chance(50)) {
            spec.put("weight", draw.between(1, 3));
        }
        ObjectNode template = spec.putObject("template");
        ObjectNode labels = Trees.object();
        ArrayNode requirements = Trees.array();
        customLabel(Words.TEAM, Words.TEAMS, labels, requirements);
        customLabel(Words.RACK, Words.RACKS, labels, requirements);
        if (draw.chance(25)) {
            requirements.add(
                    draw.chance(50)
                            ? Trees.expression(Words.TIER, draw.one(List.of("Gt", "Lt", "Gte", "Lte")), List.of("2"))
                            : Trees.expression(Words.TIER, "In", draw.some(Words.TIERS)));
        }
        if (draw.chance(25)) {
            requirements.add(Trees.expression(Words.ZONE, draw.one(List.of("In", "NotIn")), draw.some(Words.ZONES)));
        }
        if (draw.chance(25)) {
            requirements.add(Trees.expression(Words.CAPACITY_TYPE, "In", draw.some(Words.CAPACITY_TYPES)));
        }
        if (draw.chance(10)) {
            requirements.add(Trees.expression(Words.ARCH, "In", List.of("amd64")));
        }
        if (draw.chance(10)) {
            requirements.add(Trees.expression(Words.CORES, draw.one(List.of("Gt", "Lt")), List.of("3")));
        }
        if (draw.chance(10)) {
            ObjectNode flexible = Trees.expression(Words.INSTANCE_TYPE, "Exists", List.of());
            requirements.add(flexible.put("minValues", 2));
        }
        if (!labels.isEmpty()) {
            Trees.within(template, "metadata").set("labels", labels);
        }
        ObjectNode templateSpec = template.putObject("spec");
        templateSpec
                .putObject("nodeClassRef")
                .put("group", "karpenter.kwok.sh")
                .put("kind", "KWOKNodeClass")
                .put("name", "default");
        templateSpec.set("requirements", requirements);
        taints(Trees.list(templateSpec, "taints"), 25);
        if (draw.chance(15)) {
            Trees.list(templateSpec, "startupTaints").add(taint("starting", "", "NoSchedule"));
        }
        if (draw.chance(25)) {
            ObjectNode limits = spec.putObject("limits");
            limits.put(draw.one(List.of("cpu", "nodes")), Integer.toString(draw.between(1, 12)));
            if (draw.chance(30)) {
                limits.put("memory", draw.between(4, 64) + "Gi");
            }
        }
        return pool;
    }

    private void customLabel(String key, List<String> values, ObjectNode labels, ArrayNode requirements) {
        if (draw.chance(25)) {
            labels.put(key, draw.one(values));
        } else if (draw.chance(30)) {
            switch (draw.between(0, 4)) {
                case 0 -> requirements.add(Trees.expression(key, "Exists", List.of()));
                case 1 -> requirements.add(Trees.expression(key, "NotIn", draw.some(values)));
                case 2 -> requirements.add(Trees.expression(key, "DoesNotExist", List.of()));
                default -> requirements.add(Trees.expression(key, "In", draw.some(values)));
            }
        }
    }

    private void taints(ArrayNode taints, int percent) {
        if (draw.chance(percent)) {
            taints.add(taint("dedicated", draw.one(Words.TEAMS), draw.chance(70) ? "NoSchedule" : "NoExecute"));
        }
        if (draw.chance(percent / 2)) {
            taints.add(taint("soft", "", "PreferNoSchedule"));
        }
    }

    private static ObjectNode taint(String key, String value, String effect) {
        ObjectNode taint = Trees.object().put("key", key).put("effect", effect);
        if (!value.isEmpty()) {
            taint.put("value", value);
        }
        return taint;
    }

    private void node(
            String name,
            int pools,
            List<ObjectNode> types,
            PodDraw pods,
            List<ObjectNode> daemonSets,
            VolumeDraw volumes) {
        ObjectNode node = Trees.named("v1", "Node", "", name);
        ObjectNode labels = Trees.within(node, "metadata", "labels");
        boolean managed = draw.chance(70);
        String zone = draw.one(Words.ZONES);
        labels.put(Words.HOSTNAME, name).put(Words.ZONE, zone).put(Words.OS, "linux");
        labels.put(Words.ARCH, draw.chance(80) ? "amd64" : "arm64");
        if (draw.chance(40)) {
            labels.put(Words.TEAM, draw.one(Words.TEAMS));
        }
        if (draw.chance(40)) {
            labels.put(Words.RACK, draw.one(Words.RACKS));
        }
        if (draw.chance(20)) {
            labels.put(Words.TIER, draw.one(Words.TIERS));
        }
        ObjectNode spec = node.putObject("spec");
        taints(Trees.list(spec, "taints"), 15);
        boolean booting = false;
        if (managed) {
            String pool = Words.POOLS.get(draw.between(0, pools - 1));
            ObjectNode annotations = Trees.within(node, "metadata", "annotations");
            annotations.put(FidelityCase.POOL, pool);
            booting = draw.chance(30);
            if (booting) {
                annotations.put(FidelityCase.BOOTING, draw.one(List.of("launched", "joined", "registered")));
            }
            labels.put(Words.NODE_POOL, pool)
                    .put(Words.CAPACITY_TYPE, draw.one(Words.CAPACITY_TYPES))
                    .put(Words.INSTANCE_TYPE, draw.one(types).path("name").asString())
                    .put("karpenter.kwok.sh/kwoknodeclass", "default")
                    .put("karpenter.sh/registered", "true")
                    .put("karpenter.sh/initialized", "true");
            spec.put("providerID", "kwok://" + name);
        } else if (draw.chance(10)) {
            spec.put("unschedulable", true);
            Trees.list(spec, "taints").add(taint("node.kubernetes.io/unschedulable", "", "NoSchedule"));
        }
        int cores = 1 << draw.between(0, 3);
        ObjectNode allocatable = Trees.object();
        allocatable.put("cpu", cores * 1000 - 100 + "m").put("memory", cores * (1 << draw.between(0, 3)) + "Gi");
        allocatable.put("pods", draw.one(List.of("3", "8", "110"))).put("ephemeral-storage", "20Gi");
        if (features.contains(Feature.EXTENDED_RESOURCES) && draw.chance(30)) {
            allocatable.put(Words.GPU, "2");
        }
        ObjectNode status = node.putObject("status");
        status.set("capacity", allocatable.deepCopy().put("cpu", Integer.toString(cores)));
        status.set("allocatable", allocatable);
        objects.add(node);
        // Before a node has joined nobody knows how many volumes it takes.
        if (!node.at("/metadata/annotations")
                .path(FidelityCase.BOOTING)
                .asString("")
                .equals("launched")) {
            volumes.csiNode(name);
        }
        if (!booting) {
            for (ObjectNode set : daemonSets) {
                if (draw.chance(50)) {
                    objects.add(pods.daemonPod(set, name));
                }
            }
            int running = draw.between(0, 3);
            for (int i = 0; i < running; i++) {
                objects.add(pods.running("running-" + i + "-" + name, name, zone));
            }
        }
    }
}
