package karpenter.app.fidelity;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import karpenter.api.Labels;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.SchedulingResult.Placement;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The cluster once a plan has become true: all nodes are there and initialized, DaemonSets have put their pods on them.
 *
 * @param nodes existing and bought
 * @param bought names of those that were bought, with their plans
 * @param bound pods that ran before, and DaemonSets' pods
 * @param planned where the plan puts each pod
 * @param strained nodes that lack the room for a DaemonSet's pod that belongs there
 */
record FinalState(
        List<ObjectNode> nodes,
        Map<String, NodePlan> bought,
        List<ObjectNode> bound,
        List<Judge.Question> planned,
        Set<String> strained) {
    private static final List<String> DAEMON_TOLERATIONS = List.of(
            "node.kubernetes.io/disk-pressure",
            "node.kubernetes.io/memory-pressure",
            "node.kubernetes.io/pid-pressure",
            "node.kubernetes.io/unschedulable");
    private static final String CLAIM_PREFIX = "claim-of-";

    /** @param launch from plan to Node */
    static FinalState of(SolvedCase solved, Judge judge, Function<NodePlan, ObjectNode> launch) {
        FidelityCase problem = solved.problem();
        Map<String, ObjectNode> waiting = new HashMap<>();
        problem.waiting().forEach(pod -> waiting.put(Trees.key(pod), pod));
        List<ObjectNode> nodes = new ArrayList<>(problem.all("Node"));
        List<Judge.Question> planned = new ArrayList<>();
        Map<String, NodePlan> bought = new HashMap<>();
        for (Placement placement : solved.result().placements()) {
            add(placement.pods(), nodeName(placement.machine()), waiting, planned);
        }
        for (NodePlan plan : solved.result().plans()) {
            ObjectNode node = launch.apply(plan);
            nodes.add(node);
            bought.put(Trees.name(node), plan);
            add(plan.pods(), Trees.name(node), waiting, planned);
        }
        nodes.replaceAll(FinalState::withOldLabels);
        List<ObjectNode> bound = new ArrayList<>(problem.running());
        Set<String> strained = addDaemons(problem, judge, nodes, bound);
        return new FinalState(nodes, bought, bound, planned, strained);
    }

    /** The name of the machine's Node once it has one. */
    static String nodeName(NodeState machine) {
        String name = machine.name();
        return name.startsWith(CLAIM_PREFIX) ? name.substring(CLAIM_PREFIX.length()) : name;
    }

    /** The Node with the labels' old keys beside the new ones, as kubelets and cloud controllers still write them. */
    static ObjectNode withOldLabels(ObjectNode node) {
        ObjectNode both = node.deepCopy();
        ObjectNode labels = Trees.within(both, "metadata", "labels");
        Labels.NORMALIZED.forEach((old, key) -> {
            if (labels.has(key)) {
                labels.set(old, labels.path(key));
            }
        });
        return both;
    }

    private static void add(
            List<Pod> pods, String node, Map<String, ObjectNode> waiting, List<Judge.Question> planned) {
        for (Pod pod : pods) {
            ObjectNode manifest = waiting.get(pod.key().toString());
            if (manifest == null) {
                throw new IllegalStateException("the answer has a pod that waits for no node: " + pod.key());
            }
            planned.add(new Judge.Question(manifest, node));
        }
    }

    /**
     * Puts DaemonSets' pods on nodes as the DaemonSet controller does: where taints and labels let them, whatever else runs
     * there.
     *
     * @param bound takes the pods that have room
     * @return nodes with a pod that has none
     */
    static Set<String> addDaemons(FidelityCase problem, Judge judge, List<ObjectNode> nodes, List<ObjectNode> bound) {
        Set<String> running = new HashSet<>();
        bound.forEach(pod -> running.add(Trees.key(pod)));
        List<Judge.Question> daemons = new ArrayList<>();
        List<Judge.Question> weightless = new ArrayList<>();
        for (ObjectNode set : problem.all("DaemonSet")) {
            for (ObjectNode node : nodes) {
                ObjectNode pod = daemonPod(set, Trees.name(node));
                if (!running.contains(Trees.key(pod))) {
                    daemons.add(new Judge.Question(pod, Trees.name(node)));
                    weightless.add(new Judge.Question(weightless(pod), Trees.name(node)));
                }
            }
        }
        Set<String> strained = new HashSet<>();
        if (daemons.isEmpty()) {
            return strained;
        }
        List<Judge.Refusal> belongs = judge.sequence(nodes, List.of(), weightless);
        List<Judge.Refusal> fits = judge.sequence(nodes, bound, daemons);
        for (int i = 0; i < daemons.size(); i++) {
            boolean wanted = belongs.get(i).isNone();
            if (wanted && fits.get(i).isNone()) {
                bound.add(bound(daemons.get(i)));
            } else if (wanted && !Judge.dependsOnPods(fits.get(i))) {
                strained.add(daemons.get(i).node());
            }
        }
        return strained;
    }

    /** The DaemonSet's pod for a node, not bound yet. */
    static ObjectNode daemonPod(ObjectNode set, String node) {
        ObjectNode pod = Trees.named("v1", "Pod", Trees.namespace(set), Trees.name(set) + "-" + node);
        Trees.within(pod, "metadata")
                .set("labels", set.at("/spec/template/metadata/labels").deepCopy());
        ObjectNode spec = (ObjectNode) set.at("/spec/template/spec").deepCopy();
        ArrayNode tolerations = Trees.list(spec, "tolerations");
        for (String key : DAEMON_TOLERATIONS) {
            tolerations.addObject().put("key", key).put("operator", "Exists").put("effect", "NoSchedule");
        }
        pod.set("spec", spec);
        return pod;
    }

    private static ObjectNode weightless(ObjectNode pod) {
        ObjectNode weightless = pod.deepCopy();
        for (String list : List.of("containers", "initContainers")) {
            weightless
                    .path("spec")
                    .path(list)
                    .forEach(container -> ((ObjectNode) container).remove(List.of("resources", "ports")));
        }
        return weightless;
    }

    /** The pod once it is on its node. */
    static ObjectNode bound(Judge.Question placed) {
        ObjectNode pod = placed.pod().deepCopy();
        Trees.within(pod, "spec").put("nodeName", placed.node());
        return pod;
    }
}
