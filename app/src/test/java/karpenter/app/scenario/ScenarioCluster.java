package karpenter.app.scenario;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import karpenter.api.CustomResourceDefinitions;
import karpenter.kube.KubeConnection;
import karpenter.kube.Manifests;
import karpenter.testbed.ControlPlane;
import karpenter.testbed.KubeApi;

/** A control plane of a scenario's own, ready for the controller: CRDs, the shipped rights, a NodeClass. */
final class ScenarioCluster implements AutoCloseable {
    static final String NODE_CLASS = "default";

    private static final Duration SERVED_DEADLINE = Duration.ofMinutes(1);

    private final ControlPlane controlPlane;
    private final KubeApi api;

    private ScenarioCluster(ControlPlane controlPlane, KubeApi api) {
        this.controlPlane = controlPlane;
        this.api = api;
    }

    static ScenarioCluster start() {
        ControlPlane controlPlane = ControlPlane.start(ControlPlane.Options.defaults());
        try {
            install(controlPlane.kubeconfig());
            return new ScenarioCluster(controlPlane, KubeApi.of(controlPlane.kubeconfig()));
        } catch (RuntimeException | Error e) {
            controlPlane.close();
            throw e;
        }
    }

    private static void install(Path kubeconfig) {
        try (KubeConnection connection =
                KubeConnection.open(new KubeConnection.Settings(kubeconfig.toString(), "scenario", 200, 300))) {
            Manifests manifests = connection.manifests();
            CustomResourceDefinitions.kwok().forEach(definition -> manifests.apply(definition.yaml()));
            manifests.awaitEstablished(
                    CustomResourceDefinitions.kwok().stream()
                            .map(CustomResourceDefinitions.Definition::name)
                            .toList(),
                    SERVED_DEADLINE);
            manifests.apply(shipped("rbac.yaml"));
            manifests.apply(shipped("rbac-nominations.yaml"));
            manifests.apply("""
                    apiVersion: karpenter.kwok.sh/v1alpha1
                    kind: KWOKNodeClass
                    metadata: {name: %s}
                    """.formatted(NODE_CLASS));
        }
    }

    private static String shipped(String file) {
        try (InputStream stream = Objects.requireNonNull(
                ScenarioCluster.class.getResourceAsStream("/karpenter/manifests/" + file),
                file + " is not on the class path")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " can't be read", e);
        }
    }

    ControlPlane controlPlane() {
        return controlPlane;
    }

    /** The administrator. */
    KubeApi api() {
        return api;
    }

    /** The kubeconfig of the account that the controller runs as. */
    Path controllerKubeconfig() {
        return controlPlane.karpenterKubeconfig();
    }

    @Override
    public void close() {
        api.close();
        controlPlane.close();
    }
}
