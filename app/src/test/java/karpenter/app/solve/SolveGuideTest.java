package karpenter.app.solve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide's files, run through the guide's commands, give what the guide shows. */
class SolveGuideTest {
    private static final Path GUIDE = Path.of("..", "docs", "guide", "solve.md");
    private static final Pattern FILE =
            Pattern.compile("^File `([^`]+)`:\\n\\n```\\w+\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern EXAMPLE = Pattern.compile(
            "^```console\\n\\$ karpenter solve ([^\\n]*)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    Path folder;

    private record Example(String arguments, String output) {}

    @Test
    void showsWhatTheCommandAnswers() throws IOException {
        String guide = Files.readString(GUIDE);
        List<String> files = new ArrayList<>();
        for (Matcher file = FILE.matcher(guide); file.find(); ) {
            SolveRun.file(folder, file.group(1), file.group(2));
            files.add(file.group(1));
        }
        List<Example> written = new ArrayList<>();
        List<Example> actual = new ArrayList<>();
        for (Matcher example = EXAMPLE.matcher(guide); example.find(); ) {
            String arguments = example.group(1);
            written.add(new Example(arguments, withoutTimes(example.group(2))));
            actual.add(new Example(arguments, withoutTimes(run(arguments, files))));
        }

        assertThat(files).hasSizeGreaterThanOrEqualTo(5);
        assertThat(written).hasSizeGreaterThanOrEqualTo(5);
        assertThat(actual).isEqualTo(written);
    }

    private String run(String arguments, List<String> files) {
        List<String> words = new ArrayList<>();
        for (String word : arguments.split(" ")) {
            words.add(files.contains(word) ? folder.resolve(word).toString() : word);
        }
        return SolveRun.of(words.toArray(String[]::new)).both().replace(folder + "/", "");
    }

    /** How long it took is the only part that differs from run to run. */
    private static String withoutTimes(String output) {
        return output.replaceAll("solved in [0-9.]+ s", "solved in … s")
                .replaceAll("\"solveSeconds\":[0-9.E-]+", "\"solveSeconds\":…");
    }
}
