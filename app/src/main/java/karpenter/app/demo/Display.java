package karpenter.app.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.api.v1.NodeClaim;
import karpenter.core.cluster.Node;

/**
 * Shows the story: a block that is redrawn in place on a terminal, a line per change elsewhere. With JSON asked for, all of
 * it goes to standard error, so that standard output carries the figures alone.
 */
final class Display {
    private static final int MOST_NODES = 12;

    private final PrintStream out;
    private final boolean live;
    private final long startNanos = System.nanoTime();
    private int drawn;
    private String lastLine = "";

    Display(PrintStream out, boolean live) {
        this.out = out;
        this.live = live;
    }

    /** A line that stays. */
    void say(String text) {
        erase();
        out.println(live ? text : String.format(Locale.ROOT, "%6.1f s  %s", elapsed(), text));
        out.flush();
    }

    private double elapsed() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    /** The present scene. */
    void show(Story.Scene scene, Map<String, Integer> podsByNode) {
        String counts = String.format(
                Locale.ROOT,
                "pods %d pending, %d starting, %d running · NodeClaims %d · nodes %d (%d ready) · $%.4f per hour",
                scene.pending(),
                scene.starting(),
                scene.ready(),
                scene.claims().size(),
                scene.nodes().size(),
                scene.nodes().stream().filter(Node::ready).count(),
                scene.pricePerHourUsd());
        if (!live) {
            if (!counts.equals(lastLine)) {
                say(counts);
            }
            lastLine = counts;
            return;
        }
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, "%6.1f s  %s", elapsed(), counts));
        int shown = 0;
        for (Node node : scene.nodes()) {
            if (shown++ == MOST_NODES) {
                lines.add("          … and " + (scene.nodes().size() - MOST_NODES) + " more");
                break;
            }
            lines.add("          " + describe(node, podsByNode.getOrDefault(node.name(), 0)));
        }
        for (NodeClaim claim : scene.claims()) {
            if (shown++ >= MOST_NODES) {
                break;
            }
            if (claim.status().nodeName().isEmpty()) {
                lines.add("          " + claim.name() + "  launching");
            }
        }
        erase();
        lines.forEach(out::println);
        out.flush();
        drawn = lines.size();
    }

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
                node.metadata().deleting() ? "leaving" : node.ready() ? "ready" : "joining");
    }

    private void erase() {
        if (drawn > 0) {
            out.print("\033[" + drawn + "A\033[J");
            drawn = 0;
        }
    }
}
