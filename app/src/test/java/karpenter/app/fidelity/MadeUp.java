package karpenter.app.fidelity;

/** A cluster of one pool with one type in two zones, and one pod. */
final class MadeUp {
    private MadeUp() {}

    /** @param podSpec members of the pod's spec besides its container; may be empty */
    static FidelityCase cluster(String podSpec) {
        return FidelityCase.parse(
                """
                {"title": "made up", "types": [
                {"name": "m-4x", "architecture": "amd64", "operatingSystems": ["linux"],
                 "resources": {"cpu": "4", "memory": "16Gi"}, "offerings": [%s, %s]}
                ], "objects": [
                {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "pool-0"}, "spec": {"template": {"spec":
                 {"nodeClassRef": {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "default"}, "requirements": []}}}},
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": {"containers": [{"name": "c"}]%s}}
                ]}\
                """.formatted(offering("zone-a"), offering("zone-b"), podSpec.isEmpty() ? "" : ", " + podSpec));
    }

    private static String offering(String zone) {
        return """
            {"Price": 0.1, "Available": true, "Requirements": [
             {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["%s"]},
             {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]}]}\
            """.formatted(zone);
    }
}
