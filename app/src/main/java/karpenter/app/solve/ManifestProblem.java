package karpenter.app.solve;

import java.util.List;
import karpenter.core.catalog.InstanceType;
import karpenter.core.scheduling.Objective;
import karpenter.core.scheduling.Packing;
import karpenter.core.scheduling.SchedulingInput;

/** Manifests as a scheduling problem, for callers other than the command: the same way in, without files. */
public final class ManifestProblem {
    /** Nothing counts but the price. */
    private static final SchedulingArguments.Settings SETTINGS =
            new SchedulingArguments.Settings(true, false, List.of(), Packing.COST, Objective.PRICE);

    private ManifestProblem() {}

    /**
     * Reads manifests.
     *
     * @param label what messages call the text's origin
     * @param json any number of JSON objects, one after another
     * @param types what can be bought in every pool
     * @throws IllegalArgumentException when anything is wrong with the manifests, with all that is
     */
    public static SchedulingInput pose(String label, String json, List<InstanceType> types) {
        Problems problems = new Problems();
        OfflineCluster cluster = new OfflineCluster(problems);
        new ManifestReader(problems).read(new ManifestFile(label, json, true)).forEach(cluster::add);
        SchedulingInput input = problems.any() ? null : cluster.input(types, false, SETTINGS);
        if (input == null) {
            throw new IllegalArgumentException(String.join("\n", problems.errors()));
        }
        return input;
    }
}
