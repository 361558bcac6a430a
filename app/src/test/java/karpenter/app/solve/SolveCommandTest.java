package karpenter.app.solve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import karpenter.core.cluster.PodShape;
import karpenter.core.scheduling.SchedulingInput;
import karpenter.provider.kwok.KwokInstanceTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class SolveCommandTest {
    private static final String POOL = SolveRun.sample("nodepool.yaml");
    private static final String WEB = SolveRun.sample("web.yaml");
    private static final String SHOP = SolveRun.sample("shop");
    private static final String NODE = SolveRun.sample("node.yaml");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    Path folder;

    private static JsonNode answer(String... arguments) {
        SolveRun run = SolveRun.of(arguments);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run.json();
    }

    /** Each pod has one place or one reason, and the price is the nodes'. */
    private static void assertConsistent(JsonNode answer) {
        Set<String> names = new HashSet<>();
        int placed = 0;
        double price = 0;
        for (JsonNode node : answer.path("nodes")) {
            assertThat(node.path("podNames").size()).isEqualTo(node.path("pods").intValue());
            node.path("podNames").forEach(name -> names.add(name.asString()));
            assertThat(node.path("instanceTypes").get(0).asString())
                    .isEqualTo(node.path("instanceType").asString());
            placed += node.path("pods").intValue();
            price += node.path("pricePerHourUsd").doubleValue();
        }
        for (JsonNode node : answer.path("existingNodes")) {
            node.path("podNames").forEach(name -> names.add(name.asString()));
            placed += node.path("pods").intValue();
        }
        answer.path("unschedulable").forEach(pod -> names.add(pod.path("pod").asString()));
        assertThat(placed).isEqualTo(answer.path("scheduled").intValue());
        assertThat(names).hasSize(answer.path("pods").intValue());
        assertThat(answer.path("pricePerHourUsd").doubleValue())
                .isCloseTo(price, org.assertj.core.data.Offset.offset(1e-5));
    }

    @Test
    void answersWithOneLineOfJsonAwayFromATerminal() {
        SolveRun run = SolveRun.of("--nodepool", POOL, "--pods", WEB);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines()).hasSize(1);
        assertConsistent(run.json());
        assertThat(run.json().path("pods").intValue()).isEqualTo(12);
        assertThat(run.json().path("scheduled").intValue()).isEqualTo(12);
        assertThat(run.json().path("nodes")).isNotEmpty();
        for (JsonNode node : run.json().path("nodes")) {
            assertThat(node.path("instanceType").asString()).endsWith("-amd64-linux");
            assertThat(node.path("capacityType").asString()).isEqualTo("spot");
        }
    }

    @Test
    void answersWithATableOnATerminal() {
        SolveRun run = SolveRun.of("", true, "--nodepool", POOL, "--pods", WEB);

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).startsWith("Nodes to launch\nCOUNT   NODEPOOL ").contains("12 of 12 pods scheduled: ");
    }

    @Test
    void theFormCanBeChosenEitherWay() {
        assertThat(SolveRun.of("", true, "--nodepool", POOL, "--pods", WEB, "-o", "json")
                        .out())
                .startsWith("{\"pods\":12,");
        assertThat(SolveRun.of("", false, "--nodepool", POOL, "--pods", WEB, "-o", "table")
                        .out())
                .startsWith("Nodes to launch\n");
    }

    @Test
    void readsAFolderWithAllKindsAndSaysWhatItLeavesOut() {
        SolveRun run = SolveRun.of("--nodepool", POOL, "--pods", SHOP);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertConsistent(run.json());
        assertThat(run.json().path("pods").intValue()).as("3 + 4 + 1").isEqualTo(8);
        assertThat(run.json().path("scheduled").intValue()).isEqualTo(8);
        assertThat(run.errLines())
                .containsExactly(
                        "note: Pods that have ended are left out",
                        "note: skipped, as these kinds do not decide where pods go: Service");
    }

    @Test
    void usesExistingNodesFirst() {
        JsonNode answer = answer("--nodepool", POOL, "--pods", WEB, NODE);

        assertConsistent(answer);
        assertThat(answer.path("pods").intValue())
                .as("the running pod is no question")
                .isEqualTo(12);
        assertThat(answer.at("/existingNodes/0/name").asString()).isEqualTo("node-a");
        assertThat(answer.at("/existingNodes/0/pods").intValue())
                .as("2 of 4 cores are free")
                .isEqualTo(4);
    }

    @Test
    void podsWithoutAPlaceAreAnAnswer() {
        String big = SolveRun.file(folder, "big.yaml", """
                apiVersion: v1
                kind: Pod
                metadata: {name: big}
                spec:
                  containers:
                    - {name: a, resources: {requests: {cpu: 1000}}}
                """);
        JsonNode answer = answer("--nodepool", POOL, "--pods", big, "--pods", WEB);

        assertConsistent(answer);
        assertThat(answer.path("scheduled").intValue()).isEqualTo(12);
        assertThat(answer.path("unschedulable")).hasSize(1);
        assertThat(answer.at("/unschedulable/0/pod").asString()).isEqualTo("default/big");
        assertThat(answer.at("/unschedulable/0/reason").asString()).contains("nodepool \"default\"");
    }

    @Test
    void saysWhichVolumeIsMissing() {
        String pod = SolveRun.file(folder, "db.yaml", """
                apiVersion: v1
                kind: Pod
                metadata: {name: db}
                spec:
                  containers: [{name: a}]
                  volumes: [{name: v, persistentVolumeClaim: {claimName: db}}]
                """);
        JsonNode answer = answer("--nodepool", POOL, "--pods", pod);

        assertThat(answer.path("scheduled").intValue()).isZero();
        assertThat(answer.at("/unschedulable/0/reason").asString())
                .isEqualTo("volume \"v\" (PersistentVolumeClaim default/db): the claim does not exist");
    }

    @Test
    void makesNodesWhereTheVolumesOfAStatefulSetAreOrMayBeMade() {
        String set = SolveRun.file(folder, "set.yaml", """
                apiVersion: storage.k8s.io/v1
                kind: StorageClass
                metadata: {name: fast}
                provisioner: ebs.csi.aws.com
                volumeBindingMode: WaitForFirstConsumer
                allowedTopologies:
                - matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [test-zone-b]}]
                ---
                apiVersion: v1
                kind: PersistentVolume
                metadata: {name: pv-0}
                spec:
                  csi: {driver: ebs.csi.aws.com, volumeHandle: vol-0}
                  nodeAffinity:
                    required:
                      nodeSelectorTerms:
                      - matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [test-zone-c]}]
                ---
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: {name: data-db-0, annotations: {pv.kubernetes.io/bind-completed: "yes"}}
                spec: {volumeName: pv-0, storageClassName: fast}
                ---
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: {name: db}
                spec:
                  replicas: 3
                  template:
                    spec:
                      containers: [{name: a, resources: {requests: {cpu: 1}}}]
                  volumeClaimTemplates:
                  - metadata: {name: data}
                    spec: {storageClassName: fast, accessModes: [ReadWriteOnce]}
                """);
        JsonNode answer = answer("--nodepool", POOL, "--pods", set);

        assertConsistent(answer);
        assertThat(answer.path("scheduled").intValue()).isEqualTo(3);
        assertThat(answer.path("nodes").toString()).contains("test-zone-b").contains("test-zone-c");
    }

    @Test
    void readsStandardInputAndPoolsAmongThePods() throws Exception {
        String both =
                java.nio.file.Files.readString(Path.of(POOL)) + "---\n" + java.nio.file.Files.readString(Path.of(WEB));
        SolveRun run = SolveRun.of(both, false, "--pods", "-");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.json().path("scheduled").intValue()).isEqualTo(12);
    }

    @Test
    void takesInstanceTypesFromAFile() {
        String types = SolveRun.file(folder, "types.json", """
                [{"name": "only-8", "architecture": "amd64", "operatingSystems": ["linux"],
                  "resources": {"cpu": "8", "memory": "32Gi"},
                  "offerings": [
                    {"Price": 0.1, "Available": false, "Requirements": [
                      {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["z1"]},
                      {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}]},
                    {"Price": 0.3, "Requirements": [
                      {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["z2"]},
                      {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]}]}]}]
                """);
        JsonNode answer = answer("--instance-types", types, "--nodepool", POOL, "--pods", WEB);

        assertConsistent(answer);
        assertThat(answer.at("/nodes/0/instanceType").asString()).isEqualTo("only-8");
        assertThat(answer.at("/nodes/0/zone").asString()).isEqualTo("z2");
        assertThat(answer.at("/nodes/0/pricePerHourUsd").doubleValue()).isEqualTo(0.3);
    }

    @Test
    void readsAFileThatIsGivenTwiceOnce() {
        SolveRun run = SolveRun.of("--nodepool", POOL, "--pods", WEB, WEB, "--pods", POOL);

        assertThat(run.exitCode()).isZero();
        assertThat(run.json().path("pods").intValue()).isEqualTo(12);
        assertThat(run.errLines())
                .containsExactly(
                        "note: " + WEB + " is given more than once; read once",
                        "note: " + POOL + " is given more than once; read once");
    }

    @Test
    void saysWhatIsLeftOut() {
        String pods = SolveRun.file(folder, "pods.yaml", """
                apiVersion: v1
                kind: Pod
                metadata: {name: gated}
                spec: {containers: [{name: a}], schedulingGates: [{name: quota}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata:
                  name: daemon
                  ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: d, uid: u, controller: true}]
                spec: {containers: [{name: a}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: far}
                spec: {containers: [{name: a}], nodeName: elsewhere}
                ---
                apiVersion: v1
                kind: Node
                metadata: {name: bare}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {generateName: made-}
                spec: {containers: [{name: a}]}
                """);
        String pool = SolveRun.file(folder, "pool.yaml", """
                apiVersion: karpenter.sh/v1
                kind: NodePool
                metadata: {name: aws}
                spec:
                  wieght: 10
                  template:
                    spec:
                      nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: default}
                      requirements: []
                """);
        SolveRun run = SolveRun.of("--nodepool", pool, "--pods", pods);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.json().path("pods").intValue()).isEqualTo(1);
        assertThat(run.errLines())
                .containsExactly(
                        "note: " + pool + ":5, NodePool/aws: spec.wieght: unknown field, not read",
                        "note: Pod/gated waits for a scheduling gate; left out",
                        "note: Pods of DaemonSets, static Pods and Pods that are being deleted get no node made for"
                                + " them; left out",
                        "note: Node/bare states no status.allocatable, so no pod fits it",
                        "note: 1 Pod runs on Nodes that are not given; they stay where they are",
                        "note: NodePool/aws uses EC2NodeClass; built-in KWOK types stand in for it, name real ones with"
                                + " --instance-types FILE");
    }

    @Test
    void countsPricesAsNodeOverlaysSayAndTellsWhichAreNotInForce() {
        double before = answer("--nodepool", POOL, "--pods", WEB)
                .path("pricePerHourUsd")
                .asDouble();
        String overlays = SolveRun.file(folder, "overlays.yaml", """
                apiVersion: karpenter.sh/v1alpha1
                kind: NodeOverlay
                metadata: {name: half}
                spec: {requirements: [], priceAdjustment: "-50%"}
                ---
                apiVersion: karpenter.sh/v1alpha1
                kind: NodeOverlay
                metadata: {name: contradiction}
                spec: {requirements: [], price: "1"}
                """);
        SolveRun run = SolveRun.of("--nodepool", POOL, "--pods", WEB, "--pods", overlays);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.json().path("pricePerHourUsd").asDouble()).isCloseTo(before / 2, within(1e-6));
        assertThat(run.errLines())
                .singleElement(STRING)
                .startsWith(
                        "note: NodeOverlay/contradiction is left out: overlay half of the same weight 0 sets the price");
    }

    @Test
    void explainsNodesAndPodsWhenAskedTo() {
        SolveRun table = SolveRun.of("--nodepool", POOL, "--pods", WEB, NODE, "-o", "table", "--explain");
        assertThat(table.out())
                .contains(
                        "Why these nodes",
                        "Where the pods go",
                        "types will do",
                        "existing node-a",
                        "any node with room");
        JsonNode answer = answer("--nodepool", POOL, "--pods", WEB, "--explain");
        assertThat(answer.at("/nodes/0/why").asString()).contains(" fills it to ", " types will do");
        assertThat(answer("--nodepool", POOL, "--pods", WEB).at("/nodes/0").has("why"))
                .isFalse();
    }

    @Test
    void anOverlayThatMeansNothingIsAnError() {
        String overlay = SolveRun.file(folder, "overlay.yaml", """
                apiVersion: karpenter.sh/v1alpha1
                kind: NodeOverlay
                metadata: {name: wrong}
                spec: {requirements: [{key: karpenter.sh/initialized, operator: In, values: ["true"]}], price: "1"}
                """);
        SolveRun run = SolveRun.of("--nodepool", POOL, "--pods", WEB, "--pods", overlay);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("NodeOverlay/wrong: requirements: label karpenter.sh/initialized is restricted");
    }

    @Test
    void equalInputGivesAnEqualAnswer() {
        String first = SolveRun.of("--nodepool", POOL, "--pods", SHOP, "--seed", "1", "--deadline", "1m")
                .out();
        String second = SolveRun.of("--nodepool", POOL, "--pods", SHOP).out();

        assertThat(first.replaceAll("\"solveSeconds\":[^,]*", ""))
                .isEqualTo(second.replaceAll("\"solveSeconds\":[^,]*", ""));
    }

    @Test
    void podsOfADeploymentShareOneShape() {
        String many = SolveRun.file(folder, "many.yaml", """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: many}
                spec:
                  replicas: 8000
                  template:
                    spec: {containers: [{name: a, resources: {requests: {cpu: 100m}}}]}
                """);
        Problems problems = new Problems();
        OfflineCluster cluster = new OfflineCluster(problems);
        ManifestFiles files = new ManifestFiles(java.io.InputStream.nullInputStream(), problems);
        for (String path : List.of(POOL, many)) {
            files.read("--pods", path)
                    .forEach(file -> new ManifestReader(problems).read(file).forEach(cluster::add));
        }
        SchedulingInput input =
                cluster.input(KwokInstanceTypes.defaults(), true, new SchedulingArguments().read(problems));

        assertThat(problems.errors()).isEmpty();
        assertThat(input).isNotNull();
        assertThat(input.pods()).hasSize(8000);
        IdentityHashMap<PodShape, Boolean> shapes = new IdentityHashMap<>();
        input.pods().forEach(pod -> shapes.put(pod.shape(), true));
        assertThat(shapes).hasSize(1);
    }

    @Test
    void packsAsUpstreamOnRequest() {
        JsonNode cost = SolveRun.of("--nodepool", POOL, "--pods", SHOP, "--packing", "cost")
                .json();
        JsonNode upstream = SolveRun.of("--nodepool", POOL, "--pods", SHOP, "--packing", "upstream")
                .json();

        assertThat(upstream.path("scheduled")).isEqualTo(cost.path("scheduled"));
        assertThat(upstream.path("pricePerHourUsd").doubleValue())
                .isGreaterThanOrEqualTo(cost.path("pricePerHourUsd").doubleValue());
        assertThat(cost.path("lowerBoundPricePerHourUsd").doubleValue())
                .isPositive()
                .isLessThanOrEqualTo(cost.path("pricePerHourUsd").doubleValue());
    }

    @Test
    void saysThatTheTimeWasOver() {
        SolveRun run = SolveRun.of("--nodepool", POOL, "--pods", SHOP, "--deadline", "1ns");

        assertThat(run.exitCode()).isZero();
        assertThat(run.json().path("partial").booleanValue()).isTrue();
        assertThat(run.err()).contains("note: --deadline: 1ns was over before all pods had their turn");
    }

    @Test
    void helpShowsEveryOption() {
        String usage = new picocli.CommandLine(new SolveCommand()).getUsageMessage();

        assertThat(usage)
                .contains("--instance-types", "--nodepool", "--pods", "--output", "--deadline", "--packing", "--seed")
                .contains("Exit code: 0");
    }

    private static String deployment(String name, int replicas, String podSpec) {
        return """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: NAME}
                spec:
                  replicas: REPLICAS
                  selector: {matchLabels: {app: NAME}}
                  template:
                    metadata: {labels: {app: NAME}}
                    spec: {SPEC containers: [{name: c, image: none, resources: {requests: {cpu: 500m, memory: 1Gi}}}]}
                ---
                """.replace("NAME", name).replace("REPLICAS", "" + replicas).replace("SPEC", podSpec);
    }

    private static String buffer(String spec) {
        return """
                apiVersion: autoscaling.x-k8s.io/v1beta1
                kind: CapacityBuffer
                metadata: {name: spare}
                spec: SPEC
                ---
                """.replace("SPEC", spec);
    }

    @Test
    void placesTheRoomThatBuffersAskFor() {
        String file = SolveRun.file(
                folder,
                "buffer.yaml",
                deployment("web", 10, "")
                        + buffer("{scalableRef: {apiGroup: apps, kind: Deployment, name: web}, percentage: 25}"));

        SolveRun run = SolveRun.of("--nodepool", POOL, "--pods", file);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.errLines())
                .containsExactly(
                        "note: CapacityBuffer default/spare asks for room for 3 pods, which are placed along with the others");
        assertConsistent(run.json());
        assertThat(run.json().path("pods").intValue()).isEqualTo(13);
        assertThat(run.json().path("scheduled").intValue()).isEqualTo(13);
        assertThat(run.json().toString()).contains("default/capacity-buffer-spare-3");
    }

    @Test
    void aBufferMayNameAPodTemplate() {
        String file =
                SolveRun.file(folder, "buffer.yaml", """
                apiVersion: v1
                kind: PodTemplate
                metadata: {name: shape}
                template:
                  metadata: {labels: {app: shape}}
                  spec: {containers: [{name: c, image: none, resources: {requests: {cpu: "1"}}}]}
                ---
                """ + buffer("{podTemplateRef: {name: shape}, replicas: 4}"));

        JsonNode answer = answer("--nodepool", POOL, "--pods", file);

        assertConsistent(answer);
        assertThat(answer.path("scheduled").intValue()).isEqualTo(4);
    }

    @Test
    void aBufferWhoseTemplateIsNotGivenIsAMistake() {
        String file = SolveRun.file(
                folder,
                "buffer.yaml",
                deployment("web", 1, "") + buffer("{podTemplateRef: {name: shape}, replicas: 4}"));

        SolveRun run = SolveRun.of("--nodepool", POOL, "--pods", file);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errLines())
                .containsExactly("error: CapacityBuffer default/spare: spec.podTemplateRef: there is no PodTemplate"
                        + " default/shape in the input; add it to --pods");
    }

    @Test
    void preferencesCountUnlessTheyAreIgnored() {
        String nowhere = "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1,"
                + " preference: {matchExpressions: [{key: topology.kubernetes.io/zone, operator: In,"
                + " values: [test-zone-c]}]}}]}},";
        String file = SolveRun.file(folder, "pods.yaml", deployment("web", 1, nowhere));

        JsonNode respected = answer("--nodepool", POOL, "--pods", file);
        JsonNode ignored = answer("--nodepool", POOL, "--pods", file, "--preference-policy", "Ignore");

        assertThat(respected.at("/nodes/0/zone").asString()).isEqualTo("test-zone-c");
        assertThat(ignored.at("/nodes/0/zone").asString()).isEqualTo("test-zone-a");
    }

    @Test
    void aNodeMayCountForMoreThanItsPrice() {
        String file = SolveRun.file(folder, "pods.yaml", deployment("web", 40, ""));

        JsonNode cheap = answer("--nodepool", POOL, "--pods", file, "--node-cost", "0");
        JsonNode dear = answer("--nodepool", POOL, "--pods", file, "--node-cost", "10");

        assertThat(dear.path("nodes").size()).isEqualTo(1);
        assertThat(dear.path("pricePerHourUsd").doubleValue())
                .isGreaterThanOrEqualTo(cheap.path("pricePerHourUsd").doubleValue());
    }

    @Test
    void spreadsAsTheClustersSchedulerDoes() {
        String file = SolveRun.file(folder, "pods.yaml", deployment("web", 8, ""));
        String config = "{podTopologySpread: {defaultConstraints: [{maxSkew: 1,"
                + " topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule}]}}";

        JsonNode spread = answer("--nodepool", POOL, "--pods", file, "--scheduler-config", config);

        Set<String> zones = new HashSet<>();
        spread.path("nodes").forEach(node -> zones.add(node.path("zone").asString()));
        assertConsistent(spread);
        assertThat(zones).hasSize(4);
        assertThat(answer("--nodepool", POOL, "--pods", file).path("nodes")).hasSizeLessThan(4);
    }

    @Test
    void badSettingsAreMistakesThatNameTheCure() {
        SolveRun run = SolveRun.of(
                "--nodepool",
                POOL,
                "--pods",
                WEB,
                "--preference-policy",
                "respect",
                "--min-values-policy",
                "Loose",
                "--node-cost",
                "-1",
                "--scheduler-config",
                "{spread: 1}",
                "--packing",
                "tight");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errLines())
                .containsExactly(
                        "error: --preference-policy: \"respect\" is not one of Ignore, Respect",
                        "error: --min-values-policy: \"Loose\" is not one of BestEffort, Strict",
                        "error: --scheduler-config: spread is not allowed here; allowed are [podTopologySpread]",
                        "error: --packing: \"tight\" is no way of packing; write cost or upstream",
                        "error: --node-cost: \"-1\" is not between 0 and 1000");
    }
}
