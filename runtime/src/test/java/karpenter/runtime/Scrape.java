package karpenter.runtime;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** Metrics as a scraper reads them: series with its labels, and value. */
final class Scrape {
    private Scrape() {}

    static Map<String, Double> of(Metrics metrics) throws IOException {
        return parse(text(metrics));
    }

    static String text(Metrics metrics) throws IOException {
        return TestingScrape.text(metrics);
    }

    static Map<String, Double> parse(String text) {
        Map<String, Double> series = new TreeMap<>();
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int end = line.lastIndexOf(' ');
            String value = line.substring(end + 1).replace("Inf", "Infinity");
            if (series.put(line.substring(0, end), Double.valueOf(value)) != null) {
                throw new AssertionError("Twice: " + line);
            }
        });
        return series;
    }
}
