package karpenter.app.fidelity;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import karpenter.app.fidelity.Disagreement.Kind;
import karpenter.app.fidelity.Hypotheses.Hypothesis;
import karpenter.app.fidelity.Judge.Asked;
import karpenter.app.fidelity.Judge.Question;
import karpenter.app.fidelity.Judge.Refusal;
import karpenter.app.fidelity.Judge.Situation;
import karpenter.app.fidelity.Judge.Verdict;
import karpenter.core.requirement.Requirement;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.scheduling.PodRejection;
import karpenter.core.scheduling.RejectionReason;
import karpenter.testbed.SchedulerOracle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds our answer to a case against kube-scheduler.
 *
 * <p><b>Method.</b> The plan is made true twice: with the machine that the provider would choose, and with another one that the
 * claim allows. Then each pod must pass the filters on its node with all the others bound, and there must be an order in which all
 * can be bound. A pod that was called unschedulable must pass on no node that is there, and on none that could still be bought
 * and leaves the others an order: a node more is a domain more, which has no pod yet, so that spreads that were even are not, and
 * to let one pod in the way of others is no better an answer. Where it would pass, other machines are looked at that claims allow:
 * a pod that may or may not run, as the provider chooses, can't be planned for yet.
 *
 * <p>The order is looked for by trial: who was in vain before goes earlier, and those later that are in domains which these depend
 * on; or whoever was in vain goes first of all, as it may have to be the first of its company; or one kind of pods after
 * another.
 *
 * <p>A pod may have been let in before others came that its spread or affinity wouldn't allow now; it counts as agreed when there
 * is an order.
 */
final class CaseCheck {
    private static final int ORDERS_TRIED = 32;
    private static final int OUTCOMES_TRIED = 32;
    private static final String ANTI_AFFINITY = "anti-affinity";

    private final FidelityCase problem;
    private final Function<FidelityCase, SolvedCase> solver;
    private final Judge judge;
    private final List<Disagreement> disagreements = new ArrayList<>();
    private int unschedulable;
    private int refused;
    private int orderly;

    private CaseCheck(FidelityCase problem, Function<FidelityCase, SolvedCase> solver, SchedulerOracle oracle) {
        this.problem = problem;
        this.solver = solver;
        List<ObjectNode> objects = new ArrayList<>(problem.objects());
        objects.addAll(EphemeralClaims.of(problem));
        this.judge = new Judge(oracle, objects);
    }

    /** @throws IllegalArgumentException when the case is no valid problem */
    static Outcome check(FidelityCase problem, SchedulerOracle oracle) {
        return check(problem, SolvedCase::solve, oracle);
    }

    /** @param solver whose answers are checked */
    static Outcome check(FidelityCase problem, Function<FidelityCase, SolvedCase> solver, SchedulerOracle oracle) {
        CaseCheck check = new CaseCheck(problem, solver, oracle);
        try {
            check.run();
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (RuntimeException e) {
            check.disagree(
                    Kind.BROKEN,
                    "the answer",
                    String.valueOf(e.getMessage()),
                    e.getClass().getSimpleName());
        }
        return new Outcome(
                problem.waiting().size(), check.unschedulable, check.refused, check.orderly, check.disagreements);
    }

    private void disagree(Kind kind, String subject, String theirs, String ours) {
        disagreements.add(new Disagreement(kind, subject, theirs, ours));
    }

    private void run() {
        SolvedCase solved = solver.apply(problem);
        Launches launches = new Launches(solved.types());
        FinalState cheapest = state(solved, launches::cheapest);
        judgePlaces(cheapest);
        Draw draw = new Draw(problem.title().hashCode());
        if (solved.result().plans().stream()
                .anyMatch(plan -> plan.instanceTypes().size() > 1)) {
            judgePlaces(state(solved, plan -> launches.other(plan, draw)));
        }
        List<ObjectNode> rejected = rejected(solved);
        Map<String, Disagreement> couldRun = couldRun(solved, rejected, cheapest);
        for (int i = 0;
                i < OUTCOMES_TRIED
                        && !couldRun.isEmpty()
                        && !solved.result().plans().isEmpty();
                i++) {
            FinalState outcome = FinalState.of(solved, judge, i % 2 == 0 ? launches.any(draw) : launches.each(draw));
            couldRun.keySet().retainAll(couldRun(solved, rejected, outcome).keySet());
        }
        disagreements.addAll(couldRun.values());
    }

    private FinalState state(SolvedCase solved, Function<NodePlan, ObjectNode> launch) {
        FinalState state = FinalState.of(solved, judge, launch);
        for (String node : new TreeSet<>(state.strained())) {
            if (state.bought().containsKey(node)) {
                disagree(
                        Kind.BROKEN,
                        node + " of type "
                                + state.bought()
                                        .get(node)
                                        .instanceTypes()
                                        .getFirst()
                                        .name(),
                        "no room for a DaemonSet's pod that belongs there",
                        "planned");
            }
        }
        return state;
    }

    private void judgePlaces(FinalState state) {
        List<ObjectNode> all = new ArrayList<>(state.bound());
        state.planned().forEach(place -> all.add(FinalState.bound(place)));
        int before = state.bound().size();
        List<Situation> situations = new ArrayList<>();
        List<Question> asked = new ArrayList<>();
        Set<String> alike = new HashSet<>();
        for (int i = 0; i < state.planned().size(); i++) {
            Question place = state.planned().get(i);
            if (alike.add(place.node() + likeness(place.pod()))) {
                List<ObjectNode> others = new ArrayList<>(all);
                others.remove(before + i);
                situations.add(
                        new Situation(state.nodes(), others, List.of(new Asked(place.pod(), List.of(place.node())))));
                asked.add(place);
            }
        }
        Map<Question, Refusal> late = new LinkedHashMap<>();
        List<List<Verdict>> verdicts = judge.filter(situations);
        for (int i = 0; i < asked.size(); i++) {
            Refusal refusal =
                    verdicts.get(i).getFirst().refused().get(asked.get(i).node());
            if (refusal != null && dependsOnOrder(refusal)) {
                late.put(asked.get(i), refusal);
            } else if (refusal != null) {
                disagree(Kind.REFUSED_WHERE_PLANNED, subject(asked.get(i), state), refusal.toString(), "planned");
            }
        }
        Map<Question, Refusal> stuck = bindAll(state);
        stuck.forEach(
                (place, refusal) -> disagree(Kind.NO_ORDER, subject(place, state), refusal.toString(), "planned"));
        if (stuck.isEmpty()) {
            orderly += late.size();
        } else {
            late.forEach((place, refusal) ->
                    disagree(Kind.REFUSED_WHERE_PLANNED, subject(place, state), refusal.toString(), "planned"));
        }
    }

    private static boolean dependsOnOrder(Refusal refusal) {
        return Judge.dependsOnPods(refusal) && !refusal.words().contains(ANTI_AFFINITY);
    }

    private static String subject(Question place, FinalState state) {
        NodePlan plan = state.bought().get(place.node());
        return Trees.key(place.pod()) + " on " + place.node()
                + (plan == null ? "" : " of " + plan.instanceTypes().size() + " types");
    }

    private static String likeness(ObjectNode pod) {
        return Trees.namespace(pod) + pod.path("metadata").path("labels") + pod.path("spec");
    }

    /** Looks for an order in which all pods can be bound; returns what is left of the best one. */
    private Map<Question, Refusal> bindAll(FinalState state) {
        Map<Question, Refusal> fewest = null;
        Set<Question> stuck = new HashSet<>();
        for (int attempt = 0; attempt < ORDERS_TRIED && (fewest == null || !fewest.isEmpty()); attempt++) {
            Map<Question, Refusal> left = bind(state, turns(state, attempt, stuck));
            stuck.addAll(left.keySet());
            fewest = fewest == null || left.size() < fewest.size() ? left : fewest;
        }
        return fewest == null ? Map.of() : fewest;
    }

    /** @param stuck who was in vain before */
    private List<List<Question>> turns(FinalState state, int attempt, Set<Question> stuck) {
        List<Question> order = order(state.planned(), attempt);
        List<List<Question>> turns = new ArrayList<>(List.of(order));
        switch (attempt % 4) {
            case 1 -> {
                Set<Question> inTheWay = inTheWay(state, stuck);
                turns.add(take(order, stuck));
                turns.add(take(order, inTheWay));
            }
            case 2 -> {
                Map<String, List<Question>> alike = new LinkedHashMap<>();
                Collections.shuffle(order, new Random(attempt));
                order.forEach(place -> alike.computeIfAbsent(likeness(place.pod()), fresh -> new ArrayList<>())
                        .add(place));
                turns = new ArrayList<>(alike.values());
            }
            case 3 -> turns.addFirst(take(order, stuck));
            default -> {}
        }
        return turns;
    }

    private static List<Question> take(List<Question> order, Set<Question> those) {
        List<Question> taken = order.stream().filter(those::contains).toList();
        order.removeAll(those);
        return taken;
    }

    /** The other places in the domains over which those that were in vain are spread. */
    private static Set<Question> inTheWay(FinalState state, Set<Question> stuck) {
        Map<String, JsonNode> labels = new HashMap<>();
        state.nodes().forEach(node -> labels.put(Trees.name(node), node.at("/metadata/labels")));
        Set<Question> inTheWay = new HashSet<>();
        for (Question waiting : stuck) {
            for (JsonNode constraint : waiting.pod().at("/spec/topologySpreadConstraints")) {
                String key = constraint.path("topologyKey").asString();
                JsonNode domain =
                        labels.getOrDefault(waiting.node(), waiting.pod()).path(key);
                for (Question place : state.planned()) {
                    if (labels.getOrDefault(place.node(), place.pod()).path(key).equals(domain)) {
                        inTheWay.add(place);
                    }
                }
            }
        }
        inTheWay.removeAll(stuck);
        return inTheWay;
    }

    private List<Question> order(List<Question> places, int attempt) {
        List<Question> order = new ArrayList<>(places);
        if (attempt > 0) {
            // Seeds as close as these draw the same at first.
            Collections.shuffle(order, new Random(attempt * 0x9E3779B97F4A7C15L));
        }
        if (attempt % 2 == 0) {
            order.sort(Comparator.comparingInt(place -> ease(place.pod())));
        }
        return order;
    }

    /** Whoever is choosy goes first, those first of all whom others that they don't bar could come before. */
    private static int ease(ObjectNode pod) {
        JsonNode spec = pod.path("spec");
        return spec.has("topologySpreadConstraints") ? 0 : spec.has("affinity") ? 1 : 2;
    }

    /** Binds what can be bound, again and again while that changes anything; then those too whose turn is later. */
    private Map<Question, Refusal> bind(FinalState state, List<List<Question>> turns) {
        List<ObjectNode> bound = new ArrayList<>(state.bound());
        Map<Question, Refusal> refusals = new LinkedHashMap<>();
        for (List<Question> turn : turns) {
            List<Question> order = new ArrayList<>(refusals.keySet());
            order.addAll(turn);
            bind(state, bound, order, refusals);
        }
        return refusals;
    }

    /**
     * @param bound takes those that are
     * @param refusals of the others, set anew
     */
    private void bind(FinalState state, List<ObjectNode> bound, List<Question> order, Map<Question, Refusal> refusals) {
        List<Question> left = order;
        while (!left.isEmpty()) {
            refusals.clear();
            List<Refusal> answers = judge.sequence(state.nodes(), bound, left);
            for (int i = 0; i < left.size(); i++) {
                if (answers.get(i).isNone()) {
                    bound.add(FinalState.bound(left.get(i)));
                } else {
                    refusals.put(left.get(i), answers.get(i));
                }
            }
            if (refusals.size() == left.size()) {
                break;
            }
            left = new ArrayList<>(refusals.keySet());
        }
    }

    /** Pods that were called unschedulable, one of each kind; the others that have no place are counted. */
    private List<ObjectNode> rejected(SolvedCase solved) {
        Set<String> called = new HashSet<>();
        for (PodRejection rejection : solved.result().rejections()) {
            if (rejection.reason() instanceof RejectionReason.NoPoolFits
                    || rejection.reason() instanceof RejectionReason.NoPools) {
                unschedulable++;
                called.add(rejection.pod().key().toString());
            } else {
                refused++;
            }
        }
        Set<String> alike = new HashSet<>();
        return problem.waiting().stream()
                .filter(pod -> called.contains(Trees.key(pod)) && alike.add(likeness(pod)))
                .toList();
    }

    /** Those of the rejected pods that would pass somewhere once the plan has become this, by name. */
    private Map<String, Disagreement> couldRun(SolvedCase solved, List<ObjectNode> rejected, FinalState state) {
        Map<String, Disagreement> couldRun = new LinkedHashMap<>();
        if (rejected.isEmpty()) {
            return couldRun;
        }
        Map<String, String> reasons = new HashMap<>();
        solved.result()
                .rejections()
                .forEach(rejection -> reasons.put(
                        rejection.pod().key().toString(), rejection.reason().text()));
        BiConsumer<String, String> passes = (pod, where) ->
                couldRun.putIfAbsent(pod, new Disagreement(Kind.COULD_RUN, pod, where, reasons.getOrDefault(pod, "")));
        List<ObjectNode> bound = new ArrayList<>(state.bound());
        state.planned().forEach(place -> bound.add(FinalState.bound(place)));
        List<Hypothesis> hypotheses = Hypotheses.of(solved, rejected);
        Map<String, Set<String>> daemons = new HashMap<>();
        Set<String> strained = mayGetDaemons(hypotheses, daemons);
        Set<String> closed = new HashSet<>(state.strained());
        // Of a node that has promised more than it has, the scheduler leaves the rest alone too.
        solved.machines().stream()
                .filter(machine -> machine.available().hasNegative())
                .forEach(machine -> closed.add(FinalState.nodeName(machine)));
        judgeNodes(state, closed, bound, rejected, passes, daemons);
        hypotheses.removeIf(hypothesis -> !hypothesis.buyable() || strained.contains(hypothesis.kind()));
        if (!hypotheses.isEmpty()) {
            judgeHypotheses(state, bound, rejected, passes, hypotheses, daemons);
        }
        return couldRun;
    }

    /**
     * Which DaemonSets may have a pod on nodes of each pool and type; the scheduler leaves room for all of them, whatever zone
     * or label a node is going to have.
     *
     * @param daemons takes names of DaemonSets by {@link Hypothesis#kind}
     * @return kinds that lack the room
     */
    private Set<String> mayGetDaemons(List<Hypothesis> hypotheses, Map<String, Set<String>> daemons) {
        List<ObjectNode> nodes = hypotheses.stream().map(Hypothesis::node).toList();
        Map<String, String> kinds = new HashMap<>();
        hypotheses.forEach(hypothesis -> kinds.put(Trees.name(hypothesis.node()), hypothesis.kind()));
        List<ObjectNode> pods = new ArrayList<>();
        Set<String> strained = new HashSet<>();
        FinalState.addDaemons(problem, judge, nodes, pods).forEach(node -> strained.add(kinds.get(node)));
        for (ObjectNode pod : pods) {
            String node = pod.path("spec").path("nodeName").asString();
            String set = Trees.name(pod).substring(0, Trees.name(pod).length() - node.length() - 1);
            daemons.computeIfAbsent(kinds.get(node), kind -> new TreeSet<>()).add(set);
        }
        return strained;
    }

    /** Pods of these DaemonSets, bound to the node. */
    private List<ObjectNode> daemonPods(Set<String> sets, String node) {
        return problem.all("DaemonSet").stream()
                .filter(set -> sets.contains(Trees.name(set)))
                .map(set -> FinalState.bound(new Question(FinalState.daemonPod(set, node), node)))
                .toList();
    }

    private void judgeNodes(
            FinalState state,
            Set<String> closed,
            List<ObjectNode> bound,
            List<ObjectNode> pods,
            BiConsumer<String, String> couldRun,
            Map<String, Set<String>> daemons) {
        Set<String> there = new HashSet<>();
        bound.forEach(pod -> there.add(Trees.key(pod)));
        List<ObjectNode> all = new ArrayList<>(bound);
        List<String> nodes = new ArrayList<>();
        for (ObjectNode node : state.nodes()) {
            NodePlan plan = state.bought().get(Trees.name(node));
            // More pods on a planned node can leave fewer types than minValues asks for.
            boolean flexible = plan != null && plan.requirements().hasMinValues();
            if (plan != null) {
                String kind = plan.pool().name() + "/"
                        + plan.instanceTypes().getFirst().name();
                daemonPods(daemons.getOrDefault(kind, Set.of()), Trees.name(node)).stream()
                        .filter(pod -> !there.contains(Trees.key(pod)))
                        .forEach(all::add);
            }
            if (!flexible && !closed.contains(Trees.name(node))) {
                nodes.add(Trees.name(node));
            }
        }
        if (nodes.isEmpty()) {
            return;
        }
        List<Asked> asked = pods.stream().map(pod -> new Asked(pod, nodes)).toList();
        for (Verdict verdict :
                judge.filter(List.of(new Situation(state.nodes(), all, asked))).getFirst()) {
            if (!verdict.passes().isEmpty()) {
                couldRun.accept(verdict.pod(), "passes on " + new TreeSet<>(verdict.passes()));
            }
        }
    }

    private void judgeHypotheses(
            FinalState state,
            List<ObjectNode> bound,
            List<ObjectNode> pods,
            BiConsumer<String, String> couldRun,
            List<Hypothesis> hypotheses,
            Map<String, Set<String>> daemons) {
        Map<String, List<Hypothesis>> passes = new LinkedHashMap<>();
        List<ObjectNode> spreading = pods.stream()
                .filter(pod -> pod.path("spec").has("topologySpreadConstraints"))
                .toList();
        List<ObjectNode> others =
                pods.stream().filter(pod -> !spreading.contains(pod)).toList();
        if (!others.isEmpty()) {
            ask(state, bound, hypotheses, daemons, others, passes);
        }
        if (!spreading.isEmpty()) {
            // One empty node more is a domain more to spread over; so each is looked at alone.
            hypotheses.forEach(hypothesis -> ask(state, bound, List.of(hypothesis), daemons, spreading, passes));
        }
        passes.forEach((pod, on) -> {
            on.removeIf(hypothesis -> !isFlexible(hypothesis, on));
            on.removeIf(hypothesis -> !leavesOrder(state, hypothesis));
            on.removeIf(hypothesis -> !isFlexible(hypothesis, on));
            if (!on.isEmpty()) {
                couldRun.accept(pod, "would pass on " + describe(on));
            }
        });
    }

    /** Whether all that is planned can still be bound when there is one node more, an empty domain to every spread. */
    private boolean leavesOrder(FinalState state, Hypothesis hypothesis) {
        List<ObjectNode> nodes = new ArrayList<>(state.nodes());
        nodes.add(hypothesis.node());
        return bindAll(new FinalState(nodes, state.bought(), state.bound(), state.planned(), state.strained()))
                .isEmpty();
    }

    private void ask(
            FinalState state,
            List<ObjectNode> bound,
            List<Hypothesis> hypotheses,
            Map<String, Set<String>> daemons,
            List<ObjectNode> pods,
            Map<String, List<Hypothesis>> passes) {
        Map<String, Hypothesis> byName = new TreeMap<>();
        hypotheses.forEach(hypothesis -> byName.put(Trees.name(hypothesis.node()), hypothesis));
        List<ObjectNode> nodes = new ArrayList<>(state.nodes());
        List<ObjectNode> all = new ArrayList<>(bound);
        byName.forEach((name, hypothesis) -> {
            nodes.add(hypothesis.node());
            all.addAll(daemonPods(daemons.getOrDefault(hypothesis.kind(), Set.of()), name));
        });
        List<String> names = List.copyOf(byName.keySet());
        List<Asked> asked = pods.stream().map(pod -> new Asked(pod, names)).toList();
        for (Verdict verdict :
                judge.filter(List.of(new Situation(nodes, all, asked))).getFirst()) {
            for (String name : new TreeSet<>(verdict.passes())) {
                passes.computeIfAbsent(verdict.pod(), pod -> new ArrayList<>()).add(byName.get(name));
            }
        }
    }

    /** Whether the types of the pool on which the pod passes are as many as the pool's minValues ask for. */
    private static boolean isFlexible(Hypothesis one, List<Hypothesis> passes) {
        for (JsonNode requirement : one.pool().at("/spec/template/spec/requirements")) {
            int least = requirement.path("minValues").asInt(0);
            String key = requirement.path("key").asString();
            Set<String> values = new HashSet<>();
            for (Hypothesis other : passes) {
                Requirement declared = other.type().requirements().find(key);
                if (Trees.name(other.pool()).equals(Trees.name(one.pool())) && declared != null) {
                    values.addAll(declared.values());
                }
            }
            if (values.size() < least) {
                return false;
            }
        }
        return true;
    }

    private static String describe(List<Hypothesis> on) {
        Hypothesis first = on.getFirst();
        return on.size() + " nodes that could be bought, as " + Trees.name(first.pool()) + "/"
                + first.type().name() + " "
                + first.node().path("metadata").path("labels");
    }
}
