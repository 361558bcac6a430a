package karpenter.core.validation;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import karpenter.api.Labels;
import org.jspecify.annotations.Nullable;

/**
 * Which label keys users may ask for.
 *
 * @param wellKnown keys whose values Karpenter or the provider knows
 * @param restrictedDomains domains whose keys only Karpenter or the provider may set, unless the key is well known
 */
public record LabelRules(Set<String> wellKnown, Set<String> restrictedDomains) {
    /** Old keys that pods and pools still use, and the ones that replaced them. */
    public static final Map<String, String> NORMALIZED = Map.of(
            "failure-domain.beta.kubernetes.io/zone", Labels.ZONE,
            "failure-domain.beta.kubernetes.io/region", Labels.REGION,
            "beta.kubernetes.io/arch", Labels.ARCH,
            "beta.kubernetes.io/os", Labels.OS,
            "beta.kubernetes.io/instance-type", Labels.INSTANCE_TYPE);

    private static final int LONGEST_NAME = 63;
    private static final int LONGEST_PREFIX = 253;
    private static final Pattern NAME = Pattern.compile("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
    private static final Pattern PREFIX =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

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

    /** The key that counts: old keys are read as the ones that replaced them. */
    public static String normalized(String key) {
        return NORMALIZED.getOrDefault(key, key);
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

    /** Why the text is no label key, or null if it is one. */
    static @Nullable String malformedKey(String key) {
        int slash = key.indexOf('/');
        String prefix = slash < 0 ? null : key.substring(0, slash);
        String name = key.substring(slash + 1);
        boolean wrongPrefix = prefix != null
                && (prefix.length() > LONGEST_PREFIX || !PREFIX.matcher(prefix).matches());
        if (wrongPrefix || name.length() > LONGEST_NAME || !NAME.matcher(name).matches()) {
            return "key \"" + key + "\" is no qualified name; write for example team or example.com/team";
        }
        return null;
    }

    /** Why the text is no label value, or null if it is one. */
    static @Nullable String malformedValue(String value) {
        if (value.isEmpty()
                || (value.length() <= LONGEST_NAME && NAME.matcher(value).matches())) {
            return null;
        }
        return "value \"" + value + "\" is no label value; it takes at most " + LONGEST_NAME
                + " letters, digits, '-', '_' and '.', with a letter or digit at both ends";
    }
}
