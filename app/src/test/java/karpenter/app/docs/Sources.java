package karpenter.app.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The text of the code, for what making its parts doesn't tell: the reasons of events are only known when published, and
 * whether a setting has an effect shows in who reads it.
 */
final class Sources {
    /** This repository's root; the build runs tests in their module's folder. */
    static final Path ROOT = Objects.requireNonNull(Path.of("").toAbsolutePath().getParent());

    private static final Pattern METRIC =
            Pattern.compile("\"((?:karpenter|client_go|controller_runtime|workqueue)_[a-z_]+)\"");
    private static final Pattern CONTROLLER = Pattern.compile("(?:named|singleton)\\(\\s*\"([a-z.]+[a-z])\"");
    private static final List<String> MODULES =
            List.of("core", "cloudprovider", "controllers", "kube", "runtime", "provider-kwok", "app");

    private final List<String> controllers = files("controllers");
    private final List<String> all =
            MODULES.stream().flatMap(module -> files(module).stream()).toList();

    /** Whether the controllers' code contains the text. */
    boolean controllersMention(String text) {
        return controllers.stream().anyMatch(file -> file.contains(text));
    }

    /** Whether the program's code contains the text anywhere. */
    boolean mention(String text) {
        return all.stream().anyMatch(file -> file.contains(text));
    }

    /** Names that look like metrics, anywhere in the program's code. */
    Set<String> metricNames() {
        Set<String> names = new TreeSet<>();
        for (String file : all) {
            Matcher matcher = METRIC.matcher(file);
            while (matcher.find()) {
                names.add(matcher.group(1));
            }
        }
        return names;
    }

    /** Names that the controllers' code gives to controllers. */
    Set<String> controllerNames() {
        Set<String> names = new TreeSet<>();
        for (String file : controllers) {
            Matcher matcher = CONTROLLER.matcher(file);
            while (matcher.find()) {
                names.add(matcher.group(1));
            }
        }
        return names;
    }

    private static List<String> files(String module) {
        List<String> texts = new ArrayList<>();
        try (Stream<Path> paths = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
            paths.filter(path -> path.toString().endsWith(".java")).sorted().forEach(path -> texts.add(read(path)));
        } catch (IOException unreadable) {
            throw new UncheckedIOException("sources of " + module, unreadable);
        }
        return texts;
    }

    static String read(Path path) {
        try {
            return Files.readString(path, StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(path.toString(), unreadable);
        }
    }
}
