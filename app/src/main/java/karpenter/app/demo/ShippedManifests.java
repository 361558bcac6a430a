package karpenter.app.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import karpenter.api.CustomResourceDefinitions;
import karpenter.api.CustomResourceDefinitions.Definition;
import karpenter.kube.Manifests;

/** The manifests on this program's class path. */
public final class ShippedManifests {
    /** What the controller's account may do. */
    static final String RIGHTS = "rbac.yaml";

    /** What it may do besides, to nominate pods. */
    static final String NOMINATION_RIGHTS = "rbac-nominations.yaml";

    private static final Duration SERVED_DEADLINE = Duration.ofMinutes(1);

    private ShippedManifests() {}

    /** @throws IllegalStateException when there is no such file */
    static String text(String file) {
        try (InputStream stream = ShippedManifests.class.getResourceAsStream("/karpenter/manifests/" + file)) {
            if (stream == null) {
                throw new IllegalStateException("the manifest " + file + " is missing from the class path");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the manifest " + file, e);
        }
    }

    /**
     * Makes a cluster ready for the controller: the definitions of its objects, which are served when this returns, and the rights
     * of its account.
     *
     * @param nominating whether it may nominate pods
     */
    public static void apply(Manifests manifests, boolean nominating) {
        List<Definition> definitions = CustomResourceDefinitions.kwok();
        definitions.forEach(definition -> manifests.apply(definition.yaml()));
        manifests.awaitEstablished(definitions.stream().map(Definition::name).toList(), SERVED_DEADLINE);
        manifests.apply(text(RIGHTS));
        if (nominating) {
            manifests.apply(text(NOMINATION_RIGHTS));
        }
    }
}
