package karpenter.app.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import karpenter.app.scenario.History.Kind;
import karpenter.app.scenario.History.Seen;
import org.junit.jupiter.api.Test;

/** The pods of a StatefulSet get nodes where their volumes are, and the cluster's own scheduler puts them there. */
final class VolumeScenario {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final String VOLUMES = "/api/v1/persistentvolumes";
    private static final String CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims";
    private static final String SETS = "/apis/apps/v1/namespaces/default/statefulsets";
    private static final String ZONE = "topology.kubernetes.io/zone";

    private static void createVolume(ScenarioCluster cluster, String set, int ordinal, String zone) {
        cluster.api().create(VOLUMES, """
                apiVersion: v1
                kind: PersistentVolume
                metadata: {name: %1$s-%2$d}
                spec:
                  capacity: {storage: 1Gi}
                  accessModes: [ReadWriteOnce]
                  storageClassName: by-hand
                  nfs: {server: 10.0.0.1, path: /}
                  claimRef: {namespace: default, name: data-%1$s-%2$d}
                  nodeAffinity:
                    required:
                      nodeSelectorTerms:
                        - matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [%3$s]}]
                """.formatted(set, ordinal, zone)).orThrow();
    }

    private static void createSet(ScenarioCluster cluster, String name, int replicas) {
        cluster.api().create(SETS, """
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: {name: %1$s}
                spec:
                  serviceName: %1$s
                  replicas: %2$d
                  podManagementPolicy: Parallel
                  selector: {matchLabels: {app: %1$s}}
                  template:
                    metadata: {labels: {app: %1$s}}
                    spec:
                      nodeSelector: {karpenter.sh/nodepool: %1$s}
                      tolerations: [{operator: Exists}]
                      terminationGracePeriodSeconds: 1
                      containers:
                        - name: db
                          image: db
                          resources: {requests: {cpu: 100m}}
                          volumeMounts: [{name: data, mountPath: /data}]
                  volumeClaimTemplates:
                    - metadata: {name: data}
                      spec:
                        storageClassName: by-hand
                        accessModes: [ReadWriteOnce]
                        resources: {requests: {storage: 1Gi}}
                """.formatted(name, replicas)).orThrow();
    }

    /** Zones by the name of the pod that runs there. */
    private static Map<String, String> zones(History history) {
        Map<String, String> zones = new TreeMap<>();
        for (Seen pod : history.present(Kind.POD)) {
            String nodeName = pod.object().path("spec").path("nodeName").asString("");
            for (Seen node : history.present(Kind.NODE)) {
                if (node.name().equals(nodeName) && pod.isTrue("Ready")) {
                    zones.put(
                            pod.name(),
                            node.object()
                                    .path("metadata")
                                    .path("labels")
                                    .path(ZONE)
                                    .asString(""));
                }
            }
        }
        return zones;
    }

    @Test
    void podsRunWhereTheirVolumesAre() throws InterruptedException {
        try (ScenarioCluster cluster = ScenarioCluster.start();
                Tenant tenant = new Tenant(cluster, "volumes");
                SupervisedController controller = new SupervisedController(
                        cluster.controllerKubeconfig(),
                        "volumes",
                        List.of(
                                "--disable-leader-election=true",
                                "--batch-idle-duration=500ms",
                                "--batch-max-duration=2s"))) {
            controller.start().awaitReady();
            tenant.createPool();
            Map<String, String> wanted = new TreeMap<>();
            for (int ordinal = 0; ordinal < 6; ordinal++) {
                String zone = ordinal % 2 == 0 ? "test-zone-b" : "test-zone-d";
                createVolume(cluster, tenant.name(), ordinal, zone);
                wanted.put(tenant.name() + "-" + ordinal, zone);
            }
            createSet(cluster, tenant.name(), wanted.size());

            History history = tenant.history();
            history.await(
                    "all pods run in the zones of their volumes",
                    DEADLINE,
                    () -> zones(history).equals(wanted));
            assertThat(tenant.claimsEver())
                    .as("one node a zone holds them all: %s", history)
                    .isEqualTo(2);

            cluster.api().delete(SETS + "/" + tenant.name()).orThrow();
            history.await(
                    "the empty nodes go",
                    DEADLINE,
                    () -> history.present(Kind.NODE).isEmpty());
            assertThat(controller.stop()).as("exit code").isZero();
            for (int ordinal = 0; ordinal < wanted.size(); ordinal++) {
                cluster.api().delete(CLAIMS + "/data-" + tenant.name() + "-" + ordinal);
                cluster.api().delete(VOLUMES + "/" + tenant.name() + "-" + ordinal);
            }
        }
    }
}
