package karpenter.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class WorkloadTest {
    @Test
    void postsWhatKubectlPosts() {
        Workload workload = new Workload(200, "", "", false);

        assertThat(workload.createCommand()).isEqualTo("kubectl create deploy nginx --replicas=200 --image=nginx");
        // kubectl create deploy … --dry-run=client -o json, without its nulls and empty status.
        assertThat(workload.deployment().tree()).isEqualTo(new JsonMapper().readTree("""
                {"apiVersion":"apps/v1","kind":"Deployment",
                 "metadata":{"name":"nginx","namespace":"default","labels":{"app":"nginx"}},
                 "spec":{"replicas":200,"selector":{"matchLabels":{"app":"nginx"}},"strategy":{},
                  "template":{"metadata":{"labels":{"app":"nginx"}},
                   "spec":{"containers":[{"image":"nginx","name":"nginx","resources":{}}]}}}}"""));
    }

    @Test
    void requestsAreInTheCommandAndInTheObject() {
        Workload workload = new Workload(5, "500m", "1Gi", false);

        assertThat(workload.createCommand()).contains("--replicas=5", "--requests=cpu=500m,memory=1Gi");
        JsonNode requests = workload.deployment().tree().at("/spec/template/spec/containers/0/resources/requests");
        assertThat(requests.path("cpu").asString()).isEqualTo("500m");
        assertThat(requests.path("memory").asString()).isEqualTo("1Gi");
    }

    @Test
    void oneRequestAloneIsEnough() {
        assertThat(new Workload(5, "", "1Gi", false).createCommand()).contains("--requests=memory=1Gi -o yaml");
    }

    @Test
    void inASharedClusterPodsAndNodesKeepToThemselves() {
        JsonNode podSpec = new Workload(5, "", "", true).deployment().tree().at("/spec/template/spec");
        JsonNode pool = Installation.manifests(true, false).stream()
                .filter(document -> document.kind().equals("NodePool"))
                .findFirst()
                .orElseThrow()
                .tree();

        assertThat(podSpec.at("/nodeSelector/karpenter.sh~1nodepool").asString())
                .isEqualTo("default");
        assertThat(podSpec.at("/tolerations/0/key")).isEqualTo(pool.at("/spec/template/spec/taints/0/key"));
    }
}
