package karpenter.core.disruption;

import karpenter.core.cluster.NodeState;

/** Whether a machine may be disrupted. */
public sealed interface CandidateVerdict {
    NodeState machine();

    record Eligible(Candidate candidate) implements CandidateVerdict {
        @Override
        public NodeState machine() {
            return candidate.machine();
        }
    }

    record Ineligible(NodeState machine, Blocked reason) implements CandidateVerdict {}
}
