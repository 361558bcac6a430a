package karpenter.api;

import static karpenter.api.SharedApiServer.assertAccepted;
import static karpenter.api.SharedApiServer.assertRefused;
import static karpenter.api.SharedApiServer.manifest;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.testbed.Covers;
import karpenter.testbed.KubeApi.Answer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** The rules of the requirement lists of all kinds that have one. Columns: the kinds, one requirement, the complaint. */
@Timeout(60)
@Covers({"apis/v1: CEL for requirements", "apis/v1alpha1: CEL for overlay requirements"})
class RequirementRulesIT {
    @RegisterExtension
    private static final SharedApiServer SERVER = new SharedApiServer(CustomResourceDefinitions.core());

    enum Place {
        POOL(NodePool.KIND, "{template: {spec: {nodeClassRef: {group: g, kind: K, name: n}, requirements: %s}}}"),
        CLAIM(NodeClaim.KIND, "{nodeClassRef: {group: g, kind: K, name: n}, requirements: %s}"),
        OVERLAY(NodeOverlay.KIND, "{requirements: %s}");

        private final ResourceKind<?> kind;
        private final String spec;

        Place(ResourceKind<?> kind, String spec) {
            this.kind = kind;
            this.spec = spec;
        }

        Answer tryCreate(String requirements) {
            JsonNode object = manifest(kind, "case", Yaml.tree(spec.formatted(requirements)));
            return SERVER.tryCreate(kind, object);
        }

        static List<Place> of(String names) {
            return Arrays.stream(names.split(" ")).map(Place::valueOf).toList();
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            POOL CLAIM OVERLAY | {key: a, operator: In, values: [x]}
            POOL CLAIM OVERLAY | {key: a, operator: In, values: [x, y, z]}
            POOL CLAIM OVERLAY | {key: a, operator: NotIn, values: [x]}
            POOL CLAIM         | {key: a, operator: NotIn, values: []}
            POOL CLAIM         | {key: a, operator: NotIn}
            POOL CLAIM OVERLAY | {key: a, operator: Exists}
            POOL CLAIM OVERLAY | {key: a, operator: DoesNotExist}
            POOL CLAIM OVERLAY | {key: a, operator: Gt, values: ['0']}
            POOL CLAIM OVERLAY | {key: a, operator: Lt, values: ['10']}
            POOL CLAIM OVERLAY | {key: a, operator: Gte, values: ['007']}
            POOL CLAIM OVERLAY | {key: a, operator: Lte, values: ['9223372036854775807']}
            POOL CLAIM         | {key: a, operator: In, values: [x, y], minValues: 2}
            POOL CLAIM         | {key: a, operator: In, values: [x, y], minValues: 1}
            POOL CLAIM         | {key: a, operator: Exists, minValues: 50}
            POOL CLAIM         | {key: a, operator: NotIn, values: [x], minValues: 3}
            POOL CLAIM OVERLAY | {key: karpenter.sh/capacity-type, operator: In, values: [spot, on-demand, reserved]}
            POOL CLAIM OVERLAY | {key: kubernetes.io/arch, operator: Exists}
            POOL CLAIM OVERLAY | {key: kubernetes.io/anything, operator: Exists}
            POOL CLAIM OVERLAY | {key: node.k8s.io/anything, operator: Exists}
            POOL CLAIM OVERLAY | {key: karpenter.sh.example.com/a, operator: Exists}
            CLAIM OVERLAY      | {key: karpenter.sh/nodepool, operator: In, values: [general]}
            """)
    void accepts(String places, String requirement) {
        for (Place place : Place.of(places)) {
            assertAccepted(place.tryCreate("[" + requirement + "]"));
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            POOL CLAIM OVERLAY | {operator: Exists}                                | key: Required value
            POOL CLAIM OVERLAY | {key: a}                                          | operator: Required value
            POOL CLAIM OVERLAY | {key: '', operator: Exists}                       | key in body should match
            POOL CLAIM OVERLAY | {key: -a, operator: Exists}                       | key in body should match
            POOL CLAIM OVERLAY | {key: Upper.example.com/a, operator: Exists}      | key in body should match
            POOL CLAIM OVERLAY | {key: a/b/c, operator: Exists}                    | key in body should match
            POOL CLAIM OVERLAY | {key: a, operator: in, values: [x]}               | Unsupported value: "in"
            POOL CLAIM OVERLAY | {key: a, operator: In}                            | operator In needs at least one value
            POOL CLAIM OVERLAY | {key: a, operator: In, values: []}                | operator In needs at least one value
            OVERLAY            | {key: a, operator: NotIn}                         | operator NotIn needs at least one value
            OVERLAY            | {key: a, operator: NotIn, values: []}             | operator NotIn needs at least one value
            POOL CLAIM OVERLAY | {key: a, operator: Gt}                            | operators Gt, Lt, Gte and Lte need exactly one value, an integer of 0 or more
            POOL CLAIM OVERLAY | {key: a, operator: Gt, values: []}                | operators Gt, Lt, Gte and Lte need exactly one value, an integer of 0 or more
            POOL CLAIM OVERLAY | {key: a, operator: Lt, values: ['1', '2']}        | operators Gt, Lt, Gte and Lte need exactly one value, an integer of 0 or more
            POOL CLAIM OVERLAY | {key: a, operator: Gte, values: ['-1']}           | operators Gt, Lt, Gte and Lte need exactly one value, an integer of 0 or more
            POOL CLAIM OVERLAY | {key: a, operator: Lte, values: ['1.5']}          | operators Gt, Lt, Gte and Lte need exactly one value, an integer of 0 or more
            POOL CLAIM OVERLAY | {key: a, operator: Gt, values: [many]}            | operators Gt, Lt, Gte and Lte need exactly one value, an integer of 0 or more
            POOL CLAIM OVERLAY | {key: a, operator: Lt, values: ['9223372036854775808']} | operators Gt, Lt, Gte and Lte need exactly one value, an integer of 0 or more
            POOL CLAIM         | {key: a, operator: In, values: [x, y], minValues: 3} | operator In with minValues needs at least that many values
            POOL CLAIM         | {key: a, operator: Exists, minValues: 0}          | minValues in body should be greater than or equal to 1
            POOL CLAIM         | {key: a, operator: Exists, minValues: 51}         | minValues in body should be less than or equal to 50
            POOL               | {key: karpenter.sh/x, operator: Exists}           | the domain karpenter.sh is reserved but for the key karpenter.sh/capacity-type
            POOL               | {key: no-domain.karpenter.sh, operator: Exists}   | the domain karpenter.sh is reserved but for the key karpenter.sh/capacity-type
            POOL               | {key: test.karpenter.sh/x, operator: Exists}      | the domain karpenter.sh is reserved but for the key karpenter.sh/capacity-type
            POOL               | {key: karpenter.sh/nodepool, operator: Exists}    | key karpenter.sh/nodepool is set by the NodePool itself
            CLAIM OVERLAY      | {key: karpenter.sh/x, operator: Exists}           | the domain karpenter.sh is reserved but for the keys karpenter.sh/capacity-type and karpenter.sh/nodepool
            CLAIM OVERLAY      | {key: test.karpenter.sh/x, operator: Exists}      | the domain karpenter.sh is reserved but for the keys karpenter.sh/capacity-type and karpenter.sh/nodepool
            POOL CLAIM OVERLAY | {key: kubernetes.io/hostname, operator: Exists}   | key kubernetes.io/hostname is known only once a node exists
            """)
    void refuses(String places, String requirement, String message) {
        for (Place place : Place.of(places)) {
            assertRefused(place.tryCreate("[" + requirement + "]"), message);
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    void listIsRequiredAndHasAtMostAHundred(Place place) {
        String requirement = "{key: a, operator: Exists}";
        assertRefused(place.tryCreate("null"), "requirements: Required value");
        assertAccepted(place.tryCreate("[]"));
        assertAccepted(place.tryCreate(Collections.nCopies(100, requirement).toString()));
        assertRefused(place.tryCreate(Collections.nCopies(101, requirement).toString()), "must have at most 100 items");
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    void keyHasAtMost316Characters(Place place) {
        String domain = "d".repeat(250) + ".d/";
        assertAccepted(place.tryCreate("[{key: %s, operator: Exists}]".formatted(domain + "n".repeat(63))));
        assertRefused(
                place.tryCreate("[{key: %s, operator: Exists}]".formatted(domain + "n".repeat(64))),
                "key: Too long: may not be more than 316");
    }
}
