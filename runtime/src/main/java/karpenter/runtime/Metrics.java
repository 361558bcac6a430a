package karpenter.runtime;

import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One registry of metrics and small handles to write to it.
 *
 * <p>Names are given in full and exactly as they are exposed ({@code karpenter_nodepools_cost_total}), whatever the type:
 * a gauge may end in {@code _total}; a counter must, and is exposed under that name once. Asking twice for one name gives
 * the same handle, asking with another type or other labels is a bug and throws. Handles are thread-safe; a series comes
 * into being with its first value.
 *
 * <p>A gauge whose value is a function of something alive (queue depth, age of the oldest work) is computed when scraped
 * ({@link #computedGauge}), so it costs nothing between scrapes and is never stale.
 */
public final class Metrics {
    /** Upstream's buckets for durations, in seconds: controller-runtime's up to 60, then to 600 for unbounded loops. */
    public static final List<Double> DURATION_BUCKETS = List.of(
            0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25,
            1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0,
            60.0, 120.0, 150.0, 300.0, 450.0, 600.0);

    /** The Prometheus client's default buckets, in seconds. */
    public static final List<Double> DEFAULT_BUCKETS =
            List.of(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0);

    /** Upstream's quantiles for summaries. */
    public static final List<Double> SUMMARY_QUANTILES = List.of(0.0, 0.5, 0.9, 0.99, 1.0);

    private static final double QUANTILE_ERROR = 0.01;
    // client_golang's window for summaries; this library's own is half as long.
    private static final long SUMMARY_WINDOW_SECONDS = 600;
    private static final int SUMMARY_AGE_BUCKETS = 5;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final ConcurrentMap<String, Registered> byName = new ConcurrentHashMap<>();
    private final RuntimeMetrics runtime;

    private record Registered(Family family, Object handle) {}

    /**
     * A registered metric, whether or not it has series yet.
     *
     * @param name as exposed
     * @param type as exposed: counter, gauge, histogram or summary
     * @param labels in the order in which values are given
     * @param bounds a histogram's upper bounds or a summary's quantiles, else empty
     * @param computed whether its series are computed when scraped
     */
    public record Family(
            String name, String type, String help, List<String> labels, List<Double> bounds, boolean computed) {
        public Family {
            labels = List.copyOf(labels);
            bounds = List.copyOf(bounds);
        }

        private String shape() {
            return (computed ? "computed " : "") + type + " " + bounds + labels;
        }
    }

    private Metrics() {
        runtime = new RuntimeMetrics(this);
    }

    /** Returns an empty registry. */
    public static Metrics create() {
        return new Metrics();
    }

    /** Adds the metrics of the process and the JVM ({@code process_*}, {@code jvm_*}). */
    public Metrics withProcessMetrics() {
        JvmMetrics.builder().register(registry);
        return this;
    }

    /** Sets {@code karpenter_build_info}, which is always 1; the label that names upstream's Go names our Java. */
    public Metrics withBuildInfo(String version, String commit) {
        gauge(
                        "karpenter_build_info",
                        "A metric with a constant '1' value labeled by version from which karpenter was built.",
                        "version",
                        "goversion",
                        "goarch",
                        "commit")
                .set(1, version, "java" + Runtime.version().feature(), goArch(), commit);
        return this;
    }

    /** Returns the counter of this name, which must end in {@code _total}. */
    public Counter counter(String name, String help, String... labels) {
        if (!name.endsWith("_total")) {
            throw new IllegalArgumentException("Counter " + name + " must end in _total, as it is exposed");
        }
        return register(family(name, "counter", help, labels, List.of()), Counter.class, () -> {
            return new Counter(io.prometheus.metrics.core.metrics.Counter.builder()
                    .name(name)
                    .help(help)
                    .labelNames(labels)
                    .withoutExemplars()
                    .register(registry));
        });
    }

    /** Returns the gauge of this name. */
    public Gauge gauge(String name, String help, String... labels) {
        return register(family(name, "gauge", help, labels, List.of()), Gauge.class, () -> {
            return new Gauge(io.prometheus.metrics.core.metrics.Gauge.builder()
                    .name(name)
                    .help(help)
                    .labelNames(labels)
                    .withoutExemplars()
                    .register(registry));
        });
    }

    /**
     * Adds a gauge whose series are computed at each scrape.
     *
     * @param series is given a sink and puts each series into it; called on the thread that scrapes. Of several with the same
     *     label values the first counts: names that users choose can fall together once they are written as labels, and the
     *     page must not be lost over it
     */
    public void computedGauge(String name, String help, List<String> labels, Consumer<GaugeSink> series) {
        register(
                new Family(name, "gauge", help, labels, List.of(), true),
                GaugeWithCallback.class,
                () -> GaugeWithCallback.builder()
                        .name(name)
                        .help(help)
                        .labelNames(labels.toArray(String[]::new))
                        .callback(callback -> series.accept(onceEach(callback::call)))
                        .register(registry));
    }

    private static GaugeSink onceEach(GaugeSink sink) {
        Set<List<String>> put = new HashSet<>();
        return (value, labelValues) -> {
            if (put.add(List.of(labelValues))) {
                sink.put(value, labelValues);
            }
        };
    }

    /** Returns the histogram of this name with these upper bounds; {@code +Inf} is implied. */
    public Histogram histogram(String name, String help, List<Double> buckets, String... labels) {
        return register(family(name, "histogram", help, labels, buckets), Histogram.class, () -> {
            return new Histogram(io.prometheus.metrics.core.metrics.Histogram.builder()
                    .name(name)
                    .help(help)
                    .classicOnly()
                    .classicUpperBounds(
                            buckets.stream().mapToDouble(Double::doubleValue).toArray())
                    .labelNames(labels)
                    .withoutExemplars()
                    .register(registry));
        });
    }

    /** Returns the summary of this name with these quantiles, each within one percent of rank. */
    public Summary summary(String name, String help, List<Double> quantiles, String... labels) {
        return register(family(name, "summary", help, labels, quantiles), Summary.class, () -> {
            var builder = io.prometheus.metrics.core.metrics.Summary.builder()
                    .name(name)
                    .help(help)
                    .maxAgeSeconds(SUMMARY_WINDOW_SECONDS)
                    .numberOfAgeBuckets(SUMMARY_AGE_BUCKETS)
                    .labelNames(labels)
                    .withoutExemplars();
            quantiles.forEach(quantile -> builder.quantile(quantile, QUANTILE_ERROR));
            return new Summary(builder.register(registry));
        });
    }

    /** Returns {@code count} bounds, each {@code factor} times the one before. */
    public static List<Double> exponentialBuckets(double start, double factor, int count) {
        if (!(start > 0) || !(factor > 1) || count < 1) {
            throw new IllegalArgumentException("Exponential buckets need start > 0, factor > 1, count >= 1, got "
                    + start + ", " + factor + ", " + count);
        }
        Double[] bounds = new Double[count];
        double bound = start;
        for (int i = 0; i < count; i++) {
            bounds[i] = bound;
            bound *= factor;
        }
        return List.of(bounds);
    }

    /** Returns the value of each series as of now. */
    public MetricSnapshots scrape() {
        return registry.scrape();
    }

    /** Returns every metric registered through this object, by name; those of the process and the JVM are not among them. */
    public List<Family> families() {
        return byName.values().stream()
                .map(Registered::family)
                .sorted(Comparator.comparing(Family::name))
                .toList();
    }

    RuntimeMetrics runtime() {
        return runtime;
    }

    private static Family family(String name, String type, String help, String[] labels, List<Double> bounds) {
        return new Family(name, type, help, List.of(labels), bounds, false);
    }

    private <T> T register(Family family, Class<T> type, Supplier<T> create) {
        String name = family.name();
        Registered registered = byName.computeIfAbsent(name, n -> new Registered(family, create.get()));
        String shape = registered.family().shape();
        if (!shape.equals(family.shape())) {
            throw new IllegalStateException(
                    "Metric " + name + " is registered as " + shape + ", asked for as " + family.shape());
        }
        return type.cast(registered.handle());
    }

    private static String goArch() {
        String arch = System.getProperty("os.arch", "");
        return switch (arch) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> arch;
        };
    }

    /** Takes the series of a computed gauge. */
    @FunctionalInterface
    public interface GaugeSink {
        /** Puts one series; label values in the order of the label names. */
        void put(double value, String... labelValues);
    }

    /** A number that only grows. */
    public static final class Counter {
        private final io.prometheus.metrics.core.metrics.Counter counter;

        Counter(io.prometheus.metrics.core.metrics.Counter counter) {
            this.counter = counter;
        }

        /** Adds to a series. */
        public void inc(double amount, String... labelValues) {
            counter.labelValues(labelValues).inc(amount);
        }

        /** Adds one to a series. */
        public void inc(String... labelValues) {
            counter.labelValues(labelValues).inc();
        }

        /** Returns a series' value. Brings it into being at zero when it doesn't exist. */
        public double value(String... labelValues) {
            return counter.labelValues(labelValues).get();
        }

        /** Ends a series. */
        public void remove(String... labelValues) {
            counter.remove(labelValues);
        }

        /** Ends the series whose label values match. */
        public void removeIf(Predicate<List<String>> labelValues) {
            counter.removeIf(labelValues::test);
        }

        /** Ends all series. */
        public void clear() {
            counter.clear();
        }
    }

    /** A number that goes up and down. */
    public static final class Gauge {
        private final io.prometheus.metrics.core.metrics.Gauge gauge;

        Gauge(io.prometheus.metrics.core.metrics.Gauge gauge) {
            this.gauge = gauge;
        }

        /** Sets a series. */
        public void set(double value, String... labelValues) {
            gauge.labelValues(labelValues).set(value);
        }

        /** Adds to a series; the amount may be negative. */
        public void inc(double amount, String... labelValues) {
            gauge.labelValues(labelValues).inc(amount);
        }

        /** Returns a series' value. Brings it into being at zero when it doesn't exist. */
        public double value(String... labelValues) {
            return gauge.labelValues(labelValues).get();
        }

        /** Ends a series. */
        public void remove(String... labelValues) {
            gauge.remove(labelValues);
        }

        /** Ends the series whose label values match. */
        public void removeIf(Predicate<List<String>> labelValues) {
            gauge.removeIf(labelValues::test);
        }

        /** Ends all series. */
        public void clear() {
            gauge.clear();
        }
    }

    /** A distribution in fixed buckets. */
    public static final class Histogram {
        private final io.prometheus.metrics.core.metrics.Histogram histogram;

        Histogram(io.prometheus.metrics.core.metrics.Histogram histogram) {
            this.histogram = histogram;
        }

        /** Adds an observation. */
        public void observe(double value, String... labelValues) {
            histogram.labelValues(labelValues).observe(value);
        }

        /** Returns how many observations a series holds. Brings it into being when it doesn't exist. */
        public long count(String... labelValues) {
            return histogram.labelValues(labelValues).getCount();
        }

        /** Ends a series. */
        public void remove(String... labelValues) {
            histogram.remove(labelValues);
        }

        /** Ends the series whose label values match. */
        public void removeIf(Predicate<List<String>> labelValues) {
            histogram.removeIf(labelValues::test);
        }

        /** Ends all series. */
        public void clear() {
            histogram.clear();
        }
    }

    /** A distribution as quantiles over the last ten minutes. */
    public static final class Summary {
        private final io.prometheus.metrics.core.metrics.Summary summary;

        Summary(io.prometheus.metrics.core.metrics.Summary summary) {
            this.summary = summary;
        }

        /** Adds an observation. */
        public void observe(double value, String... labelValues) {
            summary.labelValues(labelValues).observe(value);
        }

        /** Returns how many observations a series holds. Brings it into being when it doesn't exist. */
        public long count(String... labelValues) {
            return summary.labelValues(labelValues).getCount();
        }

        /** Ends a series. */
        public void remove(String... labelValues) {
            summary.remove(labelValues);
        }

        /** Ends the series whose label values match. */
        public void removeIf(Predicate<List<String>> labelValues) {
            summary.removeIf(labelValues::test);
        }

        /** Ends all series. */
        public void clear() {
            summary.clear();
        }
    }
}
