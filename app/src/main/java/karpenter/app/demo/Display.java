package karpenter.app.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import karpenter.api.Labels;
import karpenter.core.cluster.Node;

/**
 * Shows the story to people: a block that is redrawn in place on a terminal, lines with the seconds since the start
 * elsewhere. Scenes come with every event of the watch; only so many of them are drawn that drawing costs nothing to speak
 * of. Used by one thread.
 */
final class Display {
    private static final int MOST_NODES = 12;
    private static final Duration LIVE_INTERVAL = Duration.ofMillis(100);
    private static final Duration PLAIN_INTERVAL = Duration.ofMillis(500);

    private final PrintStream out;
    private final boolean live;
    private final int width;
    private final LongSupplier nanoClock;
    private final long startNanos;
    private long nextDrawNanos;
    private int drawnLines;
    private String lastCounts = "";

    /**
     * @param live whether the stream is a terminal that can be redrawn
     * @param width columns of the terminal; longer lines are cut, because a wrapped line can't be counted
     * @param nanoClock counts as {@link System#nanoTime} does
     */
    Display(PrintStream out, boolean live, int width, LongSupplier nanoClock) {
        this.out = out;
        this.live = live;
        this.width = width;
        this.nanoClock = nanoClock;
        this.startNanos = nanoClock.getAsLong();
        this.nextDrawNanos = startNanos;
    }

    /** A line that stays. */
    void say(String text) {
        erase();
        for (String line : text.lines().toList()) {
            out.println(stamped(line));
        }
        out.flush();
    }

    /** Text that stays, as it is. */
    void print(String text) {
        erase();
        out.println(text);
        out.flush();
    }

    private String stamped(String text) {
        return String.format(Locale.ROOT, "%6.1f s  %s", (nanoClock.getAsLong() - startNanos) / 1e9, text);
    }

    /** The present scene, one of many. */
    void show(Story.Scene scene) {
        if (nanoClock.getAsLong() - nextDrawNanos >= 0) {
            showNow(scene);
        }
    }

    /** The present scene, whenever the last was drawn. */
    void showNow(Story.Scene scene) {
        nextDrawNanos = nanoClock.getAsLong() + (live ? LIVE_INTERVAL : PLAIN_INTERVAL).toNanos();
        if (live) {
            redraw(scene);
        } else if (!scene.counts().equals(lastCounts)) {
            lastCounts = scene.counts();
            say(lastCounts);
        }
    }

    private void redraw(Story.Scene scene) {
        List<String> lines = new ArrayList<>();
        lines.add(stamped(scene.counts()));
        for (Node node : scene.nodes()) {
            lines.add(describe(node, scene.podsByNode().getOrDefault(node.name(), 0)));
        }
        scene.launching().forEach(claim -> lines.add(claim.name() + "  launching"));
        int more = lines.size() - 1 - MOST_NODES;
        if (more > 0) {
            lines.subList(1 + MOST_NODES, lines.size()).clear();
            lines.add("… and " + more + " more");
        }
        erase();
        for (int i = 0; i < lines.size(); i++) {
            out.println(cut(i == 0 ? lines.get(i) : "          " + lines.get(i)));
        }
        out.flush();
        drawnLines = lines.size();
    }

    private String cut(String line) {
        return line.length() < width ? line : line.substring(0, width - 1);
    }

    /** A node in one line: type, zone, capacity type, price, pods, state. */
    static String describe(Node node, int pods) {
        Map<String, String> labels = node.metadata().labels();
        return String.format(
                Locale.ROOT,
                "%-20s %-12s %-10s $%.4f/h  %4d pods  %s",
                labels.getOrDefault(Labels.INSTANCE_TYPE, "?"),
                labels.getOrDefault(Labels.ZONE, "?"),
                labels.getOrDefault(Labels.CAPACITY_TYPE, "?"),
                Story.price(node),
                pods,
                state(node));
    }

    private static String state(Node node) {
        if (node.metadata().deleting()) {
            return "leaving";
        }
        return node.ready() ? "ready" : "joining";
    }

    private void erase() {
        if (drawnLines > 0) {
            // Up to the block's first line, and clear from there to the end of the screen.
            out.print("\033[" + drawnLines + "A\033[J");
            drawnLines = 0;
        }
    }
}
