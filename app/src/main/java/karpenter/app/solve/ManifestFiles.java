package karpenter.app.solve;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds and reads the files behind {@code --pods} and {@code --nodepool}: a file, a folder (all manifests in it and below,
 * hidden ones left out), or {@code -} for standard input. A file that is reached twice is read once.
 */
final class ManifestFiles {
    private static final String STANDARD_INPUT = "-";
    private static final List<String> ENDINGS = List.of(".yaml", ".yml", ".json");

    private final InputStream in;
    private final Problems problems;
    private final Set<Path> seen = new HashSet<>();

    ManifestFiles(InputStream in, Problems problems) {
        this.in = in;
        this.problems = problems;
    }

    /**
     * The files behind one argument, by path; none when there is a problem with it.
     *
     * @param option the option that the argument belongs to, for messages
     */
    List<ManifestFile> read(String option, String argument) {
        if (argument.equals(STANDARD_INPUT)) {
            ManifestFile piped = standardInput();
            return piped == null ? List.of() : List.of(piped);
        }
        Path path = Path.of(argument);
        if (Files.isDirectory(path)) {
            return folder(option, path);
        }
        if (!Files.exists(path)) {
            problems.error(argument + ": no such file or folder; correct " + option);
            return List.of();
        }
        ManifestFile file = file(path, true);
        return file == null ? List.of() : List.of(file);
    }

    private @Nullable ManifestFile standardInput() {
        try {
            return new ManifestFile("stdin", decode(in.readAllBytes()), true);
        } catch (IOException e) {
            problems.error("stdin: can't be read: " + reason(e) + "; pipe manifests into this command");
            return null;
        }
    }

    private List<ManifestFile> folder(String option, Path folder) {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(folder)) {
            paths = walk.filter(path -> isManifest(folder, path)).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            problems.error(folder + ": can't be read: " + reason(e) + "; make it a folder that you may read");
            return List.of();
        }
        if (paths.isEmpty()) {
            problems.error(folder + ": no .yaml, .yml or .json file in this folder; correct " + option);
            return List.of();
        }
        List<ManifestFile> files = new ArrayList<>();
        for (Path path : paths) {
            ManifestFile file = file(path, false);
            if (file != null) {
                files.add(file);
            }
        }
        return files;
    }

    private static boolean isManifest(Path folder, Path path) {
        for (Path part : folder.relativize(path)) {
            if (part.toString().startsWith(".")) {
                return false;
            }
        }
        String name = path.toString().toLowerCase(Locale.ROOT);
        return ENDINGS.stream().anyMatch(name::endsWith) && Files.isRegularFile(path);
    }

    /** The file's text, or null when it was read before or can't be read. */
    private @Nullable ManifestFile file(Path path, boolean named) {
        try {
            if (!seen.add(path.toRealPath())) {
                problems.note(path + " is given more than once; read once");
                return null;
            }
            return new ManifestFile(path.toString(), decode(Files.readAllBytes(path)), named);
        } catch (IOException e) {
            problems.error(path + ": can't be read: " + reason(e) + "; make it UTF-8 text that you may read");
            return null;
        }
    }

    /** Unlike the JDK's one-call readers, takes a byte order mark, which some editors put at the start. */
    private static String decode(byte[] bytes) throws CharacterCodingException {
        String text = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(bytes))
                .toString();
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    private static String reason(Exception e) {
        return e instanceof CharacterCodingException ? "not UTF-8 text" : e.toString();
    }
}
