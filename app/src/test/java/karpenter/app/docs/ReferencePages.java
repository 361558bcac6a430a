package karpenter.app.docs;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import karpenter.api.CustomResourceDefinitions;
import karpenter.app.docs.Compatibility.Row;
import karpenter.app.docs.Compatibility.State;
import karpenter.app.options.Flag;
import karpenter.app.options.Options;
import karpenter.runtime.Metrics.Family;

/** Renders docs/reference from the code. */
final class ReferencePages {
    private static final int MOST_BOUNDS = 15;
    private static final Set<String> TWO_WORD_GROUPS =
            Set.of("karpenter", "operator", "controller", "client", "leader");

    private ReferencePages() {}

    static List<ResourceFields> resources() {
        return CustomResourceDefinitions.kwok().stream().map(ResourceFields::of).toList();
    }

    /** The pages by file name. */
    static Map<String, String> all(WiredProgram program, Compatibility compatibility, TestMapping tests) {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("flags.md", flags(compatibility));
        pages.put("metrics.md", metrics(program));
        pages.put("resources.md", resources(resources()));
        pages.put("compatibility.md", compatibility(compatibility));
        pages.put("test-mapping.md", testMapping(tests));
        return pages;
    }

    private static String flags(Compatibility compatibility) {
        Set<String> upstreamNames =
                compatibility.section("Flags").stream().map(Row::name).collect(Collectors.toSet());
        List<List<String>> upstreams = new ArrayList<>();
        List<List<String>> ours = new ArrayList<>();
        for (Flag<?> flag : Options.FLAGS) {
            String name = "--" + flag.name();
            (upstreamNames.contains(name) ? upstreams : ours)
                    .add(Markdown.cells(
                            Markdown.code(name),
                            Markdown.code(flag.environment()),
                            Markdown.code(flag.fallback()),
                            flag.help()));
        }
        List<String> head = Markdown.cells("Flag", "Variable", "Default", "Meaning");
        return new Markdown("Flags and environment variables")
                .paragraph("""
                        A flag wins over its variable, which wins over the default. Flags are written `--name value` or
                        `--name=value`. A flag that can't be read stops the program. So does a variable, unless it is a number,
                        a duration or a boolean: then it is reported and the default used.""")
                .table(head, upstreams)
                .heading("Ours")
                .paragraph("Upstream does not have these.")
                .table(head, ours)
                .heading("Feature gates")
                .paragraph("`--feature-gates Name=true,Other=false`; a gate that isn't named keeps its default.")
                .table(
                        Markdown.cells("Gate", "Default", "Here", "Remark"),
                        rows(compatibility.section("Feature gates")))
                .toString();
    }

    private static List<List<String>> rows(List<Row> rows) {
        return rows.stream()
                .map(row -> Markdown.cells(Markdown.code(row.name()), row.about(), row.state().word, row.remark()))
                .toList();
    }

    private static String metrics(WiredProgram program) {
        Map<String, List<Family>> groups = new TreeMap<>();
        for (Family family : program.families()) {
            groups.computeIfAbsent(group(family.name()), name -> new ArrayList<>())
                    .add(family);
        }
        Markdown page = new Markdown("Metrics").paragraph("""
                        Served as Prometheus text on `/metrics` of `--metrics-port`. Names and labels are upstream's;
                        [compatibility](compatibility.md) lists the differences. Times are seconds, memory is bytes, cpu is
                        cores.""").paragraph("""
                        Gauges of pods, nodes and pools are computed when they are scraped, and only the leader shows them. The
                        metrics of nodes also carry a label for each well-known label of the provider: the part after the slash,
                        in snake case. The label of the NodeClass is the provider's, here KWOK's.""").paragraph("""
                        Off with `--disable-cluster-state-observability`: `operator_*`, `karpenter_cluster_utilization_percent`,
                        `karpenter_pods_state`, the waiting times and durations of pods, what nodes have and what their pods ask
                        for, and the limits and usage of nodepools.""");
        groups.forEach((group, families) -> page.heading(Markdown.code(group))
                .table(
                        Markdown.cells("Metric", "Type", "Labels", "Meaning"),
                        families.stream()
                                .map(family -> Markdown.cells(
                                        Markdown.code(family.name()),
                                        family.type() + bounds(family),
                                        codes(family.labels()),
                                        family.help()))
                                .toList()));
        return page.heading("Process and JVM").paragraph("""
                        `process_*` and `jvm_*`, as the Prometheus client for Java names them; which of them there are depends
                        on the system and the garbage collector.""").toString();
    }

    private static String codes(Iterable<String> codes) {
        List<String> all = new ArrayList<>();
        codes.forEach(code -> all.add(Markdown.code(code)));
        return String.join(", ", all);
    }

    private static String group(String name) {
        List<String> words = List.of(name.split("_", -1));
        int count = TWO_WORD_GROUPS.contains(words.getFirst()) ? 2 : 1;
        return String.join("_", words.subList(0, count)) + "_*";
    }

    private static String bounds(Family family) {
        List<String> bounds = family.bounds().stream()
                .map(bound -> bound == Math.rint(bound) ? Long.toString(Math.round(bound)) : bound.toString())
                .toList();
        if (bounds.isEmpty()) {
            return "";
        }
        if (bounds.size() > MOST_BOUNDS) {
            return " (" + bounds.size() + " buckets, " + bounds.getFirst() + " to " + bounds.getLast() + ")";
        }
        return " (" + String.join(", ", bounds) + ")";
    }

    private static String resources(List<ResourceFields> resources) {
        Markdown page = new Markdown("Custom resources").paragraph("""
                        Every field, as the schemas in the CRDs say. `[]` stands for the items of a list, `{}` for the values of
                        a map.""");
        for (ResourceFields resource : resources) {
            page.heading(resource.kind())
                    .paragraph(Markdown.code(resource.apiVersion()) + ". " + resource.description())
                    .table(
                            Markdown.cells("Field", "Type", "Default", "Meaning", "Rules"),
                            resource.fields().stream()
                                    .map(field -> Markdown.cells(
                                            Markdown.code(field.path()),
                                            field.type() + (field.required() ? ", required" : ""),
                                            Markdown.code(field.fallback()),
                                            field.description(),
                                            String.join("; ", field.rules())))
                                    .toList());
            if (!resource.rules().isEmpty()) {
                page.table(
                        Markdown.cells("Object or list", "Rule"),
                        resource.rules().stream()
                                .map(rule -> Markdown.cells(Markdown.code(rule.path()), rule.text()))
                                .toList());
            }
        }
        return page.toString();
    }

    private static String compatibility(Compatibility compatibility) {
        Markdown page = new Markdown("Compatibility with upstream").paragraph("What " + compatibility.upstream() + """
                         offers to users, name for name. "yes" means that it is here under the same name and, for metrics, with
                        the same type and labels. Sources: the code, and `compatibility.yaml` for names and reasons.""");
        List<List<String>> counts = new ArrayList<>();
        compatibility.sections().forEach((section, rows) -> {
            Map<State, Long> byState = new EnumMap<>(State.class);
            rows.forEach(row -> byState.merge(row.state(), 1L, Long::sum));
            List<String> cells = new ArrayList<>(List.of(section));
            for (State state : State.values()) {
                cells.add(Long.toString(byState.getOrDefault(state, 0L)));
            }
            counts.add(cells);
        });
        List<String> head = new ArrayList<>(List.of(""));
        for (State state : State.values()) {
            head.add(state.word);
        }
        page.table(head, counts);
        compatibility
                .sections()
                .forEach((section, rows) ->
                        page.heading(section).table(Markdown.cells("Name", "What", "Here", "Remark"), rows(rows)));
        return page.toString();
    }

    private static String testMapping(TestMapping tests) {
        Markdown page = new Markdown("Upstream's tests and ours").paragraph("""
                        Which of our tests assert what a group of upstream's tests asserts. Groups are upstream's suites and what
                        they test, in our words, from `test-groups.yaml`; a test says which ones it covers by `@Covers`. A group
                        with tests is not tested in each detail that upstream tests; one without may be tested in part.""");
        List<List<String>> counts = new ArrayList<>();
        count("Suites", tests, tests.suites(), counts);
        count("Behaviours", tests, tests.behaviours(), counts);
        page.table(Markdown.cells("", "Groups", "With tests", "Not yet"), counts);
        tests.suites().forEach((suite, groups) -> testGroups(page, tests, suite, groups));
        page.heading("Behaviours that were broken once")
                .paragraph("Single assertions of upstream's that are worth most.");
        tests.behaviours().forEach((suite, groups) -> testGroups(page, tests, suite, groups));
        return page.toString();
    }

    private static void count(
            String name, TestMapping tests, Map<String, List<String>> sections, List<List<String>> counts) {
        int groups = 0;
        int covered = 0;
        for (Map.Entry<String, List<String>> section : sections.entrySet()) {
            for (String group : section.getValue()) {
                groups++;
                covered += tests.tests(section.getKey(), group).isEmpty() ? 0 : 1;
            }
        }
        counts.add(Markdown.cells(
                name, Integer.toString(groups), Integer.toString(covered), Integer.toString(groups - covered)));
    }

    private static void testGroups(Markdown page, TestMapping tests, String suite, List<String> groups) {
        page.heading(suite)
                .table(
                        Markdown.cells("Group", "Our tests"),
                        groups.stream()
                                .map(group -> Markdown.cells(
                                        group,
                                        tests.tests(suite, group).isEmpty()
                                                ? "not yet"
                                                : codes(tests.tests(suite, group))))
                                .toList());
    }
}
