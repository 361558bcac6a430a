package karpenter.kube;

import karpenter.core.port.PersistentVolumeLookup;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.Call;
import karpenter.kube.http.Reply;
import karpenter.kube.http.ResourcePath;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the API server each time: only nodes that are being drained ask, and only for pods that won't be drained. Any thread.
 */
final class KubePersistentVolumes implements PersistentVolumeLookup {
    private static final Logger LOG = LoggerFactory.getLogger(KubePersistentVolumes.class);
    private static final ResourcePath CLAIMS =
            new ResourcePath("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true);

    private final ApiClient api;

    KubePersistentVolumes(ApiClient api) {
        this.api = api;
    }

    @Override
    public @Nullable String volumeOf(String namespace, String claimName) {
        Call call = Call.get(CLAIMS, namespace, claimName);
        return switch (api.call(call, KubeObjectWriter.DEADLINE)) {
            case Reply.Answered answer
            when answer.ok() -> {
                String volume = answer.json().path("spec").path("volumeName").asString("");
                yield volume.isEmpty() ? null : volume;
            }
            case Reply.Answered answer -> {
                if (answer.status() != 404) {
                    unreadable(call, answer.message());
                }
                yield null;
            }
            case Reply.Failed(String message) -> {
                unreadable(call, message);
                yield null;
            }
        };
    }

    /** Unknown means waited for, which is safe; the drain asks again a second later. */
    private static void unreadable(Call call, String message) {
        LOG.atWarn().addKeyValue("error", message).log("Can't read a PersistentVolumeClaim ({})", call);
    }
}
