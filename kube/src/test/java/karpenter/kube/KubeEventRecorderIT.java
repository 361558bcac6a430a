package karpenter.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.runtime.LeaderGate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@ExtendWith(TestCluster.Extension.class)
class KubeEventRecorderIT {
    private final TestCluster cluster;

    KubeEventRecorderIT(TestCluster cluster) {
        this.cluster = cluster;
    }

    private List<JsonNode> events(String namespace, String reason) {
        List<JsonNode> found = new ArrayList<>();
        cluster.admin()
                .manifests()
                .get("/api/v1/namespaces/" + namespace + "/events?fieldSelector=reason=" + reason)
                .path("items")
                .forEach(found::add);
        return found;
    }

    @Test
    void storesEventsAndCountsRepeatsUp() {
        ObjectReference node = new ObjectReference("v1", "Node", "", "n1", "node-uid");
        ObjectReference pod = new ObjectReference("v1", "Pod", "kube-system", "p1", "pod-uid");
        try (KubeEventRecorder events = cluster.karpenter().events(LeaderGate.open())) {
            events.publish(Event.warning(node, "FailedDraining", "why", "n1"));
            events.publish(Event.warning(node, "FailedDraining", "suppressed", "n1"));
            for (int i = 0; i < 3; i++) {
                events.publish(Event.normal(pod, "Counted", "the same").dedupedFor(Duration.ZERO));
            }
        }
        List<JsonNode> drains = events("default", "FailedDraining");
        assertThat(drains).hasSize(1);
        JsonNode drain = drains.getFirst();
        assertThat(drain.path("message").asString("")).isEqualTo("why");
        assertThat(drain.path("type").asString("")).isEqualTo("Warning");
        assertThat(drain.path("source").path("component").asString("")).isEqualTo("karpenter");
        assertThat(drain.path("involvedObject").path("uid").asString("")).isEqualTo("node-uid");
        List<JsonNode> counted = events("kube-system", "Counted");
        assertThat(counted).hasSize(1);
        assertThat(counted.getFirst().path("count").asInt(0)).isEqualTo(3);
    }

    @Test
    void whoDoesNotLeadSaysNothing() {
        try (KubeEventRecorder events = cluster.karpenter().events(new LeaderGate())) {
            events.publish(Event.normal(new ObjectReference("v1", "Node", "", "n", "u"), "Silent", "m"));
        }
        assertThat(events("default", "Silent")).isEmpty();
    }

    @Test
    void anEventThatWasDeletedMeanwhileIsMadeAnew() {
        ObjectReference pod = new ObjectReference("v1", "Pod", "default", "p2", "pod-uid-2");
        try (KubeEventRecorder events = cluster.karpenter().events(LeaderGate.open())) {
            events.publish(Event.normal(pod, "Forgotten", "m"));
            Await.until(() -> assertThat(events("default", "Forgotten")).hasSize(1));
            String name = events("default", "Forgotten")
                    .getFirst()
                    .path("metadata")
                    .path("name")
                    .asString("");
            cluster.admin().manifests().delete("{apiVersion: v1, kind: Event, metadata: {name: " + name + "}}");
            events.publish(Event.normal(pod, "Forgotten", "m"));
        }
        assertThat(events("default", "Forgotten")).hasSize(1);
    }
}
