package karpenter.app.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Holds docs/reference against the code. With the system property {@code karpenter.docs.write} it writes the pages first, which
 * is what {@code ./x docs} does.
 */
class ReferencePagesTest {
    private static final Path FOLDER = Sources.ROOT.resolve("docs/reference");

    private final WiredProgram program = new WiredProgram();
    private final Sources sources = new Sources();
    private final Compatibility compatibility =
            new Compatibility(FOLDER.resolve("compatibility.yaml"), program, sources, ReferencePages.resources());

    private final TestMapping tests = TestMapping.read(FOLDER.resolve("test-groups.yaml"), Sources.ROOT);

    @Test
    void pagesSayWhatTheCodeSays() throws IOException {
        Map<String, String> pages = ReferencePages.all(program, compatibility, tests);
        if (Boolean.getBoolean("karpenter.docs.write")) {
            for (Map.Entry<String, String> page : pages.entrySet()) {
                Files.writeString(FOLDER.resolve(page.getKey()), page.getValue(), StandardCharsets.UTF_8);
            }
        }
        pages.forEach((name, text) -> {
            Path path = FOLDER.resolve(name);
            assertThat(Files.exists(path) ? Sources.read(path) : "")
                    .as("docs/reference/%s is not what the code says; run ./x docs and commit the result", name)
                    .isEqualTo(text);
        });
    }

    @Test
    void whatIsCalledDoneExistsAndWhatIsMissingHasAReason() {
        assertThat(compatibility.problems())
                .as("docs/reference/compatibility.yaml and the code disagree")
                .isEmpty();
        assertThat(compatibility.section("Metrics")).hasSizeGreaterThan(100);
        assertThat(compatibility.section("Fields of NodePool")).hasSizeGreaterThan(30);
    }

    @Test
    void everyMetricNamedInTheCodeIsOnThePage() {
        Set<String> unknown = sources.metricNames();
        assertThat(unknown).hasSizeGreaterThan(30);
        unknown.removeAll(program.names());
        assertThat(unknown)
                .as("metrics that the code names but that no part of the program registers")
                .isEmpty();
    }

    @Test
    void everyControllerInTheCodeIsStarted() {
        Set<String> written = sources.controllerNames();
        assertThat(written).hasSizeGreaterThan(10);
        assertThat(program.controllers())
                .as("controllers that exist but are not listed in karpenter.controllers.Controllers")
                .containsAll(written);
    }

    @Test
    void testsCoverGroupsThatAreListed() {
        assertThat(tests.problems()).isEmpty();
        assertThat(tests.suites()).hasSizeGreaterThan(50);
    }

    @Test
    void aGroupThatNobodyListedIsAProblem() {
        TestMapping mapping = TestMapping.of(Map.of("suite", List.of("a", "b")));
        mapping.scan("core", "XTest", """
                #Covers("suite: a")
                final class XTest {
                    @Test
                    #Covers({"suite: b", "suite: c"})
                    void works() {}

                    #Covers("suite: a")
                    @Test
                    void isWrittenTheWrongWayRound() {}
                }
                """.replace('#', '@'));
        assertThat(mapping.tests("suite", "a")).containsExactly("core XTest");
        assertThat(mapping.tests("suite", "b")).containsExactly("core XTest.works");
        assertThat(mapping.problems())
                .hasSize(2)
                .anyMatch(problem -> problem.contains("\"suite: c\"") && problem.contains("core XTest.works"))
                .anyMatch(problem -> problem.contains("1 of 3 @Covers don't stand right before"));
    }
}
