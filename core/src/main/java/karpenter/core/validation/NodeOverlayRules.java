package karpenter.core.validation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import karpenter.api.Labels;
import karpenter.api.NodeSelectorRequirement;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.core.resource.ResourceVector;

/** What of a stored NodeOverlay can't be acted on, although its schema let it pass. */
public final class NodeOverlayRules {
    private static final Pattern PRICE = Pattern.compile("[0-9]+(\\.[0-9]+)?");
    private static final Pattern ADJUSTMENT = Pattern.compile("[+-][0-9]+(\\.[0-9]+)?%?");
    private static final Set<String> KNOWN_TO_PROVIDERS =
            Set.of(ResourceVector.CPU, ResourceVector.MEMORY, ResourceVector.EPHEMERAL_STORAGE, ResourceVector.PODS);

    private NodeOverlayRules() {}

    /** Everything that is wrong with the overlay; empty when nothing is. */
    public static List<String> errors(NodeOverlay overlay, LabelRules rules) {
        NodeOverlay.Spec spec = overlay.spec();
        List<String> errors = new ArrayList<>();
        for (NodeSelectorRequirement requirement : spec.requirements()) {
            // An overlay for one pool names it.
            if (!requirement.key().equals(Labels.NODE_POOL)) {
                RequirementRules.errors(requirement, rules).forEach(error -> errors.add("requirements: " + error));
            }
        }
        if (spec.price() != null && spec.priceAdjustment() != null) {
            errors.add("price and priceAdjustment exclude each other; leave one out");
        }
        if (spec.price() != null && !PRICE.matcher(spec.price()).matches()) {
            errors.add("price \"" + spec.price() + "\" is no price; write for example 0.25");
        }
        if (spec.priceAdjustment() != null
                && !ADJUSTMENT.matcher(spec.priceAdjustment()).matches()) {
            errors.add("priceAdjustment \"" + spec.priceAdjustment()
                    + "\" is no adjustment; write for example -10% or +0.05");
        }
        for (String resource : new TreeSet<>(spec.capacity().keySet())) {
            if (KNOWN_TO_PROVIDERS.contains(resource)) {
                errors.add("capacity: " + resource + " is known to the provider; only other resources can be added");
            }
        }
        return List.copyOf(errors);
    }
}
