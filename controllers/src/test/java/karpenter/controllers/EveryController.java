package karpenter.controllers;

import java.time.Duration;
import java.util.SplittableRandom;
import karpenter.controllers.testing.FakeWorld;
import karpenter.runtime.Controller;

/** Every controller there is, in the world of a test. */
final class EveryController {
    private EveryController() {}

    /** The defaults, with features as a test wants them. */
    static Controllers.Settings settings(boolean capacityBuffer, boolean nodeRepair, boolean observability) {
        return new Controllers.Settings(
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                1_000,
                true,
                false,
                true,
                false,
                capacityBuffer,
                nodeRepair,
                observability);
    }

    /** The process starts: controllers that know nothing but what they are told. */
    static void start(FakeWorld world, Controllers.Settings settings, long seed) {
        world.run(Controllers.all(new Controllers.Parts(
                        world.context,
                        world.state,
                        world.cloud,
                        world.api.nodePools(),
                        world.api.nodeClaims(),
                        world.api.nodes(),
                        world.api.nodeOverlays(),
                        world.api.capacityBuffers(),
                        world.api.nodeClaims(),
                        world.workloads,
                        world.api,
                        null,
                        world.api,
                        new SplittableRandom(seed),
                        settings))
                .toArray(Controller[]::new));
        world.listAgain();
    }
}
