package karpenter.app.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the user asked for.
 *
 * @param kubeconfig of an existing cluster, null for a control plane of the demo's own
 * @param realNodesAreFine whether an existing cluster may have nodes of its own
 * @param keep whether the control plane, the controller, pods and nodes are left running
 * @param json whether the figures go to standard output as JSON, and all else to standard error
 * @param idle how long the idle controller's CPU time is measured, zero for not at all
 * @param startOnly whether it ends as soon as the controller is ready
 * @param trainingFlags JVM flags that make the controller write a start-up cache, empty for none
 */
record DemoOptions(
        int replicas,
        String cpu,
        String memory,
        @Nullable Path kubeconfig,
        boolean realNodesAreFine,
        boolean keep,
        boolean json,
        Duration idle,
        boolean startOnly,
        List<String> trainingFlags) {
    DemoOptions {
        trainingFlags = List.copyOf(trainingFlags);
    }

    /** A short story that the start-up cache is made from. */
    static DemoOptions training(int replicas, List<String> flags) {
        return new DemoOptions(replicas, "", "", null, false, false, false, Duration.ZERO, false, flags);
    }

    boolean training() {
        return !trainingFlags.isEmpty();
    }
}
