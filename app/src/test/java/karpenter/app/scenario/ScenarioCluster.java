package karpenter.app.scenario;

import java.nio.file.Path;
import karpenter.app.demo.ShippedManifests;
import karpenter.kube.KubeConnection;
import karpenter.kube.Manifests;
import karpenter.testbed.ControlPlane;
import karpenter.testbed.KubeApi;

/** A control plane of a scenario's own, ready for the controller: CRDs, the shipped rights, a NodeClass. */
final class ScenarioCluster implements AutoCloseable {
    static final String NODE_CLASS = "default";

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
            ShippedManifests.apply(manifests, true);
            manifests.apply("""
                    apiVersion: karpenter.kwok.sh/v1alpha1
                    kind: KWOKNodeClass
                    metadata: {name: %s}
                    """.formatted(NODE_CLASS));
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
