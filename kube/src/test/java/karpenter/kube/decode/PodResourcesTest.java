package karpenter.kube.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import karpenter.core.resource.ResourceVector;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

/** What a pod requests, case by case as kube-scheduler counts it. */
@Covers("utils: resources")
class PodResourcesTest {
    private static final long MI = 1024 * 1024;

    private static PodResources of(String pod, boolean asWritten) {
        Tree tree = Tree.root("Pod", Yaml.tree(pod));
        return new PodResources(tree.get("spec"), tree.get("status"), asWritten);
    }

    private static ResourceVector requests(String pod) {
        return of(pod, false).requests();
    }

    private static ResourceVector onePodOf(long milliCpu, long memoryMi) {
        return ResourceVector.of(milliCpu, memoryMi * MI).with("pods", 1);
    }

    @Test
    void aPodWithoutRequestsTakesOnlyItsPlace() {
        assertThat(requests("spec: {containers: [{name: a}]}")).isEqualTo(onePodOf(0, 0));
    }

    @Test
    void containersAddUp() {
        assertThat(requests("""
                spec:
                  containers:
                  - {name: a, resources: {requests: {cpu: 100m, memory: 64Mi}}}
                  - {name: b, resources: {requests: {cpu: "1", nvidia.com/gpu: 2}}}
                """)).isEqualTo(onePodOf(1100, 64).with("nvidia.com/gpu", 2));
    }

    @Test
    void roundingHappensOnceAtTheEnd() {
        assertThat(requests("""
                spec:
                  containers:
                  - {name: a, resources: {requests: {cpu: 100u, memory: "100m"}}}
                  - {name: b, resources: {requests: {cpu: 100u, memory: "100m"}}}
                """)).isEqualTo(ResourceVector.of(1, 1).with("pods", 1));
    }

    @Test
    void theLargestInitContainerCountsWhenItIsLarger() {
        assertThat(requests("""
                spec:
                  initContainers:
                  - {name: i, resources: {requests: {cpu: "2", memory: 10Mi}}}
                  - {name: j, resources: {requests: {cpu: "1", memory: 20Mi}}}
                  containers:
                  - {name: a, resources: {requests: {cpu: 500m, memory: 64Mi}}}
                """)).isEqualTo(onePodOf(2000, 64));
    }

    @Test
    void sidecarsRunBesideTheContainersAndBesideLaterInitContainers() {
        assertThat(requests("""
                spec:
                  initContainers:
                  - {name: first, resources: {requests: {cpu: 900m}}}
                  - {name: s1, restartPolicy: Always, resources: {requests: {cpu: 200m, memory: 10Mi}}}
                  - {name: s2, restartPolicy: Always, resources: {requests: {cpu: 300m, memory: 10Mi}}}
                  - {name: last, resources: {requests: {cpu: 700m}}}
                  containers:
                  - {name: a, resources: {requests: {cpu: 100m, memory: 64Mi}}}
                """))
                .as("init phase 200 + 300 + 700, running phase 600")
                .isEqualTo(onePodOf(1200, 84));
    }

    @Test
    void overheadComesOnTop() {
        String pod = """
                spec:
                  overhead: {cpu: 250m, memory: 120Mi}
                  containers:
                  - {name: a, resources: {requests: {cpu: 100m}, limits: {cpu: 200m}}}
                """;
        assertThat(requests(pod)).isEqualTo(onePodOf(350, 120));
        assertThat(of(pod, false).limits()).as("only where there is a limit").isEqualTo(ResourceVector.of(450, 0));
    }

    @Test
    void requestsForThePodAsAWholeReplaceTheSum() {
        assertThat(requests("""
                spec:
                  resources: {requests: {cpu: "3", example.com/x: "9"}}
                  overhead: {cpu: 100m}
                  containers:
                  - {name: a, resources: {requests: {cpu: "4", memory: 64Mi}}}
                """)).as("cpu, memory and huge pages only").isEqualTo(onePodOf(3100, 64));
    }

    @Test
    void aResizeInPlaceCountsTheLargestOfWantedAllocatedAndActual() {
        String pod = """
                spec:
                  containers:
                  - {name: a, resources: {requests: {cpu: "1", memory: 64Mi}}}
                  - {name: b, resources: {requests: {cpu: 100m}}}
                status:
                  conditions: [{type: PodResizePending, reason: REASON}]
                  containerStatuses:
                  - name: a
                    allocatedResources: {cpu: 2, memory: 32Mi}
                    resources: {requests: {cpu: 1500m, memory: 48Mi}}
                  - {name: b, allocatedResources: {cpu: "7"}}
                """;
        assertThat(requests(pod.replace("REASON", "Deferred")))
                .as("b's status has no resources yet")
                .isEqualTo(onePodOf(2100, 64));
        assertThat(requests(pod.replace("REASON", "Infeasible")))
                .as("what is wanted will not come")
                .isEqualTo(onePodOf(2100, 48));
    }

    @Test
    void aResizeOfSidecarsCountsButNotOfOtherInitContainers() {
        assertThat(requests("""
                spec:
                  initContainers:
                  - {name: s, restartPolicy: Always, resources: {requests: {cpu: 100m}}}
                  - {name: i, resources: {requests: {cpu: 100m}}}
                  containers: [{name: a}]
                status:
                  initContainerStatuses:
                  - {name: s, resources: {requests: {cpu: 400m}}}
                  - {name: i, resources: {requests: {cpu: "5"}}}
                """)).isEqualTo(onePodOf(500, 0));
    }

    @Test
    void aResizeOfThePodAsAWholeCountsTheLargest() {
        assertThat(requests("""
                spec:
                  resources: {requests: {cpu: "1"}}
                  containers: [{name: a}]
                status:
                  allocatedResources: {cpu: "2", memory: 1Gi}
                  resources: {requests: {cpu: 1500m}}
                """)).as("memory is not set for the pod").isEqualTo(onePodOf(2000, 0));
    }

    @Test
    void limitsBecomeRequestsOnlyInWhatPeopleWrite() {
        String pod = """
                spec:
                  containers:
                  - {name: a, resources: {requests: {cpu: 100m}, limits: {cpu: "1", memory: 64Mi}}}
                """;
        assertThat(of(pod, true).requests()).isEqualTo(onePodOf(100, 64));
        assertThat(of(pod, false).requests()).isEqualTo(onePodOf(100, 0));
        assertThat(of(pod, false).limits()).isEqualTo(ResourceVector.of(1000, 64 * MI));
    }

    @Test
    void limitsOfThePodBecomeItsRequestsWhereNoContainerRequests() {
        assertThat(of("""
                spec:
                  resources: {limits: {cpu: "4", memory: 1Gi}}
                  containers:
                  - {name: a, resources: {requests: {cpu: 100m}}}
                """, true).requests()).isEqualTo(onePodOf(100, 1024));
    }

    @Test
    void aMalformedQuantityNamesFieldValueAndForm() {
        assertThatThrownBy(() -> requests("""
                        metadata: {namespace: ns, name: web}
                        spec:
                          containers:
                          - {name: a}
                          - {name: b, resources: {requests: {memory: 64MB}}}
                        """))
                .isInstanceOf(DecodeException.class)
                .hasMessageStartingWith(
                        "Pod ns/web: spec.containers[1].resources.requests.memory: \"64MB\" is not a quantity; write");
    }
}
