package karpenter.controllers.nodepool;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.ImageWriter;
import karpenter.controllers.state.RegistrationHealth;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.NodeClass;
import karpenter.core.port.ObjectWriter;
import karpenter.core.validation.LabelRules;
import karpenter.runtime.ConcurrencyScale;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;

/** Makes the controllers of NodePools. */
public final class NodePoolControllers {
    private static final int LEAST_CONCURRENCY = 10;
    private static final int MOST_CONCURRENCY = 1_000;
    private static final int VALIDATION_CONCURRENCY = 10;

    private NodePoolControllers() {}

    /**
     * The controllers {@code nodepool.hash}, {@code .readiness}, {@code .registrationhealth}, {@code .counter} and {@code
     * .validation}, listening to the image already; they run once they are started. Pools whose NodeClass is of a kind that
     * the provider doesn't serve are left alone.
     *
     * @param cpuRequestsMilli CPU_REQUESTS, which scales concurrency
     */
    public static List<Controller<?>> controllers(
            ControllerContext context,
            ClusterState state,
            CloudProvider cloud,
            LabelRules rules,
            ObjectWriter<NodePool> pools,
            ObjectWriter<NodeClaim> claims,
            RegistrationHealth health,
            int cpuRequestsMilli) {
        ObjectWriter<NodePool> writer = new ImageWriter<>(pools, state);
        Predicate<NodePool> served = pool -> isServed(pool, cloud);
        int concurrency = ConcurrencyScale.of(LEAST_CONCURRENCY, MOST_CONCURRENCY, cpuRequestsMilli);
        HashController hash = new HashController(state, writer, new ImageWriter<>(claims, state));
        ReadinessController readiness = new ReadinessController(state, writer, context.time());
        RegistrationHealthController registration =
                new RegistrationHealthController(state, writer, health, context.time());
        ValidationController validation = new ValidationController(writer, rules, context.time());
        CounterController counter = new CounterController(state, writer);
        Controller<String> hashLoop =
                build("nodepool.hash", concurrency, context, reconciler(state, served, hash::reconcile));
        Controller<String> readinessLoop =
                build("nodepool.readiness", concurrency, context, reconciler(state, served, readiness::reconcile));
        Controller<String> registrationLoop = build(
                "nodepool.registrationhealth",
                concurrency,
                context,
                reconciler(state, served, registration::reconcile));
        Controller<String> counterLoop =
                build("nodepool.counter", concurrency, context, reconciler(state, served, counter::reconcile));
        Controller<String> validationLoop = build(
                "nodepool.validation",
                VALIDATION_CONCURRENCY,
                context,
                reconciler(state, served, validation::reconcile));
        List<Controller<String>> all = List.of(hashLoop, readinessLoop, registrationLoop, counterLoop, validationLoop);
        state.listen(delta -> {
            switch (delta) {
                case ClusterDelta.NodePoolChanged(NodePool pool) -> all.forEach(loop -> loop.enqueue(pool.name()));
                case ClusterDelta.NodePoolGone(String name, String uid) -> health.reset(uid);
                case ClusterDelta.NodeClassChanged(NodeClass nodeClass) ->
                    enqueueUsers(
                            state,
                            nodeClass.group(),
                            nodeClass.kind(),
                            nodeClass.name(),
                            List.of(readinessLoop, registrationLoop));
                case ClusterDelta.NodeClassGone(String group, String kind, String name) ->
                    enqueueUsers(state, group, kind, name, List.of(readinessLoop, registrationLoop));
                case ClusterDelta.Listed listed ->
                    state.snapshot().nodePools().keySet().forEach(name -> all.forEach(loop -> loop.enqueue(name)));
                default -> {
                    // Claims concern the counter alone.
                }
            }
        });
        counter.follow(state, counterLoop);
        return List.copyOf(all);
    }

    private static Controller<String> build(
            String name, int concurrency, ControllerContext context, Function<String, Outcome> reconciler) {
        return Controller.<String>named(name)
                .concurrency(concurrency)
                .logField("controllerGroup", NodePool.KIND.group())
                .logField("controllerKind", NodePool.KIND.kind())
                .reconciler(reconciler::apply)
                .build(context);
    }

    /** Finds the pool; one that is gone, or not ours, needs nothing. */
    private static Function<String, Outcome> reconciler(
            ClusterState state, Predicate<NodePool> served, Function<NodePool, Outcome> reconcile) {
        return name -> {
            NodePool pool = state.nodePool(name);
            return pool == null || !served.test(pool) ? Outcome.done() : reconcile.apply(pool);
        };
    }

    private static boolean isServed(NodePool pool, CloudProvider cloud) {
        NodeClassReference reference = pool.spec().template().spec().nodeClassRef();
        return cloud.supportedNodeClasses().stream()
                .anyMatch(kind ->
                        kind.group().equals(reference.group()) && kind.kind().equals(reference.kind()));
    }

    private static void enqueueUsers(
            ClusterState state, String group, String kind, String name, List<Controller<String>> loops) {
        NodeClassReference changed = new NodeClassReference(group, kind, name);
        for (NodePool pool : state.snapshot().nodePools().values()) {
            if (pool.spec().template().spec().nodeClassRef().equals(changed)) {
                loops.forEach(loop -> loop.enqueue(pool.name()));
            }
        }
    }
}
