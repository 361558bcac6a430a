package karpenter.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The metrics page as a scraper reads it, for the tests of other modules. */
public final class TestingScrape {
    private TestingScrape() {}

    /** Returns the lines of one family, its type first and its series in the order of their text; empty without series. */
    public static List<String> family(Metrics metrics, String name) {
        List<String> lines = text(metrics).lines().toList();
        String type = "# TYPE " + name + " ";
        List<String> head = lines.stream().filter(line -> line.startsWith(type)).toList();
        if (head.isEmpty()) {
            return List.of();
        }
        List<String> family = new ArrayList<>(head);
        lines.subList(lines.indexOf(head.getFirst()) + 1, lines.size()).stream()
                .takeWhile(line -> !line.startsWith("#"))
                .sorted()
                .forEach(family::add);
        return family;
    }

    /** Returns the whole page. */
    public static String text(Metrics metrics) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            PrometheusText.write(out, metrics.scrape());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
