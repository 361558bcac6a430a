package karpenter.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import karpenter.core.cluster.PodKey;
import karpenter.core.port.PodNominator;
import karpenter.runtime.LeaderGate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Nominations in a real cluster, with the rights that are shipped for them. */
@ExtendWith(TestCluster.Extension.class)
class KubePodNominatorIT {
    private static final Path RIGHTS = Path.of("../app/src/main/resources/karpenter/manifests/rbac-nominations.yaml");

    private final Manifests admin;
    private final PodNominator nominator;

    KubePodNominatorIT(TestCluster cluster) throws IOException {
        admin = cluster.admin().manifests();
        nominator = cluster.karpenter().nominator(LeaderGate.open());
        admin.apply(Files.readString(RIGHTS));
    }

    @Test
    void nominatesThePodOfThatUidOnly() {
        admin.apply("""
            apiVersion: v1
            kind: Node
            metadata: {name: nominated}
            spec: {taints: [{key: karpenter.sh/unregistered, effect: NoExecute}]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: wishful}
            spec: {schedulerName: nobody, containers: [{name: c, image: none}]}
            """);
        PodKey key = new PodKey("default", "wishful");
        String uid = pod().path("metadata").path("uid").asString();

        assertThat(nominator.nominate(key, "another", "nominated")).isFalse();
        assertThat(nominator.nominate(new PodKey("default", "none"), uid, "nominated"))
                .isFalse();
        assertThat(nominated()).isEmpty();
        assertThat(nominator.nominate(key, uid, "nominated")).isTrue();
        assertThat(nominated()).isEqualTo("nominated");
    }

    private JsonNode pod() {
        return admin.get("/api/v1/namespaces/default/pods/wishful");
    }

    private String nominated() {
        return pod().path("status").path("nominatedNodeName").asString("");
    }
}
