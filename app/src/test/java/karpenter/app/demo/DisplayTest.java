package karpenter.app.demo;

import static karpenter.app.demo.Records.claim;
import static karpenter.app.demo.Records.node;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.core.cluster.Node;
import org.junit.jupiter.api.Test;

class DisplayTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long nowMillis;

    private Display display(boolean live, int width) {
        return new Display(
                new PrintStream(bytes, false, StandardCharsets.UTF_8), live, width, () -> nowMillis * 1_000_000);
    }

    private String shown() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static Story.Scene scene(int pending, int ready, List<Node> nodes) {
        return new Story.Scene(pending, 0, ready, nodes.size(), List.of(), nodes, Map.of(), 0.5);
    }

    @Test
    void plainOutputIsALinePerChangeWithTheSecondsSinceTheStart() {
        Display display = display(false, 0);
        display.show(scene(3, 0, List.of()));
        nowMillis = 700;
        display.show(scene(3, 0, List.of()));
        nowMillis = 1500;
        display.show(scene(0, 3, List.of()));

        assertThat(shown().lines())
                .containsExactly(
                        "   0.0 s  pods 3 pending, 0 starting, 0 running · NodeClaims 0 · nodes 0 (0 ready) · $0.5000 per hour",
                        "   1.5 s  pods 0 pending, 0 starting, 3 running · NodeClaims 0 · nodes 0 (0 ready) · $0.5000 per hour");
    }

    @Test
    void plainOutputHasNoControlCharacters() {
        Display display = display(false, 0);
        display.show(scene(3, 0, List.of(node("n", "0.5", true))));
        display.say("all pods are Ready");
        nowMillis = 5000;
        display.show(scene(0, 3, List.of(node("n", "0.5", true))));

        assertThat(shown()).doesNotContain("\033");
    }

    @Test
    void scenesInQuickSuccessionAreNotAllDrawn() {
        Display display = display(false, 0);
        for (int pending = 100; pending > 0; pending--) {
            nowMillis += 1;
            display.show(scene(pending, 0, List.of()));
        }
        assertThat(shown().lines()).hasSize(1);

        display.showNow(scene(0, 100, List.of()));
        assertThat(shown().lines()).hasSize(2);
    }

    @Test
    void liveOutputRedrawsItsBlockInPlace() {
        Display display = display(true, 200);
        display.show(scene(3, 0, List.of(node("n", "0.5", false))));
        nowMillis = 1000;
        display.show(scene(0, 3, List.of(node("n", "0.5", true))));

        assertThat(shown()).contains("\033[2A\033[J").contains("joining").contains("ready");
    }

    @Test
    void linesThatStayReplaceTheLiveBlock() {
        Display display = display(true, 200);
        display.show(scene(3, 0, List.of()));
        display.say("done");
        display.say("really");

        assertThat(shown()).containsOnlyOnce("\033[1A\033[J").contains("done").contains("really");
    }

    @Test
    void liveLinesAreCutToTheTerminalAndLongListsShortened() {
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            nodes.add(node("n" + i, "0.5", true));
        }
        display(true, 60).show(scene(0, 0, nodes));

        assertThat(shown().lines())
                .hasSize(14)
                .allSatisfy(line -> assertThat(line).hasSizeLessThan(60));
        assertThat(shown()).contains("… and 18 more");
    }

    @Test
    void claimsWithoutNodeAreShownAsLaunching() {
        display(true, 200)
                .show(new Story.Scene(1, 0, 0, 1, List.of(claim("default-x", "", 1)), List.of(), Map.of(), 0));

        assertThat(shown()).contains("default-x  launching");
    }

    @Test
    void nodeIsDescribedByTypeZoneCapacityTypePriceAndPods() {
        assertThat(Display.describe(node("n", "0.123456", true), 7).replaceAll(" +", " "))
                .isEqualTo("c-4x-amd64-linux test-zone-a spot $0.1235/h 7 pods ready");
    }
}
