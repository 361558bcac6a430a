package karpenter.app;

import karpenter.app.bench.BenchCommand;
import karpenter.app.controller.ControllerCommand;
import karpenter.app.demo.DemoCommand;
import karpenter.app.demo.TrainCommand;
import karpenter.app.fidelity.FidelityCommand;
import karpenter.app.options.Options;
import karpenter.app.solve.SolveCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What {@code karpenter} without a command, or with a wrong one, answers. */
@Command(
        name = "karpenter",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "A Kubernetes node autoscaler: launches the machines that pending pods need, and removes what is"
                + " empty.",
        subcommands = {
            RootCommand.Controller.class,
            DemoCommand.class,
            SolveCommand.class,
            BenchCommand.class,
            TrainCommand.class,
            FidelityCommand.class
        })
final class RootCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "which command? controller, demo or solve");
    }

    /** For the list of commands; {@link Main} runs the controller before this library is loaded. */
    @Command(name = ControllerCommand.NAME, description = "Runs the controller against a cluster.")
    static final class Controller implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("the controller is started by Main; its flags are\n" + Options.help());
        }
    }
}
