package karpenter.app.fidelity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import karpenter.testbed.SchedulerOracle;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Checks case after case on several threads, each with an oracle of its own, and adds up. */
final class FidelityRun {
    private static final int SHRINKING_TRIES = 1500;

    private final Options options;
    private final Consumer<String> log;
    private final AtomicLong nextSeed;
    private final Sum sum = new Sum();

    /**
     * What to run.
     *
     * @param firstSeed of the first case; the others follow
     * @param pods to check at least
     * @param allowed features that pods may have
     * @param failures folder for what fails, made small; null when it is only to be told
     */
    record Options(
            long firstSeed,
            long pods,
            int workers,
            Set<Feature> allowed,
            @Nullable Path failures) {}

    /**
     * Figures of a run.
     *
     * @param disagreeing pods about which there is a disagreement, at least one a case that has any
     * @param failingSeeds with what they disagree about
     * @param features pods with each
     */
    record Summary(
            long cases,
            long pods,
            long unschedulable,
            long refused,
            long orderly,
            long disagreeing,
            Map<Long, List<Disagreement>> failingSeeds,
            Map<Feature, Long> features,
            double seconds) {}

    private FidelityRun(Options options, Consumer<String> log) {
        this.options = options;
        this.log = log;
        this.nextSeed = new AtomicLong(options.firstSeed);
    }

    /** @param log takes a line for each disagreement as it is found; called by one thread at a time */
    static Summary run(Options options, Consumer<String> log) throws InterruptedException {
        return new FidelityRun(options, log).run();
    }

    private Summary run() throws InterruptedException {
        long start = System.nanoTime();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < options.workers; i++) {
            workers.add(Thread.ofPlatform().daemon().name("fidelity-" + i).start(this::work));
        }
        for (Thread worker : workers) {
            worker.join();
        }
        return sum.summary((System.nanoTime() - start) / 1e9);
    }

    private void work() {
        try (SchedulerOracle oracle = SchedulerOracle.start()) {
            while (sum.pods() < options.pods) {
                long seed = nextSeed.getAndIncrement();
                FidelityCase problem = CaseGenerator.generate(seed, options.allowed);
                Outcome outcome = check(problem, oracle);
                sum.add(seed, problem, outcome);
                if (!outcome.disagreements().isEmpty()) {
                    tell(seed, problem, outcome, oracle);
                }
            }
        }
    }

    private static Outcome check(FidelityCase problem, SchedulerOracle oracle) {
        try {
            return CaseCheck.check(problem, oracle);
        } catch (IllegalArgumentException e) {
            Disagreement invalid =
                    new Disagreement(Disagreement.Kind.BROKEN, problem.title(), "", "not accepted: " + e.getMessage());
            return new Outcome(problem.waiting().size(), 0, 0, 0, List.of(invalid));
        }
    }

    private void tell(long seed, FidelityCase problem, Outcome outcome, SchedulerOracle oracle) {
        StringBuilder text = new StringBuilder("seed " + seed + ":");
        outcome.disagreements().forEach(each -> text.append("\n  ").append(each.text()));
        Path folder = options.failures;
        if (folder != null) {
            FidelityCase small = shrink(problem, outcome.disagreements().getFirst(), oracle);
            Path file = folder.resolve(seed + ".json");
            try {
                Files.createDirectories(folder);
                Files.writeString(file, small.text());
            } catch (IOException e) {
                throw new UncheckedIOException("can't write " + file, e);
            }
            text.append("\n  made small in ").append(file);
        }
        synchronized (sum) {
            log.accept(text.toString());
        }
    }

    /** The case made as small as it can be while it still shows a disagreement of the same kind. */
    static FidelityCase shrink(FidelityCase problem, Disagreement shown, SchedulerOracle oracle) {
        return Shrinker.shrink(
                problem,
                smaller -> {
                    try {
                        return CaseCheck.check(smaller, oracle).disagreements().stream()
                                .anyMatch(each -> alike(each, shown));
                    } catch (IllegalArgumentException | ClassCastException | IllegalStateException notAProblem) {
                        return false;
                    }
                },
                SHRINKING_TRIES);
    }

    private static boolean alike(Disagreement one, Disagreement other) {
        return one.kind() == other.kind() && beginning(one.theirs()).equals(beginning(other.theirs()));
    }

    /** The plugin, or the first words. */
    private static String beginning(String theirs) {
        return theirs.substring(0, Math.min(theirs.length(), 12));
    }

    /** What was found so far. */
    private static final class Sum {
        private long cases;
        private long pods;
        private long unschedulable;
        private long refused;
        private long orderly;
        private long disagreeing;
        private final Map<Long, List<Disagreement>> failingSeeds = new TreeMap<>();
        private final Map<Feature, Long> features = new EnumMap<>(Feature.class);

        synchronized long pods() {
            return pods;
        }

        synchronized void add(long seed, FidelityCase problem, Outcome outcome) {
            cases++;
            pods += outcome.pods();
            unschedulable += outcome.unschedulable();
            refused += outcome.refused();
            orderly += outcome.orderly();
            if (!outcome.disagreements().isEmpty()) {
                failingSeeds.put(seed, outcome.disagreements());
                disagreeing += outcome.disagreements().stream()
                        .map(each -> each.subject().split(" ")[0])
                        .distinct()
                        .count();
            }
            for (ObjectNode pod : problem.waiting()) {
                for (Feature feature : Feature.values()) {
                    if (feature.shows(pod)) {
                        features.merge(feature, 1L, Long::sum);
                    }
                }
            }
        }

        synchronized Summary summary(double seconds) {
            return new Summary(
                    cases, pods, unschedulable, refused, orderly, disagreeing, failingSeeds, features, seconds);
        }
    }
}
