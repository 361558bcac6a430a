package karpenter.api;

import static karpenter.api.SharedApiServer.assertAccepted;
import static karpenter.api.SharedApiServer.assertRefused;
import static karpenter.api.SharedApiServer.manifest;
import static org.assertj.core.api.Assertions.assertThat;

import karpenter.api.autoscaling.CapacityBuffer;
import karpenter.testbed.Covers;
import karpenter.testbed.KubeApi.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Defaults and rules of CapacityBuffers. Columns: the spec, the complaint. */
@Timeout(60)
@Covers("apis/autoscaling/v1beta1: CapacityBuffer schema")
class CapacityBufferRulesIT {
    @RegisterExtension
    private static final SharedApiServer SERVER = new SharedApiServer(CustomResourceDefinitions.core());

    private static Answer tryCreate(String spec) {
        return SERVER.tryCreate(CapacityBuffer.KIND, manifest(CapacityBuffer.KIND, "case", Yaml.tree(spec)));
    }

    @Test
    void defaults() {
        assertThat(assertAccepted(tryCreate("{podTemplateRef: {name: a}, replicas: 1}"))
                        .at("/spec"))
                .isEqualTo(
                        Yaml.tree(
                                "{podTemplateRef: {name: a}, provisioningStrategy: buffer.x-k8s.io/active-capacity, replicas: 1}"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            {podTemplateRef: {name: a}, replicas: 0}
            {podTemplateRef: {name: a}, limits: {cpu: 10, memory: 1Gi}}
            {podTemplateRef: {name: a}, replicas: 3, limits: {cpu: 10}}
            {scalableRef: {kind: Deployment, name: a}, percentage: 20}
            {scalableRef: {apiGroup: '', kind: StatefulSet, name: a}, replicas: 2, percentage: 0}
            {scalableRef: {apiGroup: apps, kind: ReplicaSet, name: a}}
            {scalableRef: {kind: Deployment, name: a}, percentage: 250, provisioningStrategy: any/text}
            {}
            """)
    void accepts(String spec) {
        assertAccepted(tryCreate(spec));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            {podTemplateRef: {name: a}}                                               | podTemplateRef needs replicas or limits to tell how many pods to keep room for
            {podTemplateRef: {name: a}, percentage: 10}                               | podTemplateRef needs replicas or limits to tell how many pods to keep room for
            {podTemplateRef: {name: a}, scalableRef: {kind: K, name: b}, replicas: 1} | podTemplateRef and scalableRef exclude each other; set one of them
            {podTemplateRef: {name: ''}, replicas: 1}                                 | spec.podTemplateRef.name in body should be at least 1 chars long
            {podTemplateRef: {}, replicas: 1}                                         | spec.podTemplateRef.name: Required value
            {scalableRef: {name: a}}                                                  | spec.scalableRef.kind: Required value
            {scalableRef: {kind: Deployment}}                                         | spec.scalableRef.name: Required value
            {scalableRef: {kind: '', name: a}}                                        | spec.scalableRef.kind in body should be at least 1 chars long
            {scalableRef: {kind: Deployment, name: ''}}                               | spec.scalableRef.name in body should be at least 1 chars long
            {scalableRef: {kind: Deployment, name: a}, replicas: -1}                  | spec.replicas in body should be greater than or equal to 0
            {scalableRef: {kind: Deployment, name: a}, percentage: -1}                | spec.percentage in body should be greater than or equal to 0
            {podTemplateRef: {name: a}, limits: {cpu: ten}}                           | spec.limits.cpu in body should match
            """)
    void refuses(String spec, String message) {
        assertRefused(tryCreate(spec), message);
    }

    @Test
    void isNamespaced() {
        SERVER.create(
                CapacityBuffer.KIND,
                manifest(CapacityBuffer.KIND, "here", Yaml.tree("{podTemplateRef: {name: a}, replicas: 1}")));
        String group = "/apis/autoscaling.x-k8s.io/v1beta1/";
        assertThat(SERVER.api()
                        .get(group + "namespaces/default/capacitybuffers/here")
                        .status())
                .isEqualTo(200);
        assertThat(SERVER.api()
                        .get(group + "namespaces/other/capacitybuffers/here")
                        .status())
                .isEqualTo(404);
    }
}
