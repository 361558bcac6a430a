package karpenter.kube;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import karpenter.api.CustomResourceDefinitions;
import karpenter.testbed.ControlPlane;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One control plane for all integration tests of this module, with the CRDs and the controller's rights in place. */
public final class TestCluster implements AutoCloseable {
    private static final Path RBAC = Path.of("../app/src/main/resources/karpenter/manifests/rbac.yaml");

    private final ControlPlane controlPlane;
    private final KubeConnection admin;
    private final KubeConnection karpenter;

    private TestCluster() {
        controlPlane = ControlPlane.start(ControlPlane.Options.defaults());
        admin = connect(controlPlane.kubeconfig());
        karpenter = connect(controlPlane.karpenterKubeconfig());
        try {
            admin.manifests().apply(Files.readString(RBAC));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        CustomResourceDefinitions.kwok().forEach(crd -> admin.manifests().apply(crd.yaml()));
        admin.manifests()
                .awaitEstablished(
                        CustomResourceDefinitions.kwok().stream()
                                .map(CustomResourceDefinitions.Definition::name)
                                .toList(),
                        Duration.ofSeconds(30));
    }

    private static KubeConnection connect(Path kubeconfig) {
        return KubeConnection.open(new KubeConnection.Settings(kubeconfig.toString(), "karpenter/test", 1_000, 1_000));
    }

    public ControlPlane controlPlane() {
        return controlPlane;
    }

    /** As cluster administrator. */
    public KubeConnection admin() {
        return admin;
    }

    /** As the controller's account. */
    public KubeConnection karpenter() {
        return karpenter;
    }

    @Override
    public void close() {
        admin.close();
        karpenter.close();
        controlPlane.close();
    }

    /** Gives the cluster to tests that ask for it as a parameter; started with the first, ended with the last. */
    public static final class Extension implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == TestCluster.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.GLOBAL)
                    .computeIfAbsent(TestCluster.class, key -> new TestCluster(), TestCluster.class);
        }
    }
}
