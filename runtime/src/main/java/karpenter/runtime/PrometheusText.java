package karpenter.runtime;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes metrics in the Prometheus text format 0.0.4, number for number as upstream's Go client does.
 *
 * <p>The library's own writer prints {@code le="1.0"} where Go prints {@code le="1"}. A server that doesn't normalize
 * them (Prometheus 2) takes these for different buckets: queries that name a bucket would miss, and ranges that span the
 * change from upstream to this program would mix two sets. Types that upstream doesn't use go to the library's writer.
 */
final class PrometheusText {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final PrometheusTextFormatWriter OTHERS = PrometheusTextFormatWriter.create();
    // Go's strconv turns to exponents below 1e-4 and from 1e6 on when it prints the shortest digits.
    private static final int SMALLEST_PLAIN_EXPONENT = -4;
    private static final int SMALLEST_LARGE_EXPONENT = 6;

    private final Writer out;

    private PrometheusText(Writer out) {
        this.out = out;
    }

    static void write(OutputStream stream, MetricSnapshots snapshots) throws IOException {
        Writer writer = new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), 1 << 14);
        PrometheusText text = new PrometheusText(writer);
        for (MetricSnapshot snapshot : snapshots) {
            if (snapshot.getDataPoints().isEmpty()) {
                continue;
            }
            String name = snapshot.getMetadata().getPrometheusName();
            switch (snapshot) {
                case CounterSnapshot counter -> text.counter(name + "_total", counter);
                case GaugeSnapshot gauge -> text.gauge(name, gauge);
                case HistogramSnapshot histogram -> text.histogram(name, histogram);
                case SummarySnapshot summary -> text.summary(name, summary);
                default -> {
                    writer.flush();
                    OTHERS.write(stream, MetricSnapshots.of(snapshot));
                }
            }
        }
        writer.flush();
    }

    private void counter(String name, CounterSnapshot counter) throws IOException {
        head(name, "counter", counter);
        for (CounterSnapshot.CounterDataPointSnapshot point : counter.getDataPoints()) {
            line(name, "", point, null, 0, point.getValue());
        }
    }

    private void gauge(String name, GaugeSnapshot gauge) throws IOException {
        head(name, "gauge", gauge);
        for (GaugeSnapshot.GaugeDataPointSnapshot point : gauge.getDataPoints()) {
            line(name, "", point, null, 0, point.getValue());
        }
    }

    private void histogram(String name, HistogramSnapshot histogram) throws IOException {
        head(name, "histogram", histogram);
        for (HistogramSnapshot.HistogramDataPointSnapshot point : histogram.getDataPoints()) {
            ClassicHistogramBuckets buckets = point.getClassicBuckets();
            long cumulated = 0;
            for (int i = 0; i < buckets.size(); i++) {
                cumulated += buckets.getCount(i);
                line(name, "_bucket", point, "le", buckets.getUpperBound(i), (double) cumulated);
            }
            line(name, "_sum", point, null, 0, point.getSum());
            line(name, "_count", point, null, 0, (double) cumulated);
        }
    }

    private void summary(String name, SummarySnapshot summary) throws IOException {
        head(name, "summary", summary);
        for (SummarySnapshot.SummaryDataPointSnapshot point : summary.getDataPoints()) {
            for (Quantile quantile : point.getQuantiles()) {
                line(name, "", point, "quantile", quantile.getQuantile(), quantile.getValue());
            }
            line(name, "_sum", point, null, 0, point.getSum());
            line(name, "_count", point, null, 0, (double) point.getCount());
        }
    }

    private void head(String name, String type, MetricSnapshot snapshot) throws IOException {
        String help = snapshot.getMetadata().getHelp();
        if (help != null && !help.isEmpty()) {
            out.append("# HELP ").append(name).append(' ');
            escaped(help, false);
            out.append('\n');
        }
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    /** Writes one series; {@code bound} is the value of the label {@code boundLabel} if that isn't null. */
    private void line(
            String name,
            String suffix,
            DataPointSnapshot point,
            @Nullable String boundLabel,
            double bound,
            double value)
            throws IOException {
        out.append(name).append(suffix);
        Labels labels = point.getLabels();
        char separator = '{';
        for (int i = 0; i < labels.size(); i++) {
            out.append(separator).append(labels.getPrometheusName(i)).append("=\"");
            escaped(labels.getValue(i), true);
            out.append('"');
            separator = ',';
        }
        if (boundLabel != null) {
            out.append(separator)
                    .append(boundLabel)
                    .append("=\"")
                    .append(number(bound))
                    .append('"');
            separator = ',';
        }
        if (separator == ',') {
            out.append('}');
        }
        out.append(' ').append(number(value)).append('\n');
    }

    private void escaped(String text, boolean quoted) throws IOException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '"' -> out.append(quoted ? "\\\"" : "\"");
                default -> out.append(c);
            }
        }
    }

    /** Returns the number as Go's {@code strconv.FormatFloat(x, 'g', -1, 64)} prints it. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        if (value == 0) {
            return "0";
        }
        // Double.toString gives the shortest digits that read back the same, as Go does.
        BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = digits.precision() - digits.scale() - 1;
        if (exponent >= SMALLEST_PLAIN_EXPONENT && exponent < SMALLEST_LARGE_EXPONENT) {
            return digits.toPlainString();
        }
        String unscaled = digits.unscaledValue().abs().toString();
        StringBuilder text = new StringBuilder(24);
        text.append(value < 0 ? "-" : "").append(unscaled.charAt(0));
        if (unscaled.length() > 1) {
            text.append('.').append(unscaled, 1, unscaled.length());
        }
        int size = Math.abs(exponent);
        return text.append(exponent < 0 ? "e-" : "e+")
                .append(size < 10 ? "0" : "")
                .append(size)
                .toString();
    }
}
