package karpenter.kube;

import java.net.HttpURLConnection;
import java.util.concurrent.atomic.AtomicBoolean;
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

/**
 * Writes nominations into pods' status. Needs the right to patch pods/status; without it, it says so once and asks no more. A pod
 * that was bound a moment ago is refused (422), as it should be. Any thread.
 */
final class KubePodNominator implements PodNominator {
    private static final Logger LOG = LoggerFactory.getLogger(KubePodNominator.class);
    private static final ResourcePath PODS = new ResourcePath("", "v1", "Pod", "pods", true);

    private final ApiClient api;
    private final LeaderGate gate;
    private final AtomicBoolean forbidden = new AtomicBoolean();

    KubePodNominator(ApiClient api, LeaderGate gate) {
        this.api = api;
        this.gate = gate;
    }

    @Override
    public boolean nominate(PodKey pod, String uid, String nodeName) {
        gate.require();
        if (forbidden.get()) {
            return false;
        }
        ObjectNode patch = JsonNodeFactory.instance.objectNode();
        // Another uid is a conflict: the pod's successor was not meant.
        patch.putObject("metadata").put("uid", uid);
        patch.putObject("status").put("nominatedNodeName", nodeName);
        Call call = Call.mergePatch(PODS, pod.namespace(), pod.name(), "status", patch.toString());
        return switch (api.call(call, KubeObjectWriter.DEADLINE)) {
            case Reply.Answered answer when answer.ok() -> true;
            case Reply.Answered answer
            when answer.status() == HttpURLConnection.HTTP_FORBIDDEN -> forbidden(answer.message());
            case Reply.Answered answer -> failed(pod, answer.message());
            case Reply.Failed(String message) -> failed(pod, message);
        };
    }

    private boolean forbidden(String why) {
        if (forbidden.compareAndSet(false, true)) {
            LOG.atWarn()
                    .addKeyValue("error", why)
                    .log(
                            "Pods aren't nominated to the nodes planned for them, so that more nodes may be bought than planned;"
                                    + " grant the right to patch pods/status (rbac-nominations.yaml) and restart,"
                                    + " or set --nominate-pods=false");
        }
        return false;
    }

    private static boolean failed(PodKey pod, String why) {
        LOG.debug("Pod {} is not nominated, so the scheduler chooses by itself: {}", pod, why);
        return false;
    }
}
