package karpenter.controllers.provisioning;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import karpenter.cloudprovider.CloudProvider;
import karpenter.controllers.launch.NodeClaimLauncher;
import karpenter.controllers.launch.NodeClaimLauncher.Launch;
import karpenter.controllers.state.ClusterState;
import karpenter.core.buffer.BufferSolve;
import karpenter.core.cluster.ClusterSnapshot;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.core.scheduling.SchedulingResult;
import karpenter.runtime.Batcher;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The provisioning loop: one pass for each batch of pods.
 *
 * <p><b>Problem.</b> Pods come in bursts and are packed best together, so a pass waits for the burst to end; but whatever the
 * pass does after that wait is felt by each pod. And a pass that runs before the last one's claims are launched would buy for
 * the same pods again.
 *
 * <p><b>Method.</b> While a batch's window is open the question is put to the scheduler already, on what is known so far: that
 * warms code and caches, and when nothing changes until the window ends, the answer stands. When it ends, the pass gathers
 * its question from one snapshot and has the plans carried out. A pass that can't run keeps its batch: it runs as soon as
 * nothing stands in its way. Nothing here blocks but the calls to the API server that create claims.
 *
 * <p>What stands in its way: the cluster isn't listed yet; the outcome of a create is open; a claim is ordered but not
 * launched. Of the latter, claims of this process's own stand in the way for {@link OrderedClaims#PATIENCE} only: their pods
 * are known and left out of the question, so that one launch that fails again and again doesn't hold up all others.
 *
 * <p><b>Concurrency.</b> One thread runs it. <b>Differs from upstream</b>, which spends the batch of a pass that can't run,
 * begins to plan only after the window, and waits for unlaunched claims without end.
 */
final class Provisioner {
    private static final Logger LOG = LoggerFactory.getLogger(Provisioner.class);

    /** The least time between two speculations in a window. */
    private static final Duration BETWEEN_SPECULATIONS = Duration.ofMillis(250);

    /** An answer that takes no longer than this may be looked for although the window can end any moment. */
    private static final Duration QUICK_SOLVE = Duration.ofMillis(50);

    /** How soon to look again at what stands in the way, besides being told of each change. */
    private static final Duration BLOCKED_AGAIN = Duration.ofSeconds(1);

    private static final Duration UNSYNCED_WORTH_A_LINE = Duration.ofSeconds(30);
    private static final Duration BETWEEN_UNSYNCED_LINES = Duration.ofSeconds(10);

    private final ControllerContext context;
    private final ClusterState state;
    private final CloudProvider cloud;
    private final NodeClaimLauncher launcher;
    private final Function<SchedulingInput, SchedulingResult> scheduler;
    private final ProvisioningSettings settings;
    private final Batcher<String> batcher;
    private final OrderedClaims ordered;
    private final PassEffects effects;
    private final ProvisioningMetrics metrics;

    /** A batch was fetched and its pass has not succeeded yet. */
    private boolean batchHeld;

    private @Nullable Speculation speculation;
    private Duration lastSolve = Duration.ZERO;
    private long speculateFromNanos;
    private @Nullable Instant blockedSince;
    private Instant unsyncedLineAt = Instant.MIN;

    private record Speculation(PassQuestion question, SchedulingResult result) {}

    Provisioner(
            ControllerContext context,
            ClusterState state,
            CloudProvider cloud,
            NodeClaimLauncher launcher,
            Function<SchedulingInput, SchedulingResult> scheduler,
            ProvisioningSettings settings,
            Batcher<String> batcher,
            OrderedClaims ordered,
            PassEffects effects,
            ProvisioningMetrics metrics) {
        this.context = context;
        this.state = state;
        this.cloud = cloud;
        this.launcher = launcher;
        this.scheduler = scheduler;
        this.settings = settings;
        this.batcher = batcher;
        this.ordered = ordered;
        this.effects = effects;
        this.metrics = metrics;
        this.speculateFromNanos = context.time().nanoTime();
    }

    /** Does what is due: finishes open creates, speculates in an open window, or runs the pass of one that ended. */
    Outcome run() {
        if (launcher.open()) {
            effects.launched(launcher.finishOpen());
            if (launcher.open()) {
                return Outcome.retry("the API server has not said what became of the creation of a NodeClaim");
            }
        }
        // Also behind a batch that is held: its pass asks about all pods there are, and nobody tells of that window's
        // end again.
        if (batcher.poll() != null) {
            batchHeld = true;
        }
        if (!batchHeld) {
            Duration left = batcher.left();
            return left == null ? Outcome.done() : speculate(left);
        }
        ClusterSnapshot snapshot = state.snapshot();
        String blocker = ordered.blocker(snapshot, context.time().instant());
        if (blocker != null) {
            return blocked(blocker);
        }
        blockedSince = null;
        return pass(gather(snapshot));
    }

    private Outcome blocked(String blocker) {
        Instant now = context.time().instant();
        Instant since = blockedSince == null ? now : blockedSince;
        blockedSince = since;
        if (Duration.between(since, now).compareTo(UNSYNCED_WORTH_A_LINE) > 0
                && Duration.between(unsyncedLineAt, now).compareTo(BETWEEN_UNSYNCED_LINES) >= 0) {
            unsyncedLineAt = now;
            LOG.atInfo()
                    .addKeyValue("since", since)
                    .addKeyValue("cause", blocker)
                    .log("waiting on cluster sync");
        }
        return Outcome.requeueAfter(BLOCKED_AGAIN);
    }

    private PassQuestion gather(ClusterSnapshot snapshot) {
        return PassQuestion.gather(
                snapshot,
                state,
                ordered.underway(snapshot),
                cloud,
                settings.scheduling(),
                context.time().instant());
    }

    /**
     * Puts the question as it is so far, if it is new and the answer can be expected before the window ends. At most half of
     * the time goes into this, and the last time lies close before the end; the first ones are slow and make the rest fast.
     */
    private Outcome speculate(Duration left) {
        long now = context.time().nanoTime();
        Duration wait = Duration.ofNanos(speculateFromNanos - now);
        if (wait.isPositive()) {
            return Outcome.requeueAfter(wait);
        }
        if (lastSolve.compareTo(left) < 0 || lastSolve.compareTo(QUICK_SOLVE) < 0) {
            ClusterSnapshot snapshot = state.snapshot();
            if (ordered.blocker(snapshot, context.time().instant()) == null) {
                PassQuestion question = gather(snapshot);
                Speculation before = speculation;
                if (!question.isEmpty() && (before == null || !question.sameAs(before.question()))) {
                    speculation = new Speculation(question, solve(question));
                }
            }
        }
        Duration pause = lastSolve.compareTo(BETWEEN_SPECULATIONS) > 0 ? lastSolve : BETWEEN_SPECULATIONS;
        speculateFromNanos = context.time().nanoTime() + pause.toNanos();
        return Outcome.requeueAfter(pause);
    }

    private SchedulingResult solve(PassQuestion question) {
        ProvisioningMetrics.Timing timing =
                metrics.begin(question.input().pods().size());
        try {
            return BufferSolve.schedule(question.input(), scheduler);
        } finally {
            lastSolve = timing.end();
        }
    }

    private Outcome pass(PassQuestion question) {
        context.gate().require();
        LOG.atDebug()
                .addKeyValue("pending-pods", question.pending().size())
                .addKeyValue("deleting-pods", question.leaving().size())
                .log("computing scheduling decision for provisionable pod(s)");
        metrics.asked(question);
        PassEffects.skipped(question.catalogs());
        List<Launch> launches = List.of();
        if (question.isEmpty()) {
            metrics.nothingToAsk();
            effects.nothingToAsk(question);
        } else {
            Speculation before = speculation;
            SchedulingResult result =
                    before != null && question.sameAs(before.question()) ? before.result() : solve(question);
            metrics.answered(result);
            launches = effects.carryOut(question, result, lastSolve);
        }
        speculation = null;
        String failure = PassEffects.failure(launches);
        batchHeld = failure != null;
        return failure == null ? Outcome.done() : Outcome.retry(failure);
    }
}
