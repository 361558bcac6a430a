package karpenter.core.validation;

import java.util.HashSet;
import java.util.Set;
import karpenter.api.Labels;
import org.jspecify.annotations.Nullable;

/**
 * Which label keys users may ask for.
 *
 * @param wellKnown keys whose values Karpenter or the provider knows
 * @param restrictedDomains domains whose keys only Karpenter or the provider may set, unless the key is well known
 */
public record LabelRules(Set<String> wellKnown, Set<String> restrictedDomains) {
    public LabelRules {
        wellKnown = Set.copyOf(wellKnown);
        restrictedDomains = Set.copyOf(restrictedDomains);
    }

    /** The core's rules with what a provider adds. */
    public static LabelRules with(Set<String> providerWellKnown, Set<String> providerRestrictedDomains) {
        Set<String> known = new HashSet<>(Labels.WELL_KNOWN);
        known.addAll(providerWellKnown);
        Set<String> domains = new HashSet<>(providerRestrictedDomains);
        domains.add(Labels.GROUP);
        return new LabelRules(known, domains);
    }

    public boolean isWellKnown(String key) {
        return wellKnown.contains(key);
    }

    /** Why users may not ask for the key, or null if they may. */
    public @Nullable String restriction(String key) {
        if (isWellKnown(key)) {
            return null;
        }
        if (key.equals(Labels.HOSTNAME)) {
            return "label " + key + " is restricted, as no node's name is known before it is launched";
        }
        int slash = key.indexOf('/');
        String domain = slash < 0 ? "" : key.substring(0, slash);
        for (String restricted : restrictedDomains) {
            if (domain.equals(restricted) || domain.endsWith("." + restricted)) {
                return "label " + key + " is restricted; use a well known label or one outside the domain "
                        + restricted;
            }
        }
        return null;
    }
}
