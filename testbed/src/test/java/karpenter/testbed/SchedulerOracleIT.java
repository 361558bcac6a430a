package karpenter.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import karpenter.testbed.ControlPlane.Options;
import org.junit.jupiter.api.Test;

/** The real oracle, alone and beside a real scheduler. */
class SchedulerOracleIT {
    private static final String PODS = "/api/v1/namespaces/default/pods";

    /** Pods that no node of {@link #addNodes} takes, each for reasons of its own. */
    private static final List<String> HOMELESS = List.of(
            "{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"resources\":{\"requests\":{\"cpu\":\"5\"}}}]}",
            "{\"nodeSelector\":{\"disk\":\"ssd\"},\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}",
            "{\"affinity\":{\"podAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":"
                    + "\"zone\",\"labelSelector\":{\"matchLabels\":{\"app\":\"none\"}}}]}},"
                    + "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}",
            "{\"topologySpreadConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"missing\",\"whenUnsatisfiable\":"
                    + "\"DoNotSchedule\",\"labelSelector\":{\"matchLabels\":{\"app\":\"none\"}}}],"
                    + "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}",
            "{\"volumes\":[{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"missing\"}}],"
                    + "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}");

    @Test
    void manyCasesKeepTheirOrder() {
        List<String> cases =
                IntStream.range(0, 200).mapToObj(i -> "{\"id\":" + i + "}").toList();
        try (SchedulerOracle oracle = SchedulerOracle.start(2)) {
            List<String> answers = oracle.answers(cases);
            assertThat(answers).isEqualTo(cases);
            assertThat(oracle.answer("{\"id\":\"x\",\"nods\":[]}")).contains("unknown field \\\"nods\\\"");
        }
    }

    @Test
    void saysTheSameAsTheSchedulerOfACluster() {
        try (ControlPlane controlPlane = ControlPlane.start(Options.defaults());
                KubeApi api = KubeApi.of(controlPlane.kubeconfig());
                SchedulerOracle oracle = SchedulerOracle.start()) {
            addNodes(api);
            for (int i = 0; i < HOMELESS.size(); i++) {
                api.create(PODS, pod("homeless-" + i, HOMELESS.get(i))).orThrow();
            }
            // Least allocated: the only node with nothing else on it is "large".
            api.create(PODS, pod("small", "{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}"))
                    .orThrow();
            List<String> messages = new ArrayList<>();
            for (int i = 0; i < HOMELESS.size(); i++) {
                String path = PODS + "/homeless-" + i;
                messages.add(unschedulable(api.await(
                                path,
                                Duration.ofSeconds(60),
                                answer -> answer.body().contains("Unschedulable"))
                        .body()));
            }
            String bound = api.await(
                            PODS + "/small",
                            Duration.ofSeconds(60),
                            answer -> answer.body().contains("nodeName"))
                    .body();

            String answer = oracle.answer("{\"mode\":\"schedule\",\"nodes\":" + items(api, "/api/v1/nodes")
                    + ",\"pods\":" + items(api, PODS + "?labelSelector=homeless") + "}");
            assertThat(messages)
                    .hasSize(HOMELESS.size())
                    .allSatisfy(message -> assertThat(answer).contains("\"reason\":\"" + message + "\""));
            String again = oracle.answer("{\"mode\":\"schedule\",\"nodes\":" + items(api, "/api/v1/nodes")
                    + ",\"pods\":[" + pod("small", "{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}") + "]}");
            assertThat(bound).contains("\"nodeName\":\"large\"");
            assertThat(again).contains("\"node\":\"large\"");
        }
    }

    private static void addNodes(KubeApi api) {
        api.create("/api/v1/nodes", node("large", 4, "")).orThrow();
        api.create("/api/v1/nodes", node("cordoned", 8, "\"unschedulable\":true"))
                .orThrow();
        api.create("/api/v1/nodes", node("tainted", 8, "\"taints\":[{\"key\":\"k\",\"effect\":\"NoSchedule\"}]"))
                .orThrow();
        // Admission taints a new node, and the node lifecycle controller lifts that when the node is ready.
        api.await(
                "/api/v1/nodes/large",
                Duration.ofSeconds(60),
                answer -> !answer.body().contains("not-ready"));
        api.await(
                "/api/v1/nodes/tainted",
                Duration.ofSeconds(60),
                answer -> !answer.body().contains("not-ready"));
        api.await(
                "/api/v1/nodes/cordoned",
                Duration.ofSeconds(60),
                answer -> !answer.body().contains("not-ready"));
    }

    private static String node(String name, int cpus, String spec) {
        return String.format(
                Locale.ROOT,
                "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"kubernetes.io/hostname\":\"%s\",\"zone\":\"z\"},"
                        + "\"annotations\":{\"kwok.x-k8s.io/node\":\"fake\"}},\"spec\":{%s},"
                        + "\"status\":{\"capacity\":{\"cpu\":\"%d\",\"memory\":\"8Gi\",\"pods\":\"10\"}}}",
                name,
                name,
                spec,
                cpus);
    }

    private static String pod(String name, String spec) {
        return "{\"metadata\":{\"name\":\"" + name + "\",\"labels\":{\"" + name.replaceAll("-.*", "")
                + "\":\"\"}},\"spec\":" + spec + "}";
    }

    /** Returns the text of a list's items: the objects as the API server has them. */
    private static String items(KubeApi api, String path) {
        String list = api.get(path).orThrow().body();
        return list.substring(list.indexOf("\"items\":") + "\"items\":".length(), list.lastIndexOf('}'));
    }

    private static String unschedulable(String pod) {
        Matcher message =
                Pattern.compile("\"message\":\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(pod);
        assertThat(message.find()).as(pod).isTrue();
        return message.group(1);
    }
}
