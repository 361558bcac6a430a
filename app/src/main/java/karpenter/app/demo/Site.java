package karpenter.app.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import karpenter.api.Labels;
import karpenter.testbed.ControlPlane;
import org.jspecify.annotations.Nullable;

/** The cluster that the story plays in. */
sealed interface Site extends AutoCloseable {
    /** An administrator's kubeconfig. */
    Path kubeconfig();

    /** Gets it ready, beyond what {@link Installation} does. */
    void prepare(DemoCluster cluster) throws InterruptedException;

    /** The kubeconfig of the controller's account; once that account has its rights. */
    Path controllerKubeconfig(DemoCluster cluster);

    /** Whether others use it, whose objects must be left alone and whose pods must not run on simulated nodes. */
    boolean shared();

    /** What of it has ended that must not, null while all is well. */
    @Nullable
    String trouble();

    /** The folder with the logs of its parts, null when there is none beside the demo's own. */
    @Nullable
    Path logs();

    @Override
    void close();

    /** A control plane of the demo's own. */
    record TestBed(ControlPlane controlPlane) implements Site {
        @Override
        public Path kubeconfig() {
            return controlPlane.kubeconfig();
        }

        @Override
        public void prepare(DemoCluster cluster) {
            // it is ready
        }

        @Override
        public Path controllerKubeconfig(DemoCluster cluster) {
            return controlPlane.karpenterKubeconfig();
        }

        @Override
        public boolean shared() {
            return false;
        }

        @Override
        public @Nullable String trouble() {
            return controlPlane.isAlive() ? null : "the control plane has ended";
        }

        @Override
        public Path logs() {
            return controlPlane.dataDir().resolve("logs");
        }

        @Override
        public void close() {
            controlPlane.close();
        }
    }

    /** Somebody's cluster, with KWOK beside it for as long as the demo runs. */
    final class Existing implements Site {
        private static final Duration KWOK_DEADLINE = Duration.ofSeconds(30);

        private final Path kubeconfig;
        private final Path folder;
        private final boolean realNodesAreFine;
        private @Nullable KwokProcess kwok;

        /**
         * @param folder for logs and the controller's kubeconfig
         * @param realNodesAreFine whether the user knows that the cluster has nodes of its own
         */
        Existing(Path kubeconfig, Path folder, boolean realNodesAreFine) {
            this.kubeconfig = kubeconfig;
            this.folder = folder;
            this.realNodesAreFine = realNodesAreFine;
        }

        @Override
        public Path kubeconfig() {
            return kubeconfig;
        }

        @Override
        public void prepare(DemoCluster cluster) throws InterruptedException {
            check(cluster.nodes());
            kwok = KwokProcess.start(kubeconfig, Labels.NODE_POOL + "=" + Installation.NODE_POOL, folder);
            kwok.awaitHealthy(KWOK_DEADLINE);
        }

        private void check(List<DemoCluster.Present> nodes) {
            for (DemoCluster.Present node : nodes) {
                // It would be taken for one of the demo's, and removed.
                if (node.pool().equals(Installation.NODE_POOL)) {
                    throw new IllegalStateException("node " + node.name() + " belongs to a NodePool "
                            + Installation.NODE_POOL
                            + ", which is the demo's name for its own. Maybe Karpenter ran here; "
                            + "use another cluster");
                }
            }
            List<String> real = nodes.stream()
                    .filter(node -> !node.simulated())
                    .map(DemoCluster.Present::name)
                    .toList();
            if (!real.isEmpty() && !realNodesAreFine) {
                throw new IllegalStateException("the cluster has nodes that are not simulated: " + real.getFirst()
                        + (real.size() > 1 ? " and " + (real.size() - 1) + " more" : "")
                        + ". The demo would add simulated nodes and a NodePool beside them and remove both at its end; "
                        + "say --yes when that is fine");
            }
        }

        @Override
        public Path controllerKubeconfig(DemoCluster cluster) {
            String token = cluster.tokenOf(Installation.CONTROLLER_NAMESPACE, Installation.CONTROLLER_ACCOUNT);
            Path file = folder.resolve("controller.kubeconfig");
            try {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.writeString(file, AccountKubeconfig.of(kubeconfig, token));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write " + file, e);
            }
            return file;
        }

        @Override
        public boolean shared() {
            return true;
        }

        @Override
        public @Nullable String trouble() {
            return kwok == null || kwok.alive() ? null : "KWOK has ended";
        }

        @Override
        public @Nullable Path logs() {
            return null;
        }

        @Override
        public void close() {
            if (kwok != null) {
                kwok.close();
            }
        }
    }
}
