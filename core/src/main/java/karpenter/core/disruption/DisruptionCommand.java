package karpenter.core.disruption;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Nodes to disrupt together, for one reason. */
public record DisruptionCommand(DisruptionMethod method, List<Candidate> candidates) {
    public static final String DELETE = "delete";

    public DisruptionCommand {
        candidates = List.copyOf(candidates);
    }

    public DisruptionReason reason() {
        return method.reason();
    }

    /** {@code delete}: nothing is launched in their place. */
    public String decision() {
        return DELETE;
    }

    public int podCount() {
        return candidates.stream()
                .mapToInt(candidate -> candidate.reschedulable().size())
                .sum();
    }

    /** The machines' keys. */
    public Set<String> keys() {
        return candidates.stream().map(Candidate::key).collect(Collectors.toUnmodifiableSet());
    }
}
