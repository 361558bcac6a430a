package karpenter.app.options;

import java.util.Arrays;
import java.util.Locale;
import karpenter.core.scheduling.Packing;

/** How a way of packing is written. */
public final class PackingName {
    private PackingName() {}

    /**
     * Reads {@code cost} or {@code upstream}.
     *
     * @throws IllegalArgumentException one line that names the value and the cure
     */
    public static Packing parse(String text) {
        return Arrays.stream(Packing.values())
                .filter(packing -> of(packing).equals(text))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("\"" + text + "\" is no way of packing; write cost or upstream"));
    }

    /** As it is written. */
    public static String of(Packing packing) {
        return packing.name().toLowerCase(Locale.ROOT);
    }
}
