package karpenter.app.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Measures the scheduler. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures the scheduler on made-up pods. Needs no cluster.",
        subcommands = {SchedulingBench.class, CostBench.class})
public final class BenchCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "which one? scheduling or cost");
    }
}
