package karpenter.api;

import static karpenter.api.SharedApiServer.assertAccepted;
import static karpenter.api.SharedApiServer.assertRefused;
import static karpenter.api.SharedApiServer.manifest;
import static karpenter.api.SharedApiServer.merged;
import static karpenter.api.SharedApiServer.path;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import karpenter.api.v1.NodePool;
import karpenter.api.v1.NodePoolHash;
import karpenter.testbed.Covers;
import karpenter.testbed.KubeApi.Answer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Defaults and rules of NodePools. Columns: what is merged into a spec that is valid, the complaint. */
@Timeout(60)
class NodePoolRulesIT {
    @RegisterExtension
    private static final SharedApiServer SERVER = new SharedApiServer(CustomResourceDefinitions.core());

    private static ObjectNode pool(String name, String spec) {
        JsonNode valid = Yaml.tree("""
                template:
                  spec:
                    nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
                    requirements: []
                """);
        return manifest(NodePool.KIND, name, merged(valid, Yaml.tree(spec)));
    }

    private static Answer tryCreate(String spec) {
        return SERVER.tryCreate(NodePool.KIND, pool("case", spec));
    }

    @BeforeAll
    static void createThoseThatAreChanged() {
        SERVER.create(NodePool.KIND, pool("dynamic", "weight: 1"));
        SERVER.create(NodePool.KIND, pool("static", "{replicas: 1, limits: {nodes: 5}}"));
    }

    @Test
    @Covers("apis/v1: NodePool defaults")
    void defaults() {
        assertThat(assertAccepted(tryCreate("{}")).at("/spec")).isEqualTo(Yaml.tree("""
                disruption:
                  budgets: [{nodes: 10%}]
                  consolidateAfter: 0s
                  consolidationPolicy: WhenEmptyOrUnderutilized
                template:
                  spec:
                    expireAfter: 720h
                    nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
                    requirements: []
                """));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            {}                                                      | {budgets: [{nodes: 10%}], consolidateAfter: 0s, consolidationPolicy: WhenEmptyOrUnderutilized}
            {consolidationPolicy: WhenEmpty}                        | {budgets: [{nodes: 10%}], consolidateAfter: 0s, consolidationPolicy: WhenEmpty}
            {consolidateAfter: Never}                               | {budgets: [{nodes: 10%}], consolidateAfter: Never, consolidationPolicy: WhenEmptyOrUnderutilized}
            {budgets: []}                                           | {budgets: [], consolidateAfter: 0s, consolidationPolicy: WhenEmptyOrUnderutilized}
            {budgets: [{reasons: [Empty]}]}                         | {budgets: [{nodes: 10%, reasons: [Empty]}], consolidateAfter: 0s, consolidationPolicy: WhenEmptyOrUnderutilized}
            """)
    @Covers("apis/v1: NodePool defaults")
    void defaultsOfDisruption(String disruption, String expected) {
        assertThat(assertAccepted(tryCreate("disruption: " + disruption)).at("/spec/disruption"))
                .isEqualTo(Yaml.tree(expected));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            weight: 1
            weight: 100
            replicas: 0
            replicas: 2147483647
            {replicas: 1, limits: {}}
            {replicas: 1, limits: {nodes: 3}}
            limits: {cpu: 10, memory: 1.5Ti, nodes: '50', example.com/gpu: 4}
            limits: {cpu: 500m, memory: 1e9}
            disruption: {consolidationPolicy: WhenEmptyOrUnderutilized, consolidateAfter: 1h30m}
            disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: 30s}
            disruption: {consolidationPolicy: Balanced, consolidateAfter: Never}
            template: {spec: {expireAfter: Never}}
            template: {spec: {expireAfter: 0720h}}
            template: {spec: {expireAfter: 1h2m3s}}
            template: {spec: {terminationGracePeriod: 30s}}
            template: {spec: {terminationGracePeriod: 1h30m}}
            template: {spec: {nodeClassRef: {group: ec2.example.com, kind: EC2NodeClass, name: other}}}
            template: {metadata: {labels: {team: a, example.com/x: ''}, annotations: {any: thing, karpenter.sh/do-not-disrupt: 'true'}}}
            template: {metadata: {labels: {karpenter.sh/capacity-type: spot}}}
            template: {metadata: {labels: {kubernetes.io/anything: a, node.k8s.io/b: c}}}
            template: {metadata: {}}
            """)
    @Covers({
        "apis/v1: CEL for expireAfter and consolidateAfter",
        "apis/v1: CEL for consolidation policy",
        "apis/v1: CEL for labels",
        "apis/v1: CEL for terminationGracePeriod",
        "apis/v1: CEL for replicas exclusivity and transitions"
    })
    void accepts(String spec) {
        assertAccepted(tryCreate(spec));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            template: null                                           | spec.template: Required value
            template: {spec: null}                                   | spec.template.spec: Required value
            template: {spec: {nodeClassRef: null}}                   | spec.template.spec.nodeClassRef: Required value
            template: {spec: {nodeClassRef: {group: null}}}          | spec.template.spec.nodeClassRef.group: Required value
            template: {spec: {nodeClassRef: {kind: null}}}           | spec.template.spec.nodeClassRef.kind: Required value
            template: {spec: {nodeClassRef: {name: null}}}           | spec.template.spec.nodeClassRef.name: Required value
            template: {spec: {nodeClassRef: {group: ''}}}            | spec.template.spec.nodeClassRef.group in body should be at least 1 chars long
            template: {spec: {nodeClassRef: {kind: ''}}}             | spec.template.spec.nodeClassRef.kind in body should be at least 1 chars long
            template: {spec: {nodeClassRef: {name: ''}}}             | spec.template.spec.nodeClassRef.name in body should be at least 1 chars long
            template: {spec: {nodeClassRef: {group: a/v1}}}          | spec.template.spec.nodeClassRef.group in body should match
            template: {spec: {expireAfter: 30}}                      | spec.template.spec.expireAfter in body must be of type string
            template: {spec: {expireAfter: 30d}}                     | spec.template.spec.expireAfter in body should match
            template: {spec: {expireAfter: -1h}}                     | spec.template.spec.expireAfter in body should match
            template: {spec: {expireAfter: 1.5h}}                    | spec.template.spec.expireAfter in body should match
            template: {spec: {expireAfter: never}}                   | spec.template.spec.expireAfter in body should match
            template: {spec: {expireAfter: ''}}                      | spec.template.spec.expireAfter in body should match
            template: {spec: {terminationGracePeriod: Never}}        | spec.template.spec.terminationGracePeriod in body should match
            template: {spec: {terminationGracePeriod: 10ms}}         | spec.template.spec.terminationGracePeriod in body should match
            template: {metadata: {labels: {a: -b}}}                  | spec.template.metadata.labels.a in body should match
            template: {metadata: {labels: {karpenter.sh/x: a}}}      | the domain karpenter.sh is reserved but for the label karpenter.sh/capacity-type
            template: {metadata: {labels: {x.karpenter.sh/x: a}}}    | the domain karpenter.sh is reserved but for the label karpenter.sh/capacity-type
            template: {metadata: {labels: {mykarpenter.sh/x: a}}}    | the domain karpenter.sh is reserved but for the label karpenter.sh/capacity-type
            template: {metadata: {labels: {karpenter.sh/nodepool: a}}}  | label karpenter.sh/nodepool is set by the NodePool itself
            template: {metadata: {labels: {kubernetes.io/hostname: a}}} | label kubernetes.io/hostname is known only once a node exists
            weight: 0                                                | spec.weight in body should be greater than or equal to 1
            weight: 101                                              | spec.weight in body should be less than or equal to 100
            weight: '1'                                              | spec.weight in body must be of type integer
            replicas: -1                                             | spec.replicas in body should be greater than or equal to 0
            replicas: 2147483648                                     | .spec.replicas: Invalid value: 2147483648: should be less than or equal to 2147483647
            {replicas: 1, weight: 1}                                 | a NodePool with replicas cannot have a weight
            {replicas: 1, limits: {cpu: 1}}                          | a NodePool with replicas can only have the limit nodes
            {replicas: 1, limits: {cpu: 1, nodes: 1}}                | a NodePool with replicas can only have the limit nodes
            limits: {cpu: ten}                                       | spec.limits.cpu in body should match
            limits: {memory: 1GiB}                                   | spec.limits.memory in body should match
            limits: {cpu: 1.5}                                       | spec.limits.cpu in body must be of type
            disruption: {consolidationPolicy: Sometimes}             | spec.disruption.consolidationPolicy: Unsupported value: "Sometimes"
            disruption: {consolidateAfter: 1d}                       | spec.disruption.consolidateAfter in body should match
            disruption: {consolidateAfter: -1s}                      | spec.disruption.consolidateAfter in body should match
            """)
    @Covers({
        "apis/v1: CEL for expireAfter and consolidateAfter",
        "apis/v1: CEL for consolidation policy",
        "apis/v1: CEL for labels",
        "apis/v1: CEL for terminationGracePeriod",
        "apis/v1: CEL for replicas exclusivity and transitions"
    })
    void refuses(String spec, String message) {
        assertRefused(tryCreate(spec), message);
    }

    @Test
    void specIsRequired() {
        ObjectNode pool = pool("case", "{}");
        pool.remove("spec");
        assertRefused(SERVER.tryCreate(NodePool.KIND, pool), "spec: Required value");
    }

    @Test
    void fieldsThatNobodyKnowsAreReported() {
        Answer answer = tryCreate("{disruption: {consolidateAfterr: 1s}, template: {metadata: {name: x}}}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("spec.disruption.consolidateAfterr", "spec.template.metadata.name");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            {nodes: '0'}
            {nodes: '5000'}
            {nodes: 0%}
            {nodes: 99%}
            {nodes: 100%}
            {nodes: '5', reasons: [Empty]}
            {nodes: '1', reasons: []}
            {nodes: '1', reasons: [Underutilized, Empty, Drifted]}
            {schedule: '0 9 * * mon-fri', duration: 8h}
            {schedule: '*/15 0-6 1,15 jan ?', duration: 90m}
            {schedule: '@daily', duration: 1h30m}
            {schedule: '@annually', duration: 1h0s}
            {schedule: '@yearly', duration: 30m0s}
            {schedule: '@monthly', duration: 1h30m0s}
            {schedule: '@weekly', duration: 0h}
            {schedule: '@midnight', duration: 100h}
            {schedule: '@hourly', duration: 30m}
            {schedule: '0 0 9 * * 1', duration: 1h}
            """)
    @Covers("apis/v1: CEL for budgets' reasons and schedule pairs")
    void acceptsBudget(String budget) {
        assertAccepted(tryCreate("disruption: {budgets: [" + budget + "]}"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            {nodes: 5}                                    | spec.disruption.budgets[0].nodes in body must be of type string
            {nodes: ''}                                   | spec.disruption.budgets[0].nodes in body should match
            {nodes: '-1'}                                 | spec.disruption.budgets[0].nodes in body should match
            {nodes: '1.5'}                                | spec.disruption.budgets[0].nodes in body should match
            {nodes: 101%}                                 | spec.disruption.budgets[0].nodes in body should match
            {nodes: 1000%}                                | spec.disruption.budgets[0].nodes in body should match
            {nodes: 10.5%}                                | spec.disruption.budgets[0].nodes in body should match
            {nodes: -10%}                                 | spec.disruption.budgets[0].nodes in body should match
            {reasons: [Expired]}                          | spec.disruption.budgets[0].reasons[0]: Unsupported value: "Expired"
            {reasons: [Empty, Empty]}                     | spec.disruption.budgets[0].reasons[1]: Duplicate value: "Empty"
            {schedule: '@daily'}                          | schedule and duration of a budget go together; set both or none
            {duration: 1h}                                | schedule and duration of a budget go together; set both or none
            {schedule: '@never', duration: 1h}            | spec.disruption.budgets[0].schedule in body should match
            {schedule: '@daily ', duration: 1h}           | spec.disruption.budgets[0].schedule in body should match
            {schedule: '* * * *', duration: 1h}           | spec.disruption.budgets[0].schedule in body should match
            {schedule: '', duration: 1h}                  | spec.disruption.budgets[0].schedule in body should match
            {schedule: '@daily', duration: 30s}           | spec.disruption.budgets[0].duration in body should match
            {schedule: '@daily', duration: 1h30s}         | spec.disruption.budgets[0].duration in body should match
            {schedule: '@daily', duration: 1d}            | spec.disruption.budgets[0].duration in body should match
            {schedule: '@daily', duration: 30m1h}         | spec.disruption.budgets[0].duration in body should match
            {schedule: '@daily', duration: ''}            | spec.disruption.budgets[0].duration in body should match
            """)
    @Covers("apis/v1: CEL for budgets' reasons and schedule pairs")
    void refusesBudget(String budget, String message) {
        assertRefused(tryCreate("disruption: {budgets: [" + budget + "]}"), message);
    }

    @Test
    void listsAndMapsHaveTheirMost() {
        String budget = "{nodes: '1'}";
        assertAccepted(tryCreate("disruption: {budgets: %s}".formatted(Collections.nCopies(50, budget))));
        assertRefused(
                tryCreate("disruption: {budgets: %s}".formatted(Collections.nCopies(51, budget))),
                "must have at most 50 items");
        String reasons = "disruption: {budgets: [{reasons: %s}]}".formatted(Collections.nCopies(51, "Empty"));
        assertRefused(tryCreate(reasons), "must have at most 50 items");
        assertAccepted(tryCreate("template: {metadata: {labels: {%s}}}".formatted(labels(100))));
        assertRefused(
                tryCreate("template: {metadata: {labels: {%s}}}".formatted(labels(101))),
                "must have at most 100 items");
        assertAccepted(tryCreate("template: {metadata: {labels: {a: %s}}}".formatted("v".repeat(63))));
        assertRefused(
                tryCreate("template: {metadata: {labels: {a: %s}}}".formatted("v".repeat(64))),
                "Too long: may not be more than 63");
    }

    private static String labels(int count) {
        return IntStream.range(0, count).mapToObj(i -> "l" + i + ": v").collect(Collectors.joining(", "));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            dynamic | weight: 2
            dynamic | weight: null
            dynamic | limits: {cpu: 1}
            dynamic | template: {spec: {nodeClassRef: {name: other}}}
            dynamic | template: {spec: {expireAfter: Never, requirements: [{key: a, operator: Exists}]}}
            static  | replicas: 7
            static  | limits: null
            """)
    void acceptsChange(String name, String spec) {
        assertAccepted(SERVER.tryPatch(NodePool.KIND, name, Yaml.tree("spec: {" + unbraced(spec) + "}")));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            dynamic | {replicas: 1, weight: null}                             | replicas cannot be added to or removed from an existing NodePool; create another NodePool instead
            static  | replicas: null                                          | replicas cannot be added to or removed from an existing NodePool; create another NodePool instead
            dynamic | template: {spec: {nodeClassRef: {group: example.com}}}  | group is immutable; create another NodePool instead
            dynamic | template: {spec: {nodeClassRef: {kind: OtherClass}}}    | kind is immutable; create another NodePool instead
            static  | weight: 1                                               | a NodePool with replicas cannot have a weight
            static  | limits: {cpu: 1}                                        | a NodePool with replicas can only have the limit nodes
            """)
    @Covers({"apis/v1: CEL for nodeClassRef immutability", "apis/v1: CEL for replicas exclusivity and transitions"})
    void refusesChange(String name, String spec, String message) {
        assertRefused(SERVER.tryPatch(NodePool.KIND, name, Yaml.tree("spec: {" + unbraced(spec) + "}")), message);
    }

    private static String unbraced(String spec) {
        return spec.startsWith("{") ? spec.substring(1, spec.length() - 1) : spec;
    }

    /** The values of Karpenter in Go, for what the server stored and defaulted. */
    @ParameterizedTest(name = "{1} {2}")
    @CsvSource(delimiter = '|', textBlock = """
            12745407319442031341 | {}                                               | {}
            12745407319442031341 | {}                                               | expireAfter: 720h
            7428780003907761376  | {}                                               | expireAfter: Never
            13546070544088512816 | {}                                               | expireAfter: 0s
            845502862369909111   | {}                                               | taints: []
            11636300583069838828 | {}                                               | startupTaints: []
            18422791847216752089 | {}                                               | taints: [{key: x, effect: NoExecute, timeAdded: '2026-01-02T03:04:05Z'}]
            16848824146983765585 | {}                                               | terminationGracePeriod: 0s
            1699557759471965344  | labels: {testing/cluster: unspecified}           | {}
            3496410445805860152  | labels: {a: ''}                                  | {}
            5327702334917744615  | labels: {}                                       | {}
            12213481875490685897 | annotations: {}                                  | {}
            17104452259020430711 | annotations: {grüße: 日本}                        | {}
            16403423181145313153 | {labels: {team: a, testing/cluster: unspecified}, annotations: {k: v}} | {taints: [{key: dedicated, value: gpu, effect: NoSchedule}, {key: x, effect: NoExecute}], startupTaints: [{key: s, effect: NoSchedule}], terminationGracePeriod: 30s}
            """)
    void hashOfAStoredPoolIsThatOfGo(String hash, String metadata, String templateSpec) {
        ObjectNode template = (ObjectNode) Yaml.tree("{}");
        template.set("metadata", Yaml.tree(metadata));
        template.set("spec", Yaml.tree(templateSpec));
        String name = "hash-" + Integer.toHexString((metadata + templateSpec).hashCode());
        SERVER.create(NodePool.KIND, pool(name, "{\"template\": " + template + "}"));
        JsonNode stored = SERVER.get(path(NodePool.KIND) + "/" + name);
        assertThat(NodePoolHash.of((NodePool) Yaml.convert(stored, NodePool.class)))
                .isEqualTo(hash);
    }
}
