package karpenter.app.fidelity;

import java.util.List;

/**
 * What the check of a case found.
 *
 * @param pods that were to be placed
 * @param unschedulable of these, called so, and held against everything that could be bought
 * @param refused of these, refused for what they ask, whatever nodes there are
 * @param orderly of these, let onto their nodes in the order of planning but not as the last: others came after them
 */
record Outcome(int pods, int unschedulable, int refused, int orderly, List<Disagreement> disagreements) {
    Outcome {
        disagreements = List.copyOf(disagreements);
    }
}
