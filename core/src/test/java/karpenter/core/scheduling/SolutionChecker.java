package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.api.Labels;
import karpenter.api.Quantity;
import karpenter.api.Taint;
import karpenter.api.v1.NodePool;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.DaemonSet;
import karpenter.core.cluster.NodeState;
import karpenter.core.cluster.Pod;
import karpenter.core.cluster.PodOwner;
import karpenter.core.cluster.PodShape;
import karpenter.core.cluster.PodShape.HostPort;
import karpenter.core.cluster.PodShape.NodeSelectorTerm;
import karpenter.core.cluster.Toleration;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * Checks an answer against the rules once more, slowly and with code of its own: it shares only the requirement and resource
 * algebra with the scheduler. DaemonSets are taken from their templates.
 */
final class SolutionChecker {
    private final SchedulingInput input;
    private final Set<String> wellKnown;

    SolutionChecker(SchedulingInput input) {
        this.input = input;
        this.wellKnown = input.options().wellKnownLabels();
    }

    void check(SchedulingResult result) {
        checkRules(result);
        assertThat(givenUp(result)).isEmpty();
    }

    /** Everything but whether pods were turned away without need. */
    void checkRules(SchedulingResult result) {
        eachPodOnce(result);
        result.placements().forEach(this::checkPlacement);
        result.plans().forEach(this::checkPlan);
        input.pools().forEach(pool -> checkLimits(pool.pool(), result));
        new TopologyChecker(input, result).checkPlaced(result);
    }

    /** The pods that were turned away although an empty new node of a pool without limits would have done for them. */
    List<String> givenUp(SchedulingResult result) {
        TopologyChecker topology = new TopologyChecker(input, result);
        List<String> givenUp = new ArrayList<>();
        for (PodRejection rejection : result.rejections()) {
            if (isNeedless(rejection, topology)) {
                givenUp.add(rejection.pod().key() + ": " + rejection.reason().text());
            }
        }
        return givenUp;
    }

    private void eachPodOnce(SchedulingResult result) {
        List<Pod> seen = new ArrayList<>();
        result.placements().forEach(placement -> seen.addAll(placement.pods()));
        result.plans().forEach(plan -> seen.addAll(plan.pods()));
        result.rejections().forEach(rejection -> seen.add(rejection.pod()));
        assertThat(seen).containsExactlyInAnyOrderElementsOf(input.pods());
        result.plans().forEach(plan -> assertThat(plan.pods()).isNotEmpty());
        result.placements().forEach(placement -> assertThat(placement.pods()).isNotEmpty());
    }

    private static boolean isOf(DaemonSet set, Pod pod) {
        PodOwner owner = pod.shape().owner();
        return owner != null && owner.uid().equals(set.metadata().uid());
    }

    private void checkPlacement(SchedulingResult.Placement placement) {
        NodeState machine = placement.machine();
        assertThat(input.machines()).contains(machine);
        ResourceVector stillToCome = ResourceVector.ZERO;
        List<HostPort> ports = new ArrayList<>();
        for (DaemonSet set : input.snapshot().daemonSets()) {
            Map<String, String> labels = new HashMap<>(machine.labels());
            if (machine.managed() && !machine.initialized()) {
                labels.put(Labels.REGISTERED, "true");
                labels.put(Labels.INITIALIZED, "true");
            }
            if (tolerates(set.template(), machine.taints(), true) && matches(set.template(), labels)) {
                ResourceVector running = machine.pods().stream()
                        .filter(pod -> isOf(set, pod))
                        .map(pod -> pod.shape().requests())
                        .reduce(ResourceVector.ZERO, ResourceVector::plus);
                stillToCome = stillToCome.plus(
                        set.template().requests().minus(running).max(ResourceVector.ZERO));
                ports.addAll(set.template().hostPorts());
            }
        }
        ResourceVector requested = ResourceVector.ZERO;
        machine.pods().forEach(pod -> {
            if (!pod.daemon()) {
                ports.addAll(pod.shape().hostPorts());
            }
        });
        Map<String, String> labels = new HashMap<>(machine.labels());
        labels.putIfAbsent(Labels.HOSTNAME, machine.name());
        for (Pod pod : placement.pods()) {
            requested = requested.plus(pod.shape().requests());
            assertThat(tolerates(pod.shape(), machine.taints(), true)).isTrue();
            assertThat(matches(pod.shape(), labels))
                    .as("%s on %s", pod.shape(), labels)
                    .isTrue();
            assertPortsFree(pod.shape().hostPorts(), ports);
            ports.addAll(pod.shape().hostPorts());
        }
        assertThat(requested.fitsIn(machine.available().minus(stillToCome))).isTrue();
    }

    private static boolean tolerates(PodShape shape, List<Taint> taints, boolean soft) {
        for (Taint taint : taints) {
            boolean tolerated = soft && taint.effect().equals("PreferNoSchedule");
            for (Toleration toleration : shape.tolerations()) {
                tolerated |= toleration.tolerates(taint);
            }
            if (!tolerated) {
                return false;
            }
        }
        return true;
    }

    /** Selector and one required term against plain labels. */
    private static boolean matches(PodShape shape, Map<String, String> labels) {
        return alternatives(shape).stream()
                .anyMatch(alternative -> alternative.all().stream().allMatch(requirement -> {
                    String value = labels.get(requirement.key());
                    return value == null ? requirement.allowsAbsence() : requirement.contains(value);
                }));
    }

    private static List<Requirements> alternatives(PodShape shape) {
        Requirements selector = Requirements.ofLabels(shape.nodeSelector(), Labels.NORMALIZED);
        if (shape.requiredNodeAffinity().isEmpty()) {
            return List.of(selector);
        }
        List<Requirements> alternatives = new ArrayList<>();
        for (NodeSelectorTerm term : shape.requiredNodeAffinity()) {
            alternatives.add(selector.and(Requirements.of(term.matchExpressions(), Labels.NORMALIZED)));
        }
        return alternatives;
    }

    private static void assertPortsFree(List<HostPort> wanted, List<HostPort> taken) {
        for (HostPort mine : wanted) {
            for (HostPort other : taken) {
                boolean sameIp =
                        wildcard(mine) || wildcard(other) || mine.hostIp().equals(other.hostIp());
                assertThat(mine.port() == other.port() && mine.protocol().equals(other.protocol()) && sameIp)
                        .as("%s and %s", mine, other)
                        .isFalse();
            }
        }
    }

    private static boolean wildcard(HostPort port) {
        return Set.of("", "0.0.0.0", "::").contains(port.hostIp());
    }

    private Requirements template(PoolCatalog pool) {
        NodePool.Template template = pool.pool().spec().template();
        return Requirements.of(template.spec().requirements(), Labels.NORMALIZED)
                .and(Requirements.ofLabels(template.metadata().labelsOrEmpty()))
                .and(Requirement.in(Labels.NODE_POOL, pool.pool().name()))
                .and(Requirement.in(
                        pool.nodeClassLabelKey(), template.spec().nodeClassRef().name()));
    }

    private PoolCatalog catalog(String pool) {
        return input.pools().stream()
                .filter(each -> each.pool().name().equals(pool))
                .findFirst()
                .orElseThrow();
    }

    private void checkPlan(NodePlan plan) {
        PoolCatalog pool = catalog(plan.pool().name());
        Requirements template = template(pool);
        assertSubset(plan.requirements(), template, "the pool");
        List<HostPort> ports = new ArrayList<>();
        ResourceVector requested = ResourceVector.ZERO;
        for (Pod pod : plan.pods()) {
            requested = requested.plus(pod.shape().requests());
            assertThat(tolerates(
                            pod.shape(), plan.pool().spec().template().spec().taints(), true))
                    .isTrue();
            List<Requirements> alternatives = alternatives(pod.shape());
            assertThat(alternatives.size() > 1 ? machines(plan) : List.of(plan.requirements()))
                    .as("%s on %s", pod.shape(), plan.requirements())
                    .isNotEmpty()
                    .allMatch(machine -> alternatives.stream().anyMatch(alternative -> isSubset(machine, alternative)));
            assertPortsFree(pod.shape().hostPorts(), ports);
            ports.addAll(pod.shape().hostPorts());
        }
        checkTypes(plan, pool, requested, ports);
        checkCapacityTypes(plan);
        if (!plan.minValuesRelaxed()) {
            checkMinValues(plan);
        }
    }

    /** What is known of the labels of each machine that the plan may become. */
    private static List<Requirements> machines(NodePlan plan) {
        List<Requirements> machines = new ArrayList<>();
        for (InstanceType type : plan.instanceTypes()) {
            for (Offering offering : type.offerings()) {
                if (offering.requirements().intersects(plan.requirements()) == null) {
                    machines.add(plan.requirements().and(type.requirements()).and(offering.requirements()));
                }
            }
        }
        return machines;
    }

    private static void assertSubset(Requirements narrow, Requirements wide, String whose) {
        assertThat(isSubset(narrow, wide))
                .as("%s within those of %s: %s", narrow, whose, wide)
                .isTrue();
    }

    /** Whether every label that the narrow requirements allow satisfies the wide ones. */
    private static boolean isSubset(Requirements narrow, Requirements wide) {
        for (Requirement requirement : wide.all()) {
            Requirement own = narrow.find(requirement.key());
            if (own == null ? !requirement.allowsAbsence() : !isSubset(own, requirement)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSubset(Requirement narrow, Requirement wide) {
        return narrow.withMinValues(null).intersect(wide.withMinValues(null)).equals(narrow.withMinValues(null));
    }

    private void checkTypes(NodePlan plan, PoolCatalog pool, ResourceVector requested, List<HostPort> ports) {
        assertThat(plan.instanceTypes()).isNotEmpty();
        assertThat(plan.instanceTypes().size())
                .isLessThanOrEqualTo(input.options().mostInstanceTypes());
        List<String> names =
                plan.instanceTypes().stream().map(InstanceType::name).toList();
        assertThat(new HashSet<>(names)).hasSameSizeAs(names);
        assertThat(plan.requirements().get(Labels.INSTANCE_TYPE).values()).containsExactlyInAnyOrderElementsOf(names);
        double last = 0;
        @Nullable ResourceVector least = null;
        for (InstanceType type : plan.instanceTypes()) {
            assertThat(pool.types()).contains(type);
            ResourceVector daemons = daemonsOn(type, pool, ports);
            Offering cheapest = cheapest(plan, type, requested.plus(daemons));
            assertThat(cheapest)
                    .as("%s holds %s", type.name(), requested.plus(daemons))
                    .isNotNull();
            if (cheapest != null) {
                assertThat(cheapest.pricePerHourUsd()).isGreaterThanOrEqualTo(last);
                last = cheapest.pricePerHourUsd();
                if (least == null) {
                    assertThat(plan.pricePerHourUsd()).isEqualTo(last);
                }
            }
            least = least == null ? daemons : least.min(daemons);
        }
        assertThat(plan.requests()).isEqualTo(requested.plus(least == null ? ResourceVector.ZERO : least));
    }

    private ResourceVector daemonsOn(InstanceType type, PoolCatalog pool, List<HostPort> ports) {
        Requirements template = template(pool)
                .and(Requirement.in(Labels.REGISTERED, "true"))
                .and(Requirement.in(Labels.INITIALIZED, "true"));
        ResourceVector total = ResourceVector.ZERO;
        for (DaemonSet set : input.snapshot().daemonSets()) {
            boolean runs = alternatives(set.template()).stream()
                    .anyMatch(alternative -> template.compatible(alternative, wellKnown) == null
                            && type.requirements().intersects(template.and(alternative)) == null);
            if (runs
                    && tolerates(
                            set.template(), pool.pool().spec().template().spec().taints(), true)) {
                total = total.plus(set.template().requests());
                assertPortsFree(set.template().hostPorts(), ports);
            }
        }
        return total;
    }

    private @Nullable Offering cheapest(NodePlan plan, InstanceType type, ResourceVector requests) {
        @Nullable Offering cheapest = null;
        if (type.requirements().intersects(plan.requirements()) != null) {
            return null;
        }
        for (Offering offering : type.offerings()) {
            if (offering.available()
                    && plan.requirements().compatible(offering.requirements(), wellKnown) == null
                    && requests.fitsIn(type.allocatable(offering))
                    && (cheapest == null || offering.pricePerHourUsd() < cheapest.pricePerHourUsd())) {
                cheapest = offering;
            }
        }
        return cheapest;
    }

    private void checkCapacityTypes(NodePlan plan) {
        Set<String> available = new HashSet<>();
        for (InstanceType type : plan.instanceTypes()) {
            for (Offering offering : type.offerings()) {
                if (offering.available()) {
                    available.add(offering.capacityType());
                }
            }
        }
        assertThat(available)
                .containsAll(plan.requirements().get(Labels.CAPACITY_TYPE).values());
        assertThat(plan.requirements().get(Labels.CAPACITY_TYPE).values())
                .contains(plan.cheapest().capacityType());
    }

    private void checkMinValues(NodePlan plan) {
        for (Requirement requirement : plan.requirements().all()) {
            if (requirement.minValues() != null) {
                Set<String> values = new HashSet<>();
                for (InstanceType type : plan.instanceTypes()) {
                    type.requirements().get(requirement.key()).values().stream()
                            .filter(requirement::contains)
                            .forEach(values::add);
                }
                assertThat(values).hasSizeGreaterThanOrEqualTo(requirement.minValues());
            }
        }
    }

    private void checkLimits(NodePool pool, SchedulingResult result) {
        Map<String, Quantity> limits = pool.spec().limits();
        if (limits == null) {
            return;
        }
        limits.forEach((resource, limit) -> {
            long used = 0;
            for (NodeState machine : input.machines()) {
                if (machine.managed() && pool.name().equals(machine.nodePoolName())) {
                    used += resource.equals("nodes") ? 1 : machine.capacity().get(resource);
                }
            }
            long before = used;
            for (NodePlan plan : result.plans()) {
                if (plan.pool().name().equals(pool.name())) {
                    used += resource.equals("nodes")
                            ? 1
                            : plan.instanceTypes().stream()
                                    .mapToLong(type -> type.capacity().get(resource))
                                    .max()
                                    .orElseThrow();
                }
            }
            if (used > before) {
                assertThat(used).as(resource).isLessThanOrEqualTo(ResourceVector.amountOf(resource, limit));
            }
        });
    }

    private boolean isNeedless(PodRejection rejection, TopologyChecker topology) {
        assertThat(rejection.reason().text()).isNotBlank();
        if (!(rejection.reason() instanceof RejectionReason.NoPoolFits reason)) {
            return false;
        }
        assertThat(reason.pools()).hasSameSizeAs(input.pools());
        for (PoolCatalog pool : input.pools()) {
            boolean limited = pool.pool().spec().limits() != null
                    || template(pool).all().stream().anyMatch(requirement -> requirement.minValues() != null);
            if (!limited) {
                for (NewNode node : nodesFor(pool, rejection.pod())) {
                    if (topology.wouldTake(rejection, pool, node.requirements(), node.type(), node.offering())) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Whether an empty new node of the pool could take the pod, limits aside. */
    boolean takes(PoolCatalog pool, Pod pod) {
        return !nodesFor(pool, pod).isEmpty();
    }

    /** An empty new node. */
    record NewNode(Requirements requirements, InstanceType type, Offering offering) {}

    /** Those that could take the pod, limits and other pods aside. */
    private List<NewNode> nodesFor(PoolCatalog pool, Pod pod) {
        PodShape shape = pod.shape();
        List<NewNode> nodes = new ArrayList<>();
        if (!tolerates(shape, pool.pool().spec().template().spec().taints(), true)) {
            return nodes;
        }
        for (Requirements alternative : alternatives(shape)) {
            Requirements template = template(pool);
            if (template.compatible(alternative, wellKnown) == null) {
                for (InstanceType type : pool.types()) {
                    addNodes(nodes, pool, type, template.and(alternative), pod);
                }
            }
        }
        return nodes;
    }

    private void addNodes(List<NewNode> nodes, PoolCatalog pool, InstanceType type, Requirements both, Pod pod) {
        PodShape shape = pod.shape();
        VolumeChecker volumes = new VolumeChecker(input.snapshot().storage());
        ResourceVector daemons;
        try {
            daemons = daemonsOn(type, pool, shape.hostPorts());
        } catch (AssertionError portsTaken) {
            return;
        }
        ResourceVector requests = shape.requests().plus(daemons);
        if (type.requirements().intersects(both) == null) {
            for (Offering offering : type.offerings()) {
                if (offering.available()
                        && both.compatible(offering.requirements(), wellKnown) == null
                        && volumes.mayReach(pod, both.and(offering.requirements()))
                        && requests.fitsIn(type.allocatable(offering))) {
                    nodes.add(new NewNode(both, type, offering));
                }
            }
        }
    }
}
