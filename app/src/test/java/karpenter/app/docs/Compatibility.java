package karpenter.app.docs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import karpenter.app.options.Flag;
import karpenter.app.options.Options;
import karpenter.runtime.Metrics.Family;

/** What upstream offers (compatibility.yaml), held against what is here. */
final class Compatibility {
    /** The client library has them wherever the system tells. */
    private static final Pattern CLIENT_LIBRARYS = Pattern.compile("process_[a-z_]+");

    private final YamlMap file;
    private final WiredProgram program;
    private final Sources sources;
    private final Map<String, ResourceFields> resources;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, List<Row>> sections = new LinkedHashMap<>();

    enum State {
        DONE("yes"),
        ACCEPTED("accepted, no effect"),
        LATER("later"),
        REFUSED("no");

        final String word;

        State(String word) {
            this.word = word;
        }
    }

    /** @param about type and labels of a metric, objects of an event, the default of a flag */
    record Row(String name, String about, State state, String remark) {}

    Compatibility(Path yaml, WiredProgram program, Sources sources, List<ResourceFields> resources) {
        this.file = YamlMap.parse(Sources.read(yaml));
        this.program = program;
        this.sources = sources;
        this.resources = resources.stream().collect(Collectors.toMap(ResourceFields::kind, fields -> fields));
        sections.put("Flags", flags());
        sections.put("Feature gates", gates());
        sections.put("Metrics", metricRows());
        sections.put("Events", events());
        sections.put("Constraints of pods", pods());
        for (YamlMap kind : file.maps("fields", "kind")) {
            sections.put("Fields of " + kind.text("kind"), fields(kind));
        }
    }

    String upstream() {
        return file.text("upstream");
    }

    /** What upstream offers, by kind of thing. */
    Map<String, List<Row>> sections() {
        return sections;
    }

    List<Row> section(String name) {
        return sections.getOrDefault(name, List.of());
    }

    /** Where the file and the code disagree. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    private List<Row> flags() {
        Map<String, Flag<?>> known = new LinkedHashMap<>();
        Options.FLAGS.forEach(flag -> known.put(flag.name(), flag));
        List<Row> rows = new ArrayList<>();
        for (YamlMap entry : file.maps("flags", "name")) {
            String fallback = entry.text("default");
            Flag<?> flag = known.get(entry.text("name"));
            if (flag != null && !flag.fallback().equals(fallback)) {
                problems.add("flag --" + flag.name() + " has the default \"" + flag.fallback() + "\", upstream's is \""
                        + fallback + "\"");
            }
            rows.add(settable("flag", "--" + entry.text("name"), entry, flag != null, Markdown.code(fallback)));
        }
        return rows;
    }

    private List<Row> gates() {
        String defaults = Options.FLAGS.stream()
                .filter(flag -> flag.name().equals("feature-gates"))
                .map(Flag::fallback)
                .collect(Collectors.joining());
        Set<String> known = new TreeSet<>(Arrays.asList(defaults.split(",", -1)));
        return file.maps("gates", "name").stream()
                .map(entry -> {
                    String name = entry.text("name");
                    boolean there = known.contains(name + "=" + entry.text("default"));
                    return settable("feature gate", name, entry, there, Markdown.code(entry.text("default")));
                })
                .toList();
    }

    private List<Row> metricRows() {
        Map<String, Family> families =
                program.families().stream().collect(Collectors.toMap(Family::name, family -> family));
        Set<String> names = program.names();
        List<Row> rows = new ArrayList<>();
        for (YamlMap entry : file.maps("metrics", "name")) {
            String name = entry.text("name");
            Family family = families.get(name);
            if (family != null && entry.has("type")) {
                compare(family, entry);
            }
            boolean there =
                    names.contains(name) || CLIENT_LIBRARYS.matcher(name).matches();
            String labels = entry.texts("labels").isEmpty() ? "" : ": " + String.join(", ", entry.texts("labels"));
            rows.add(derived("metric", name, entry, there, entry.text("type") + labels));
        }
        return rows;
    }

    private void compare(Family family, YamlMap entry) {
        Set<String> upstreams = new TreeSet<>(entry.texts("labels"));
        Set<String> ours = new TreeSet<>(family.labels());
        if (!family.type().equals(entry.text("type")) || !ours.equals(upstreams)) {
            problems.add("metric " + family.name() + " is a " + family.type() + " with labels " + ours
                    + ", upstream's a " + entry.text("type") + " with labels " + upstreams);
        }
    }

    private List<Row> events() {
        return file.maps("events", "reason").stream()
                .map(entry -> {
                    String reason = entry.text("reason");
                    String literal = entry.has("literal") ? entry.text("literal") : "\"" + reason + "\"";
                    String about = String.join(", ", entry.texts("on"));
                    return derived("event", reason, entry, sources.controllersMention(literal), about);
                })
                .toList();
    }

    private List<Row> pods() {
        return file.maps("pods", "field").stream()
                .map(entry -> {
                    State state = settled("field of pods", entry.text("field"), entry);
                    return new Row(entry.text("field"), entry.text("what"), state, remark(entry, state));
                })
                .toList();
    }

    private List<Row> fields(YamlMap kind) {
        ResourceFields resource = resources.get(kind.text("kind"));
        if (resource == null) {
            problems.add("kind " + kind.text("kind") + " is not among our CRDs");
            return List.of();
        }
        List<Row> rows = new ArrayList<>();
        List<String> unlisted = new ArrayList<>(resource.paths());
        for (YamlMap entry : kind.maps("paths", "path")) {
            String path = entry.text("path");
            unlisted.remove(path);
            YamlMap governing = entry.has("part") || entry.has("status") || !kind.has("part") ? entry : kind;
            rows.add(settable(
                    resource.kind() + " field",
                    path,
                    governing,
                    resource.paths().contains(path),
                    ""));
        }
        unlisted.forEach(path -> problems.add("field " + path + " of our " + resource.kind() + " is not listed"));
        return rows;
    }

    /** Something that users set: done unless the entry says otherwise; what is done or accepted must exist. */
    private Row settable(String what, String name, YamlMap entry, boolean there, String about) {
        State state = settled(what, name, entry);
        boolean accepted = entry.flag("accepted");
        if ((state == State.DONE || accepted) != there) {
            problems.add(what + " " + name + (there ? " exists, but is not listed as accepted" : " does not exist"));
        }
        return new Row(name, about, state != State.DONE && accepted ? State.ACCEPTED : state, remark(entry, state));
    }

    /** Something that the code has or lacks; what it has is done, unless the entry refuses it for good. */
    private Row derived(String what, String name, YamlMap entry, boolean there, String about) {
        State state = stated(what, name, entry);
        if (!there && state == State.DONE) {
            problems.add(what + " " + name + " is not in the code; give it a part, or a status and why");
        }
        State shown = there && state != State.REFUSED ? State.DONE : state;
        return new Row(name, about, shown, remark(entry, shown));
    }

    /** As stated, but done once the controller of it runs, something reads it, or nothing says any more that it is missing. */
    private State settled(String what, String name, YamlMap entry) {
        State state = stated(what, name, entry);
        YamlMap proof = entry.has("evidence") ? entry : reason(entry);
        boolean proven = program.controllers().contains(proof.text("controller"))
                || (proof.has("evidence") && sources.mention(proof.text("evidence")))
                || (proof.has("missing") && !sources.mention(proof.text("missing")));
        return proven ? State.DONE : state;
    }

    /** The mapping that says status and reason: the entry's part, or the entry itself. */
    private YamlMap reason(YamlMap entry) {
        return entry.has("part") ? file.map("parts").map(entry.text("part")) : entry;
    }

    private State stated(String what, String name, YamlMap entry) {
        YamlMap reason = reason(entry);
        if (entry.has("part") && !reason.has("status")) {
            problems.add(what + " " + name + " names the part " + entry.text("part") + ", which is not described");
        }
        if (reason.has("status") && reason.text("why").isEmpty()) {
            problems.add(what + " " + name + " is not done; say why");
        }
        return switch (reason.text("status")) {
            case "" -> State.DONE;
            case "later" -> State.LATER;
            case "refused" -> State.REFUSED;
            default -> throw new IllegalArgumentException(what + " " + name + " has status " + reason.text("status"));
        };
    }

    private String remark(YamlMap entry, State shown) {
        List<String> remarks = new ArrayList<>();
        if (shown != State.DONE) {
            remarks.add(reason(entry).text("why"));
        }
        remarks.add(entry.text("note"));
        return remarks.stream().filter(Predicate.not(String::isEmpty)).collect(Collectors.joining("; "));
    }
}
