package karpenter.api;

import static karpenter.api.SharedApiServer.assertAccepted;
import static karpenter.api.SharedApiServer.assertRefused;
import static karpenter.api.SharedApiServer.manifest;
import static karpenter.api.SharedApiServer.merged;

import karpenter.api.v1alpha1.NodeOverlay;
import karpenter.testbed.Covers;
import karpenter.testbed.KubeApi.Answer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The rules of NodeOverlays. Columns: what is merged into a spec that is valid, the complaint. */
@Timeout(60)
@Covers({"apis/v1alpha1: price and adjustment formats", "apis/v1alpha1: capacity keys"})
class NodeOverlayRulesIT {
    @RegisterExtension
    private static final SharedApiServer SERVER = new SharedApiServer(CustomResourceDefinitions.core());

    private static Answer tryCreate(String spec) {
        JsonNode valid = Yaml.tree("{requirements: []}");
        return SERVER.tryCreate(NodeOverlay.KIND, manifest(NodeOverlay.KIND, "case", merged(valid, Yaml.tree(spec))));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            {}
            price: '0'
            price: '1.50'
            price: '0.0001'
            priceAdjustment: '+0.5'
            priceAdjustment: '-1'
            priceAdjustment: '-.5'
            priceAdjustment: +10%
            priceAdjustment: +1000%
            priceAdjustment: -10%
            priceAdjustment: -99.5%
            priceAdjustment: -100%
            capacity: {smarter-devices/fuse: 10, example.com/gpu: '2', hugepages-2Mi: 1Gi}
            weight: 1
            weight: 10000
            """)
    void accepts(String spec) {
        assertAccepted(tryCreate(spec));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            price: ''                                    | spec.price in body should match
            price: '-1'                                  | spec.price in body should match
            price: '+1'                                  | spec.price in body should match
            price: 1,5                                   | spec.price in body should match
            price: 10%                                   | spec.price in body should match
            priceAdjustment: '5'                         | spec.priceAdjustment in body should match
            priceAdjustment: 5%                          | spec.priceAdjustment in body should match
            priceAdjustment: '+'                         | spec.priceAdjustment in body should match
            priceAdjustment: '+-1'                       | spec.priceAdjustment in body should match
            priceAdjustment: -101%                       | spec.priceAdjustment in body should match
            priceAdjustment: -100.5%                     | spec.priceAdjustment in body should match
            {price: '1', priceAdjustment: '+1'}          | price and priceAdjustment exclude each other; set one of them
            capacity: {cpu: 1}                           | capacity cannot contain cpu; only resources that the provider does not know
            capacity: {memory: 1Gi}                      | capacity cannot contain memory; only resources that the provider does not know
            capacity: {ephemeral-storage: 1Gi}           | capacity cannot contain ephemeral-storage; only resources that the provider does not know
            capacity: {pods: 1, a.b/c: 1}                | capacity cannot contain pods; only resources that the provider does not know
            capacity: {a.b/c: one}                       | in body should match
            weight: 0                                    | spec.weight in body should be greater than or equal to 1
            weight: 10001                                | spec.weight in body should be less than or equal to 10000
            """)
    void refuses(String spec, String message) {
        assertRefused(tryCreate(spec), message);
    }
}
