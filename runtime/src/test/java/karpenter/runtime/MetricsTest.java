package karpenter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MetricsTest {
    private final Metrics metrics = Metrics.create();

    @Test
    void exposesNamesExactlyAsGiven() throws IOException {
        metrics.gauge("karpenter_nodepools_cost_total", "Cost.", "nodepool").set(1.5, "default");
        metrics.counter("karpenter_nodeclaims_created_total", "Created.", "reason")
                .inc("provisioned");
        String text = Scrape.text(metrics);
        assertThat(text)
                .contains("# TYPE karpenter_nodepools_cost_total gauge\n")
                .contains("karpenter_nodepools_cost_total{nodepool=\"default\"} 1.5\n")
                .contains("# TYPE karpenter_nodeclaims_created_total counter\n")
                .contains("karpenter_nodeclaims_created_total{reason=\"provisioned\"} 1\n")
                .doesNotContain("_total_total")
                .doesNotContain("_created{");
    }

    @Test
    void printsBucketsAndQuantilesAsGoDoes() throws IOException {
        metrics.histogram("a_seconds", "", List.of(0.005, 1.0, 10.0, 2_592_000.0), "x")
                .observe(2, "y");
        metrics.summary("b_seconds", "", Metrics.SUMMARY_QUANTILES, "x").observe(3, "y");
        assertThat(Scrape.of(metrics))
                .containsEntry("a_seconds_bucket{x=\"y\",le=\"0.005\"}", 0.0)
                .containsEntry("a_seconds_bucket{x=\"y\",le=\"1\"}", 0.0)
                .containsEntry("a_seconds_bucket{x=\"y\",le=\"10\"}", 1.0)
                .containsEntry("a_seconds_bucket{x=\"y\",le=\"2.592e+06\"}", 1.0)
                .containsEntry("a_seconds_bucket{x=\"y\",le=\"+Inf\"}", 1.0)
                .containsEntry("a_seconds_sum{x=\"y\"}", 2.0)
                .containsEntry("a_seconds_count{x=\"y\"}", 1.0)
                .containsEntry("b_seconds{x=\"y\",quantile=\"0\"}", 3.0)
                .containsEntry("b_seconds{x=\"y\",quantile=\"0.99\"}", 3.0)
                .containsEntry("b_seconds{x=\"y\",quantile=\"1\"}", 3.0);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0.0, 0",
        "1, 1",
        "-1.5, -1.5",
        "100000, 100000",
        "999999, 999999",
        "1000000, 1e+06",
        "1234567, 1.234567e+06",
        "0.0001, 0.0001",
        "0.00001, 1e-05",
        "1e-8, 1e-08",
        "1.25599744e8, 1.25599744e+08",
        "-2.5e-7, -2.5e-07",
        "1e100, 1e+100",
        "NaN, NaN",
        "Infinity, +Inf",
        "-Infinity, -Inf"
    })
    void printsNumbersAsGoDoes(double value, String text) {
        assertThat(PrometheusText.number(value)).isEqualTo(text);
    }

    @Test
    void saysTheSameAsTheLibrarysWriter() throws IOException {
        metrics.withProcessMetrics().withBuildInfo("0.1.0", "abc");
        metrics.counter("c_total", "with \"quotes\", a \\ and\na line", "l").inc(2.5, "va\"l\\ue\n");
        metrics.gauge("g", "help").set(Double.NaN);
        metrics.histogram("h", "help", Metrics.DURATION_BUCKETS, "l").observe(77, "a");
        metrics.summary("s", "help", Metrics.SUMMARY_QUANTILES).observe(77);
        MetricSnapshots snapshots = metrics.scrape();
        ByteArrayOutputStream ours = new ByteArrayOutputStream();
        PrometheusText.write(ours, snapshots);
        ByteArrayOutputStream theirs = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(theirs, snapshots);
        assertThat(normalized(ours)).isEqualTo(normalized(theirs));
    }

    @Test
    void hasTheProcessAndBuildMetricsThatDashboardsNeed() throws IOException {
        metrics.withProcessMetrics().withBuildInfo("0.1.0", "abc");
        Map<String, Double> series = Scrape.of(metrics);
        assertThat(series).containsKey("process_cpu_seconds_total").containsKey("process_resident_memory_bytes");
        assertThat(series.keySet())
                .anyMatch(name -> name.startsWith("karpenter_build_info{") && name.contains("version=\"0.1.0\""))
                .anyMatch(name -> name.startsWith("jvm_memory_used_bytes"));
    }

    @Test
    @Covers("metrics store: replace and delete series")
    void endsSeriesOneByOneByMatchAndAltogether() throws IOException {
        Metrics.Gauge gauge = metrics.gauge("g", "", "pool", "reason");
        gauge.set(1, "a", "x");
        gauge.set(1, "a", "y");
        gauge.set(1, "b", "x");
        gauge.remove("a", "x");
        assertThat(Scrape.of(metrics)).doesNotContainKey("g{pool=\"a\",reason=\"x\"}");
        gauge.removeIf(values -> values.getFirst().equals("a"));
        assertThat(Scrape.of(metrics))
                .containsKey("g{pool=\"b\",reason=\"x\"}")
                .doesNotContainKey("g{pool=\"a\",reason=\"y\"}");
        gauge.clear();
        assertThat(Scrape.text(metrics)).doesNotContain("TYPE g ");
    }

    @Test
    void givesTheSameHandleForTheSameNameAndRefusesAnotherShape() throws IOException {
        metrics.counter("c_total", "help", "l").inc("a");
        metrics.counter("c_total", "help", "l").inc("a");
        assertThat(Scrape.of(metrics)).containsEntry("c_total{l=\"a\"}", 2.0);
        assertThatThrownBy(() -> metrics.counter("c_total", "help", "other")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> metrics.gauge("c_total", "help", "l")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesACounterThatWouldBeExposedUnderAnotherName() {
        assertThatThrownBy(() -> metrics.counter("karpenter_things", "help"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void computesGaugesWhenTheyAreScraped() throws IOException {
        double[] value = {1};
        metrics.computedGauge("g", "", List.of("l"), sink -> sink.put(value[0], "a"));
        assertThat(Scrape.of(metrics)).containsEntry("g{l=\"a\"}", 1.0);
        value[0] = 2;
        assertThat(Scrape.of(metrics)).containsEntry("g{l=\"a\"}", 2.0);
    }

    @Test
    void keepsThePageWhenTwoSeriesHaveTheSameLabels() throws IOException {
        metrics.computedGauge("g", "", List.of("l"), sink -> {
            sink.put(1, "a");
            sink.put(2, "a");
            sink.put(3, "b");
        });
        assertThat(Scrape.of(metrics)).containsEntry("g{l=\"a\"}", 1.0).containsEntry("g{l=\"b\"}", 3.0);
    }

    @Test
    void listsWhatIsRegisteredBeforeThereAreSeries() {
        metrics.counter("z_total", "Zs.", "l");
        metrics.histogram("y_seconds", "Ys.", List.of(1.0, 2.0));
        metrics.computedGauge("x", "Xs.", List.of("a", "b"), sink -> {});
        assertThat(metrics.families())
                .contains(
                        new Metrics.Family("z_total", "counter", "Zs.", List.of("l"), List.of(), false),
                        new Metrics.Family("y_seconds", "histogram", "Ys.", List.of(), List.of(1.0, 2.0), false),
                        new Metrics.Family("x", "gauge", "Xs.", List.of("a", "b"), List.of(), true))
                .extracting(Metrics.Family::name)
                .isSorted();
    }

    @Test
    void showsSomeGaugesOnlyWhileLeading() throws IOException {
        LeaderGate gate = new LeaderGate();
        new ControllerContext(new TestingTimeSource(), metrics, gate)
                .leaderGauge("g", "", List.of("l"), sink -> sink.put(1, "a"));
        assertThat(Scrape.of(metrics)).doesNotContainKey("g{l=\"a\"}");
        gate.acquired();
        assertThat(Scrape.of(metrics)).containsEntry("g{l=\"a\"}", 1.0);
        gate.lost();
        assertThat(Scrape.of(metrics)).doesNotContainKey("g{l=\"a\"}");
    }

    @Test
    void hasUpstreamsBuckets() {
        assertThat(Metrics.DURATION_BUCKETS).hasSize(45).isSorted().contains(0.005, 600.0);
        assertThat(Metrics.exponentialBuckets(1, 2, 11))
                .startsWith(1.0, 2.0, 4.0)
                .endsWith(1024.0);
        assertThat(Metrics.exponentialBuckets(0.001, 1.5, 20)).hasSize(20);
        assertThatThrownBy(() -> Metrics.exponentialBuckets(0, 2, 3)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Series by name with bounds written one way; values too, but for those that differ between two looks. */
    private static Map<String, Double> normalized(ByteArrayOutputStream text) {
        Pattern bound = Pattern.compile("(le|quantile)=\"([^\"]*)\"");
        Map<String, Double> series = new TreeMap<>();
        Scrape.parse(text.toString(StandardCharsets.UTF_8))
                .forEach((name, value) -> series.put(
                        bound.matcher(name)
                                .replaceAll(match -> match.group(1) + "="
                                        + Double.valueOf(match.group(2).replace("+Inf", "Infinity"))),
                        value));
        return series;
    }
}
