package karpenter.kube;

import karpenter.core.cluster.PodKey;
import karpenter.core.port.PodNominator;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.Call;
import karpenter.kube.http.Reply;
import karpenter.kube.http.ResourcePath;
import karpenter.runtime.LeaderGate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes nominations into pods' status. Needs the right to patch pods/status. Any thread. */
final class KubePodNominator implements PodNominator {
    private static final Logger LOG = LoggerFactory.getLogger(KubePodNominator.class);
    private static final ResourcePath PODS = new ResourcePath("", "v1", "Pod", "pods", true);

    private final ApiClient api;
    private final LeaderGate gate;

    KubePodNominator(ApiClient api, LeaderGate gate) {
        this.api = api;
        this.gate = gate;
    }

    @Override
    public boolean nominate(PodKey pod, String uid, String nodeName) {
        gate.require();
        ObjectNode patch = JsonNodeFactory.instance.objectNode();
        // Another uid is a conflict: the pod's successor was not meant.
        patch.putObject("metadata").put("uid", uid);
        patch.putObject("status").put("nominatedNodeName", nodeName);
        Call call = Call.mergePatch(PODS, pod.namespace(), pod.name(), "status", patch.toString());
        return switch (api.call(call, KubeObjectWriter.DEADLINE)) {
            case Reply.Answered answer when answer.ok() -> true;
            case Reply.Answered answer -> failed(pod, answer.message());
            case Reply.Failed(String message) -> failed(pod, message);
        };
    }

    private static boolean failed(PodKey pod, String why) {
        LOG.debug("Pod {} is not nominated, so the scheduler chooses by itself: {}", pod, why);
        return false;
    }
}
