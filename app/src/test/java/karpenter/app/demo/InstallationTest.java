package karpenter.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class InstallationTest {
    private final FakeDemoCluster cluster = new FakeDemoCluster();

    @Test
    void holdsDefinitionsRightsAndPoolInTheOrderTheyDependOnEachOther() {
        List<String> names = Installation.manifests(false, false).stream()
                .map(Document::toString)
                .toList();

        assertThat(names)
                .startsWith("CustomResourceDefinition nodepools.karpenter.sh")
                .contains(
                        "CustomResourceDefinition kwoknodeclasses.karpenter.kwok.sh",
                        "ServiceAccount kube-system/karpenter",
                        "ClusterRole karpenter-core",
                        "ClusterRole karpenter-nominations",
                        "Role kube-node-lease/karpenter-lease")
                .endsWith("KWOKNodeClass default", "NodePool default");
    }

    @Test
    void removesWhatItMadeLastFirst() {
        Installation installation = new Installation(cluster, false);
        Installation.manifests(false, false).forEach(installation::add);

        installation.close();

        assertThat(cluster.objects).isEmpty();
        assertThat(cluster.deleted)
                .startsWith("NodePool default", "KWOKNodeClass default")
                .endsWith(
                        "CustomResourceDefinition nodepools.karpenter.sh",
                        "Lease kube-system/karpenter-leader-election");
    }

    @Test
    void refusesASharedClusterWhereAnObjectExistsAndLeavesThatObject() {
        List<Document> documents = Installation.manifests(true, false);
        Document theirs = documents.get(3);
        cluster.create(theirs);
        Installation installation = new Installation(cluster, true);

        assertThatThrownBy(() -> documents.forEach(installation::add))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(theirs + " exists already");
        installation.close();

        assertThat(cluster.objects).containsOnlyKeys(theirs.toString());
    }

    @Test
    void looksBeforeItAddsAnythingToASharedCluster() {
        List<Document> documents = Installation.manifests(true, false);
        Document theirs = documents.getLast();
        cluster.create(theirs);
        Installation installation = new Installation(cluster, true);

        assertThatThrownBy(() -> documents.forEach(installation::check))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(theirs + " exists already");

        assertThat(cluster.objects).containsOnlyKeys(theirs.toString());
        documents.forEach(new Installation(cluster, false)::check);
    }

    @Test
    void deletesNothingTwice() {
        Installation installation = new Installation(cluster, false);
        Document deployment = new Workload(1, "", "", false).deployment();
        installation.add(deployment);

        installation.remove(deployment);
        installation.close();

        assertThat(cluster.deleted).containsExactly("Deployment default/nginx");
    }

    @Test
    void leavesADeploymentOfTheSameNameAlone() {
        Document deployment = new Workload(1, "", "", true).deployment();
        cluster.create(deployment);
        Installation installation = new Installation(cluster, true);

        assertThatThrownBy(() -> installation.add(deployment)).hasMessageContaining("exists already");
        installation.remove(deployment);
        installation.close();

        assertThat(cluster.deleted).isEmpty();
    }

    @Test
    void trainingLetsEmptyNodesGoAtOnce() {
        Document pool = Installation.manifests(false, true).getLast();

        assertThat(pool.tree().at("/spec/disruption/consolidateAfter").asString())
                .isEqualTo("0s");
    }
}
