package karpenter.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** The CRDs that ship with this module, as YAML on the class path. */
public final class CustomResourceDefinitions {
    private static final String FOLDER = "/karpenter/crds/";

    private CustomResourceDefinitions() {}

    /** The CRDs that every provider needs. */
    public static List<Definition> core() {
        return List.of(
                at("", "nodepools", "karpenter.sh"),
                at("", "nodeclaims", "karpenter.sh"),
                at("", "nodeoverlays", "karpenter.sh"),
                at("", "capacitybuffers", "autoscaling.x-k8s.io"));
    }

    /**
     * The CRDs for simulated machines: those of {@link #core()}, where NodePools and NodeClaims also guard the keys of
     * domain {@code karpenter.kwok.sh}, and KWOKNodeClass.
     */
    public static List<Definition> kwok() {
        return List.of(
                at("kwok/", "nodepools", "karpenter.sh"),
                at("kwok/", "nodeclaims", "karpenter.sh"),
                at("", "nodeoverlays", "karpenter.sh"),
                at("", "capacitybuffers", "autoscaling.x-k8s.io"),
                at("", "kwoknodeclasses", "karpenter.kwok.sh"));
    }

    private static Definition at(String variant, String plural, String group) {
        return new Definition(plural + "." + group, FOLDER + variant + group + "_" + plural + ".yaml");
    }

    /**
     * One CRD.
     *
     * @param name the CRD's name: {@code <plural>.<group>}
     * @param resource class-path name of its YAML
     */
    public record Definition(String name, String resource) {
        /** The CRD as YAML text. */
        public String yaml() {
            try (InputStream stream = CustomResourceDefinitions.class.getResourceAsStream(resource)) {
                if (stream == null) {
                    throw new IllegalStateException("the CRD " + resource + " is missing from the class path");
                }
                return new String(stream.readAllBytes(), UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read the CRD " + resource, e);
            }
        }
    }
}
