package karpenter.app.options;

import org.jspecify.annotations.Nullable;

/** Which build this is, as the jar's manifest says. */
public final class BuildVersion {
    private static final String UNPACKAGED = "unpackaged";

    private BuildVersion() {}

    public static String version() {
        @Nullable String version = BuildVersion.class.getPackage().getImplementationVersion();
        return version == null ? UNPACKAGED : version;
    }

    /** The revision it was built from, empty when not known. */
    public static String commit() {
        String commit = System.getProperty("karpenter.commit");
        return commit == null ? "" : commit;
    }
}
