package karpenter.app.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which tests carry {@link karpenter.testbed.Covers} for which group of upstream's. Read from the tests' text: most modules'
 * tests are not on the class path of this one.
 */
final class TestMapping {
    private static final Pattern COVERS = Pattern.compile(
            "(?m)^\\s*@Covers\\((?<groups>[^)]*)\\)\\s+(?:(?:public|protected|private|static|final|abstract|sealed|non-sealed) )*"
                    + "(?:class (?<type>\\w+)|[\\w.<>\\[\\]?, ]+ (?<method>\\w+)\\()");
    private static final Pattern ANY_COVERS = Pattern.compile("(?m)^\\s*@Covers\\(");
    private static final Pattern TEXT = Pattern.compile("\"([^\"]*)\"");

    private final Map<String, List<String>> suites = new LinkedHashMap<>();
    private final Map<String, List<String>> behaviours = new LinkedHashMap<>();
    private final Map<String, SortedSet<String>> testsByGroup = new TreeMap<>();
    private final List<String> unreadable = new ArrayList<>();

    private TestMapping() {}

    /** @param root the repository's; each of its modules has its tests in {@code src/test/java} */
    static TestMapping read(Path groups, Path root) {
        TestMapping mapping = new TestMapping();
        YamlMap document = YamlMap.parse(Sources.read(groups));
        fill(mapping.suites, document.map("suites"));
        fill(mapping.behaviours, document.map("behaviours"));
        try (Stream<Path> modules = Files.list(root)) {
            for (Path module : modules.sorted().toList()) {
                Path tests = module.resolve("src/test/java");
                if (Files.isDirectory(tests)) {
                    mapping.scan(module.getFileName().toString(), tests);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return mapping;
    }

    private static void fill(Map<String, List<String>> sections, YamlMap document) {
        document.members().keySet().forEach(suite -> sections.put(suite.toString(), document.texts(suite.toString())));
    }

    private void scan(String module, Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .toList()) {
                scan(module, file.getFileName().toString().replace(".java", ""), Sources.read(file));
            }
        }
    }

    /** @param type the file's */
    void scan(String module, String type, String text) {
        Matcher covers = COVERS.matcher(text);
        int read = 0;
        while (covers.find()) {
            read++;
            String method = covers.group("method");
            Matcher group = TEXT.matcher(covers.group("groups"));
            while (group.find()) {
                testsByGroup
                        .computeIfAbsent(group.group(1), name -> new TreeSet<>())
                        .add(module + " " + type + (method == null ? "" : "." + method));
            }
        }
        long written = ANY_COVERS.matcher(text).results().count();
        if (read != written) {
            unreadable.add(module + " " + type + ": " + (written - read) + " of " + written
                    + " @Covers don't stand right before a class or method");
        }
    }

    static TestMapping of(Map<String, List<String>> suites) {
        TestMapping mapping = new TestMapping();
        mapping.suites.putAll(suites);
        return mapping;
    }

    Map<String, List<String>> suites() {
        return suites;
    }

    Map<String, List<String>> behaviours() {
        return behaviours;
    }

    /** The tests that say they cover that group, as {@code module Class} or {@code module Class.method}. */
    SortedSet<String> tests(String suite, String group) {
        return testsByGroup.getOrDefault(id(suite, group), new TreeSet<>());
    }

    private static String id(String suite, String group) {
        return suite + ": " + group;
    }

    /** Groups that tests name but that nobody has heard of, and annotations that can't be read. */
    List<String> problems() {
        SortedSet<String> known = new TreeSet<>();
        for (Map<String, List<String>> sections : List.of(suites, behaviours)) {
            sections.forEach((suite, groups) -> groups.forEach(group -> known.add(id(suite, group))));
        }
        List<String> problems = new ArrayList<>(unreadable);
        testsByGroup.forEach((group, tests) -> {
            if (!known.contains(group)) {
                problems.add("no group \"" + group + "\" is listed; named by " + tests);
            }
        });
        return problems;
    }
}
