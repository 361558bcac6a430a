package karpenter.kube;

import java.time.Duration;
import karpenter.core.cluster.PodKey;
import karpenter.core.port.PodEvictor;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.Call;
import karpenter.kube.http.Reply;
import karpenter.kube.http.ResourcePath;
import karpenter.runtime.LeaderGate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Evicts and deletes pods. Any thread. */
final class KubePodEvictor implements PodEvictor {
    private static final ResourcePath PODS = new ResourcePath("", "v1", "Pod", "pods", true);
    /** How the eviction subresource says that it can't count one eviction against two budgets. */
    private static final String MULTIPLE_BUDGETS = "more than one PodDisruptionBudget";
    /** How both refusals of a uid precondition name what does not match. */
    private static final String UID = "UID";

    private final ApiClient api;
    private final LeaderGate gate;

    KubePodEvictor(ApiClient api, LeaderGate gate) {
        this.api = api;
        this.gate = gate;
    }

    @Override
    public EvictionResult evict(PodKey pod, String uid) {
        gate.require();
        ObjectNode eviction = JsonNodeFactory.instance.objectNode();
        eviction.put("apiVersion", "policy/v1");
        eviction.put("kind", "Eviction");
        eviction.putObject("metadata").put("name", pod.name()).put("namespace", pod.namespace());
        eviction.putObject("deleteOptions").putObject("preconditions").put("uid", uid);
        return result(Call.create(PODS, pod.namespace(), pod.name(), "eviction", eviction.toString()));
    }

    @Override
    public EvictionResult delete(PodKey pod, String uid, Duration grace) {
        gate.require();
        return result(Call.delete(PODS, pod.namespace(), pod.name(), KubeObjectWriter.deleteOptions(uid, grace)));
    }

    private EvictionResult result(Call call) {
        return switch (api.call(call, KubeObjectWriter.DEADLINE)) {
            case Reply.Failed(String message) -> new EvictionResult.Failed(0, message);
            case Reply.Answered answer when answer.ok() -> new EvictionResult.Accepted(answer.status());
            case Reply.Answered answer -> refusal(answer.status(), answer.message(), answer.json());
        };
    }

    private static EvictionResult refusal(int status, String message, JsonNode answer) {
        if (status == 404 || (status == 409 && message.contains(UID))) {
            return new EvictionResult.Gone(status);
        }
        if (status == 429 && causedByBudget(answer)) {
            return new EvictionResult.Blocked(status, false, message);
        }
        if (status == 500 && message.contains(MULTIPLE_BUDGETS)) {
            return new EvictionResult.Blocked(status, true, message);
        }
        return new EvictionResult.Failed(status, message);
    }

    /** An overloaded server answers 429 too, and that says nothing about the pod. */
    private static boolean causedByBudget(JsonNode answer) {
        for (JsonNode cause : answer.path("details").path("causes")) {
            if (cause.path("reason").asString("").equals("DisruptionBudget")) {
                return true;
            }
        }
        return answer.path("message").asString("").contains("disruption budget");
    }
}
