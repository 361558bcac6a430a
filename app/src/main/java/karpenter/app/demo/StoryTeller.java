package karpenter.app.demo;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import karpenter.app.demo.Figures.Figure;
import org.jspecify.annotations.Nullable;

/**
 * Plays the story's acts in a cluster that is set up and takes the figures: pods come and get nodes; time passes; pods go and
 * the nodes with them. Each step has a deadline, and ends early when something that it needs has ended.
 */
final class StoryTeller {
    /** How often the scene is looked at when no event comes, in case a process has ended. */
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(200);

    /** Ten times what is usual. What comes later than this does not come. */
    private static final Duration FIRST_CLAIM_DEADLINE = Duration.ofSeconds(60);

    private static final Duration READY_DEADLINE = Duration.ofMinutes(2);
    private static final Duration GONE_DEADLINE = Duration.ofMinutes(4);
    private static final Duration DEADLINE_PER_POD = Duration.ofMillis(50);

    /** After the last pod is Ready, until nothing is left of the work that it made. */
    private static final Duration SETTLE = Duration.ofSeconds(60);

    private final DemoCluster cluster;
    private final Installation installation;
    private final RunningController controller;
    private final Story story;
    private final Display display;
    private final Figures figures;
    private final LongSupplier nanoClock;
    private final Supplier<@Nullable String> trouble;

    /**
     * A step of the story.
     *
     * @param name in words, as "pods get Ready"
     * @param expected what must hold at its end
     */
    record Step(String name, String expected, Duration deadline) {}

    /** @param trouble says what has ended that must not, null while all is well */
    StoryTeller(
            DemoCluster cluster,
            Installation installation,
            RunningController controller,
            Story story,
            Display display,
            Figures figures,
            LongSupplier nanoClock,
            Supplier<@Nullable String> trouble) {
        this.cluster = cluster;
        this.installation = installation;
        this.controller = controller;
        this.story = story;
        this.display = display;
        this.figures = figures;
        this.nanoClock = nanoClock;
        this.trouble = trouble;
    }

    /** Waits until the watch has told everything that exists and the pool is ready to be used. */
    void prologue() throws InterruptedException {
        Duration deadline = Duration.ofSeconds(30);
        await(new Step("watch the cluster", "the first list of everything", deadline), story::listed);
        await(
                new Step(
                        "NodePool becomes ready",
                        "NodePool " + Installation.NODE_POOL + " with condition Ready=True",
                        deadline),
                story::poolReady);
    }

    /** Makes the Deployment and waits until all its pods are Ready. */
    void podsCome(Workload workload) throws InterruptedException {
        int replicas = workload.replicas();
        Duration extra = DEADLINE_PER_POD.multipliedBy(replicas);
        display.say("$ " + workload.createCommand());
        story.expect(replicas);
        long sinceNanos = nanoClock.getAsLong();
        attempt("create the Deployment", () -> installation.add(workload.deployment()));
        await(
                new Step("NodeClaims come", "a NodeClaim for the pending pods", FIRST_CLAIM_DEADLINE.plus(extra)),
                story::claimSeen);
        figures.put(Figure.FIRST_NODE_CLAIM, story.firstClaimSeconds(sinceNanos));
        await(
                new Step("pods get Ready", "all " + replicas + " pods Ready", READY_DEADLINE.plus(extra)),
                story::allReady);
        figures.put(Figure.ALL_PODS_READY, story.allReadySeconds(sinceNanos));

        Story.Scene scene = story.scene();
        display.showNow(scene);
        figures.put(Figure.NODES, scene.nodes().size());
        figures.put(Figure.PRICE, Math.round(scene.pricePerHourUsd() * 1e6) / 1e6);
        figures.put(Figure.SECOND_ROUND, story.secondRoundClaims());
        attempt(
                "compare with the plan",
                () -> figures.put(Placement.of(story.pods(), story.claims(), cluster.nominations())));
        display.say("all " + replicas + " pods are Ready");
        scene.nodes().stream()
                .limit(20)
                .forEach(node ->
                        display.say(Display.describe(node, scene.podsByNode().getOrDefault(node.name(), 0))));
    }

    /** Makes more Deployments, which are no part of the story, and waits until nodes are planned for their pods. */
    void othersCome(List<Document> deployments) throws InterruptedException {
        int before = story.claims().size();
        attempt("create more Deployments", () -> deployments.forEach(installation::add));
        await(
                new Step("more NodeClaims come", "a NodeClaim for the pods of other Deployments", FIRST_CLAIM_DEADLINE),
                () -> story.claims().size() > before);
    }

    /** Lets nothing happen and measures what that costs. */
    void timePasses(Duration window) throws InterruptedException {
        display.say("waiting " + SETTLE.toSeconds() + " s, then measuring the controller's CPU time for "
                + window.toSeconds() + " s");
        sit(SETTLE);
        long sinceNanos = nanoClock.getAsLong();
        Duration before = controller.cpu();
        sit(window);
        double seconds = (nanoClock.getAsLong() - sinceNanos) / 1e9;
        double used = controller.cpu().minus(before).toNanos() / 1e9;
        figures.put(Figure.IDLE_CPU, Math.round(used / seconds * 1e4) / 1e2);
    }

    private void sit(Duration time) throws InterruptedException {
        long untilNanos = nanoClock.getAsLong() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = untilNanos - nanoClock.getAsLong()) {
            checkTrouble("time passes", "the controller and the cluster go on running");
            story.awaitAfter(story.events(), Duration.ofNanos(Math.min(left, LOOK_INTERVAL.toNanos())));
            display.show(story.scene());
        }
    }

    /** Deletes the Deployment and waits until the nodes are gone. */
    void podsGo(Workload workload) throws InterruptedException {
        display.say("$ " + Workload.deleteCommand());
        long sinceNanos = nanoClock.getAsLong();
        attempt("delete the Deployment", () -> installation.remove(workload.deployment()));
        await(
                new Step(
                        "nodes go",
                        "no pod, no Node and no NodeClaim left",
                        GONE_DEADLINE.plus(DEADLINE_PER_POD.multipliedBy(workload.replicas()))),
                story::allGone);
        figures.put(Figure.NODES_GONE, story.allGoneSeconds(sinceNanos));
        display.showNow(story.scene());
        display.say("all nodes are gone");
    }

    private static void attempt(String step, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException refused) {
            throw new DemoFailure(step, "the API server takes the request", String.valueOf(refused.getMessage()));
        }
    }

    private void await(Step step, BooleanSupplier done) throws InterruptedException {
        long deadlineNanos = nanoClock.getAsLong() + step.deadline.toNanos();
        while (true) {
            // Read before the condition, so that an event in between ends the wait at once.
            long seen = story.events();
            if (done.getAsBoolean()) {
                return;
            }
            checkTrouble(step.name, step.expected);
            long left = deadlineNanos - nanoClock.getAsLong();
            if (left <= 0) {
                throw new DemoFailure(
                        step.name,
                        step.expected + " within " + step.deadline.toSeconds() + " s",
                        story.scene().counts());
            }
            display.show(story.scene());
            story.awaitAfter(seen, Duration.ofNanos(Math.min(left, LOOK_INTERVAL.toNanos())));
        }
    }

    private void checkTrouble(String step, String expected) {
        String problem = trouble.get();
        if (problem != null) {
            throw new DemoFailure(step, expected, problem + "\n" + story.scene().counts());
        }
    }
}
