package karpenter.app.fidelity;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import karpenter.api.Labels;
import karpenter.api.ObjectMeta;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.CloudProvider.LaunchResult;
import karpenter.cloudprovider.CloudProvider.Machine;
import karpenter.controllers.launch.ClaimDraft;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.NodeState;
import karpenter.core.lifecycle.Initialization;
import karpenter.core.lifecycle.Launch;
import karpenter.core.lifecycle.LaunchedMachine;
import karpenter.core.lifecycle.Registration;
import karpenter.core.port.ObjectReader;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.WriteResult;
import karpenter.core.requirement.Requirement;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.validation.LabelRules;
import karpenter.kube.decode.NodeDecoder;
import karpenter.provider.kwok.KwokCloudProvider;
import karpenter.runtime.TimeSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * What becomes of plans: the claim that the controller would write, the machine that the KWOK provider would launch for it, and
 * the Node once it is registered and initialized; by the code that does it in a cluster, at once.
 */
final class Launches {
    private final KwokCloudProvider provider;
    private final LabelRules rules;
    private final List<Node> created = new ArrayList<>();
    private int claims;

    Launches(List<InstanceType> types) {
        this.provider = new KwokCloudProvider(
                types,
                new NoNodes(),
                new CreatedNodes(),
                name -> new ObjectReader.ReadResult.Found<>(new KwokNodeClass(
                        ObjectMeta.named(name), new KwokNodeClass.Spec(null), new KwokNodeClass.Status(List.of()))),
                List::of,
                TimeSource.system(),
                Runnable::run);
        this.rules =
                LabelRules.with(provider.labels().wellKnown(), provider.labels().restrictedDomains());
    }

    /** The Node that a plan becomes when the provider chooses. */
    ObjectNode cheapest(NodePlan plan) {
        return node(plan);
    }

    /** The Node that a plan becomes when any of its other types and offerings is chosen. */
    ObjectNode other(NodePlan plan, Draw draw) {
        List<InstanceType> types = plan.instanceTypes();
        return node(plan, types.size() == 1 ? types.getFirst() : types.get(draw.between(1, types.size() - 1)), draw);
    }

    /** Nodes that plans may become: any of each plan's types and offerings, the same for plans that leave the same choice. */
    Function<NodePlan, ObjectNode> any(Draw draw) {
        Map<String, Integer> seeds = new HashMap<>();
        return plan -> {
            List<String> choice =
                    plan.instanceTypes().stream().map(InstanceType::name).collect(Collectors.toList());
            choice.add(String.valueOf(plan.requirements().find(Labels.ZONE)));
            choice.add(String.valueOf(plan.requirements().find(Labels.CAPACITY_TYPE)));
            Draw own = new Draw(seeds.computeIfAbsent(choice.toString(), fresh -> draw.between(0, 1 << 20)));
            return node(plan, own.one(plan.instanceTypes()), own);
        };
    }

    /** Nodes that plans may become: any of each plan's types and offerings, whatever was chosen for others like it. */
    Function<NodePlan, ObjectNode> each(Draw draw) {
        return plan -> node(plan, draw.one(plan.instanceTypes()), draw);
    }

    private ObjectNode node(NodePlan plan, InstanceType type, Draw draw) {
        List<Offering> offerings = type.offerings().stream()
                .filter(offering ->
                        offering.available() && offering.requirements().intersects(plan.requirements()) == null)
                .toList();
        if (offerings.isEmpty()) {
            throw new IllegalStateException(
                    "type " + type.name() + " of a plan has no offering for " + plan.requirements());
        }
        Offering offering = draw.one(offerings);
        NodePlan narrowed = new NodePlan(
                plan.pool(),
                plan.nodeClassLabelKey(),
                plan.requirements()
                        .and(Requirement.in(Labels.ZONE, offering.zone()))
                        .and(Requirement.in(Labels.CAPACITY_TYPE, offering.capacityType())),
                List.of(type),
                offering,
                plan.requests(),
                plan.pods(),
                plan.minValuesRelaxed());
        return node(narrowed);
    }

    private ObjectNode node(NodePlan plan) {
        NodeClaim draft = ClaimDraft.of(plan, plan.pool().name() + "-" + claims, rules);
        ObjectMeta metadata = draft.metadata();
        NodeClaim claim = draft.withMetadata(new ObjectMeta(
                metadata.name(),
                metadata.generateName(),
                "",
                "uid-of-claim-" + claims++,
                "1",
                1,
                Instant.EPOCH,
                null,
                metadata.labels(),
                metadata.annotations(),
                metadata.finalizers(),
                metadata.ownerReferences()));
        if (!(provider.launch(claim) instanceof LaunchResult.Launched(Machine machine))) {
            throw new IllegalStateException("the provider can't launch the claim of a plan: " + claim.spec());
        }
        Node booted = created.removeLast();
        NodeClaim launched = Launch.launched(
                claim,
                new LaunchedMachine(
                        machine.providerId(),
                        machine.imageId(),
                        machine.labels(),
                        machine.annotations(),
                        machine.capacity(),
                        machine.allocatable()),
                Instant.EPOCH);
        Node registered = Registration.registered(Registration.synced(launched, booted));
        Node ready = registered.withTaints(registered.taints().stream()
                .filter(taint -> !NodeState.isEphemeral(taint)
                        && launched.spec().startupTaints().stream().noneMatch(taint::matches))
                .toList());
        ObjectNode node = NodeDecoder.encode(Initialization.labelled(ready));
        // The kubelet writes the whole list; what is left of the object says nothing to a scheduler.
        node.withObject("metadata").remove(List.of("annotations", "finalizers", "ownerReferences"));
        return node;
    }

    /** No machine was launched before. */
    private static final class NoNodes implements ObjectReader<Node> {
        @Override
        public ReadResult<Node> get(String name) {
            return new ReadResult.NotFound<>();
        }

        @Override
        public ReadResult<List<Node>> list() {
            return new ReadResult.Found<>(List.of());
        }
    }

    private final class CreatedNodes implements ObjectWriter<Node> {
        @Override
        public WriteResult<Node> create(Node node) {
            created.add(node);
            return new WriteResult.Written<>(node);
        }

        @Override
        public WriteResult<Node> patch(Node before, Node after, Lock lock) {
            throw new UnsupportedOperationException("a launch only creates");
        }

        @Override
        public WriteResult<Node> patchStatus(Node before, Node after, Lock lock) {
            throw new UnsupportedOperationException("a launch only creates");
        }

        @Override
        public WriteResult<Node> delete(Node node) {
            throw new UnsupportedOperationException("a launch only creates");
        }
    }
}
