package karpenter.controllers.launch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karpenter.api.GoDuration;
import karpenter.api.Labels;
import karpenter.api.ObjectMeta;
import karpenter.api.OwnerReference;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1.NodePoolHash;
import karpenter.core.catalog.InstanceType;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.scheduling.NodePlan;
import karpenter.core.validation.LabelRules;

/**
 * Writes a plan down as a NodeClaim. Equal plans give equal claims but for the name.
 *
 * <p>The claim carries what the pool's template says, so that later changes of the pool show as drift, and the requirements
 * that the plan was made with; the provider chooses among the listed instance types.
 */
public final class ClaimDraft {
    private ClaimDraft() {}

    /** @param name unique among all claims; {@code generateName} is set beside it, for whoever groups claims by it */
    public static NodeClaim of(NodePlan plan, String name, LabelRules rules) {
        NodePool pool = plan.pool();
        NodePool.TemplateSpec template = pool.spec().template().spec();
        Requirements requirements = requirements(plan);
        String grace = template.terminationGracePeriod();
        NodeClaim.Spec spec = new NodeClaim.Spec(
                template.taints(),
                template.startupTaints(),
                requirements.toSpec(),
                new NodeClaim.Resources(plan.requests().quantities()),
                template.nodeClassRef(),
                grace == null ? null : GoDuration.format(GoDuration.parse(grace)),
                template.expireAfter());
        ObjectMeta metadata = new ObjectMeta(
                name,
                ClaimNames.prefix(pool.name()),
                "",
                "",
                "",
                0,
                null,
                null,
                labels(plan, requirements, rules),
                annotations(plan),
                List.of(),
                List.of(owner(pool)));
        return new NodeClaim(metadata, spec, NodeClaim.Status.EMPTY);
    }

    private static Requirements requirements(NodePlan plan) {
        NodePool pool = plan.pool();
        List<String> types =
                plan.instanceTypes().stream().map(InstanceType::name).toList();
        Requirement typesInPlan = Requirement.in(Labels.INSTANCE_TYPE, types)
                .withMinValues(plan.requirements().get(Labels.INSTANCE_TYPE).minValues());
        return plan.requirements()
                .without(Labels.REGISTERED)
                .without(Labels.INITIALIZED)
                .without(Labels.HOSTNAME)
                .with(typesInPlan)
                .with(Requirement.in(Labels.NODE_POOL, pool.name()))
                .with(Requirement.in(
                        plan.nodeClassLabelKey(),
                        pool.spec().template().spec().nodeClassRef().name()));
    }

    /**
     * The template's labels and, for each custom label that the pods need, one concrete value. Nobody but the claim knows
     * those labels, so nobody else could give them to the node; well-known ones come from the provider.
     */
    private static Map<String, String> labels(NodePlan plan, Requirements requirements, LabelRules rules) {
        NodePool pool = plan.pool();
        Map<String, String> labels =
                new HashMap<>(pool.spec().template().metadata().labelsOrEmpty());
        for (Requirement requirement : requirements.all()) {
            String key = requirement.key();
            boolean custom = !rules.isWellKnown(key) && rules.restriction(key) == null;
            String value = custom && !requirement.allowsAbsence() ? requirement.representative() : null;
            if (value != null) {
                labels.put(key, value);
            }
        }
        labels.put(Labels.NODE_POOL, pool.name());
        labels.put(
                plan.nodeClassLabelKey(),
                pool.spec().template().spec().nodeClassRef().name());
        return labels;
    }

    private static Map<String, String> annotations(NodePlan plan) {
        NodePool pool = plan.pool();
        Map<String, String> annotations =
                new HashMap<>(pool.spec().template().metadata().annotationsOrEmpty());
        annotations.put(Labels.NODE_POOL_HASH, NodePoolHash.of(pool));
        annotations.put(Labels.NODE_POOL_HASH_VERSION, NodePoolHash.VERSION);
        annotations.put(Labels.MIN_VALUES_RELAXED, Boolean.toString(plan.minValuesRelaxed()));
        if (plan.instanceTypes().stream().anyMatch(InstanceType::priceOverlaid)) {
            annotations.put(Labels.PRICE_OVERLAY_APPLIED, "true");
        }
        if (plan.instanceTypes().stream().anyMatch(InstanceType::capacityOverlaid)) {
            annotations.put(Labels.CAPACITY_OVERLAY_APPLIED, "true");
        }
        return annotations;
    }

    private static OwnerReference owner(NodePool pool) {
        return new OwnerReference(
                NodePool.KIND.apiVersion(),
                NodePool.KIND.kind(),
                pool.name(),
                pool.metadata().uid(),
                null,
                true);
    }
}
