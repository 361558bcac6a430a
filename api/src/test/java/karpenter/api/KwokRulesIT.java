package karpenter.api;

import static karpenter.api.SharedApiServer.assertAccepted;
import static karpenter.api.SharedApiServer.assertRefused;
import static karpenter.api.SharedApiServer.manifest;

import java.util.List;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.testbed.KubeApi.Answer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the CRDs for simulated machines add to the core ones. */
@Timeout(60)
class KwokRulesIT {
    @RegisterExtension
    private static final SharedApiServer SERVER = new SharedApiServer(CustomResourceDefinitions.kwok());

    private static List<Answer> tryKey(String key) {
        String spec = "{nodeClassRef: {group: g, kind: K, name: n}, requirements: [{key: %s, operator: Exists}]}"
                .formatted(key);
        JsonNode template = Yaml.tree("template: {spec: " + spec + "}");
        return List.of(
                SERVER.tryCreate(NodePool.KIND, manifest(NodePool.KIND, "case", template)),
                SERVER.tryCreate(NodeClaim.KIND, manifest(NodeClaim.KIND, "case", Yaml.tree(spec))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "karpenter.kwok.sh/kwoknodeclass",
                "karpenter.kwok.sh/instance-cpu",
                "karpenter.kwok.sh/instance-memory",
                "karpenter.kwok.sh/instance-family",
                "karpenter.kwok.sh/instance-size",
                "kwok.sh/anything",
                "karpenter.sh/capacity-type"
            })
    void acceptsKey(String key) {
        tryKey(key).forEach(SharedApiServer::assertAccepted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"karpenter.kwok.sh/other", "a.karpenter.kwok.sh/instance-cpu"})
    void refusesKey(String key) {
        for (Answer answer : tryKey(key)) {
            assertRefused(
                    answer,
                    "the domain karpenter.kwok.sh is reserved but for kwoknodeclass, instance-cpu, instance-memory, instance-family"
                            + " and instance-size");
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            {}                                |
            {nodeRegistrationDelay: 10s}      |
            {nodeRegistrationDelay: 1h2m3s}   |
            {nodeRegistrationDelay: 10}       | spec.nodeRegistrationDelay in body must be of type string
            {nodeRegistrationDelay: 10ms}     | spec.nodeRegistrationDelay in body should match
            {nodeRegistrationDelay: Never}    | spec.nodeRegistrationDelay in body should match
            {nodeRegistrationDelay: ''}       | spec.nodeRegistrationDelay in body should match
            """)
    void nodeClass(String spec, @Nullable String message) {
        Answer answer = SERVER.tryCreate(KwokNodeClass.KIND, manifest(KwokNodeClass.KIND, "case", Yaml.tree(spec)));
        if (message == null) {
            assertAccepted(answer);
        } else {
            assertRefused(answer, message);
        }
    }
}
