package karpenter.controllers;

import java.util.ArrayList;
import java.util.List;
import karpenter.cloudprovider.NodeLifecycleHook;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.launch.MachineTerminations;
import karpenter.controllers.node.termination.EvictionQueue;
import karpenter.controllers.node.termination.NodeTerminationController;
import karpenter.controllers.nodeclaim.lifecycle.NodeClaimLifecycleController;
import karpenter.controllers.state.RegistrationHealth;
import karpenter.controllers.testing.FakeWorld;
import karpenter.runtime.Controller;
import karpenter.runtime.Metrics;

/** A small world with the controllers that carry a NodeClaim and its Node from launch to end. */
public final class NodeLife {
    public static final int CPU_MILLI = 1_000;

    public final FakeWorld world = new FakeWorld();
    /** Asked at each registration; empty unless a test adds some. */
    public final List<NodeLifecycleHook> hooks = new ArrayList<>();

    public NodeLife() {
        start();
    }

    /** Makes the controllers anew over what the API server and the cloud have, as after a crash. */
    public void restart() {
        restartUnlisted();
        world.listAgain();
    }

    /** As {@link #restart}, with nothing in the image yet. */
    public void restartUnlisted() {
        world.restart();
        start();
    }

    private void start() {
        world.run(controllers().toArray(Controller[]::new));
    }

    /** The controllers over the world as it is now, subscribed to its image. */
    public List<Controller<?>> controllers() {
        ClaimDeletions deletions = new ClaimDeletions(world.api.nodeClaims(), world.state, world.context.metrics());
        MachineTerminations machines = new MachineTerminations(world.cloud, world.state, world.time);
        EvictionQueue evictions = new EvictionQueue(world.state, world.api, world.api, world.context, CPU_MILLI);
        return List.of(
                NodeClaimLifecycleController.controller(
                        world.state,
                        world.api.nodeClaims(),
                        world.api.nodes(),
                        world.api.nodePools(),
                        world.cloud,
                        deletions,
                        machines,
                        new RegistrationHealth(),
                        world.api,
                        hooks,
                        world.context,
                        CPU_MILLI),
                NodeTerminationController.controller(
                        world.state,
                        world.api.nodes(),
                        world.api.nodeClaims(),
                        world.cloud,
                        machines,
                        world.api,
                        evictions,
                        world.api,
                        world.context,
                        CPU_MILLI),
                evictions.controller());
    }

    public Metrics metrics() {
        return world.context.metrics();
    }

    /** A counter's value, whose label values are given in order. */
    public double counted(String name, List<String> labels, String... values) {
        return metrics().counter(name, "", labels.toArray(String[]::new)).value(values);
    }
}
