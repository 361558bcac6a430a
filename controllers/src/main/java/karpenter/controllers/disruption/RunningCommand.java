package karpenter.controllers.disruption;

import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import karpenter.core.disruption.Candidate;
import karpenter.core.disruption.DisruptionCommand;

/** A command on its way, and how far each of its nodes is. Guarded by the queue: one thread has a command at a time. */
final class RunningCommand {
    final String id;
    final DisruptionCommand command;
    final Instant startedAt;

    /** By machine key: to be marked. */
    final Map<String, Candidate> unmarked = new LinkedHashMap<>();

    /** By machine key: marked, to be checked once more and deleted. */
    final Map<String, Candidate> marked = new LinkedHashMap<>();

    /** Keys of machines whose deletion was asked for without an answer. */
    final Set<String> asked = new HashSet<>();

    int tries;
    boolean settled;

    RunningCommand(String id, DisruptionCommand command, Instant startedAt) {
        this.id = id;
        this.command = command;
        this.startedAt = startedAt;
        command.candidates().forEach(candidate -> unmarked.put(candidate.key(), candidate));
    }
}
