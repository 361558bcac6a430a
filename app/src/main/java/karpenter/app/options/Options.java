package karpenter.app.options;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import karpenter.core.scheduling.Packing;
import org.jspecify.annotations.Nullable;

/**
 * The controller's settings.
 *
 * @param memoryLimitBytes -1 for none
 * @param cpuRequestsMilli at least 1
 * @param leaderElectionNamespace empty for the namespace the pod runs in
 * @param bindAddress where probes and metrics listen: all interfaces in a cluster, loopback in demo and tests
 * @param kubeconfig path, empty for the in-cluster account
 * @param nodeCostPerHourUsd what a node counts for beyond its price when plans are compared
 * @param warnings what was odd about the input, to be logged once logging works
 */
public record Options(
        String karpenterService,
        int metricsPort,
        int healthProbePort,
        int kubeClientQps,
        int kubeClientBurst,
        boolean enableProfiling,
        boolean disableControllerWarmup,
        boolean disableLeaderElection,
        boolean disableClusterStateObservability,
        String leaderElectionName,
        String leaderElectionNamespace,
        long memoryLimitBytes,
        int cpuRequestsMilli,
        String logLevel,
        String logOutputPaths,
        String logErrorOutputPaths,
        Duration batchMaxDuration,
        Duration batchIdleDuration,
        String preferencePolicy,
        String minValuesPolicy,
        boolean ignoreDraRequests,
        FeatureGates featureGates,
        SchedulerConfig schedulerConfig,
        String instanceTypesFilePath,
        String bindAddress,
        String kubeconfig,
        Packing packing,
        double nodeCostPerHourUsd,
        boolean nominatePods,
        List<String> warnings) {

    /** Every flag in the order help shows them: upstream's first, ours apart at the end. */
    public static final List<Flag<?>> FLAGS;

    private static final int MOST_PORT = 65_535;

    private static final Flag<String> KARPENTER_SERVICE = Flag.text(
            "karpenter-service", "", "The Karpenter Service name for the dynamic webhook certificate (no effect)");
    private static final Flag<Integer> METRICS_PORT =
            Flag.integer("metrics-port", 8080, 0, MOST_PORT, "The port the metric endpoint binds to");
    private static final Flag<Integer> HEALTH_PROBE_PORT =
            Flag.integer("health-probe-port", 8081, 0, MOST_PORT, "The port the health probe endpoint binds to");
    private static final Flag<Integer> KUBE_CLIENT_QPS = Flag.integer(
            "kube-client-qps", 200, 1, 1_000_000, "Smoothed rate of requests to kube-apiserver, per second");
    private static final Flag<Integer> KUBE_CLIENT_BURST =
            Flag.integer("kube-client-burst", 300, 1, 1_000_000, "Requests to kube-apiserver allowed at once");
    private static final Flag<Boolean> ENABLE_PROFILING =
            Flag.bool("enable-profiling", false, "Serve profiles on the metrics port");
    private static final Flag<Boolean> DISABLE_CONTROLLER_WARMUP = Flag.bool(
            "disable-controller-warmup",
            true,
            "No effect: watches always start before leadership, so that a standby takes over at once");
    private static final Flag<Boolean> DISABLE_LEADER_ELECTION =
            Flag.bool("disable-leader-election", false, "Act without holding the lease; only for a single replica");
    private static final Flag<Boolean> DISABLE_OBSERVABILITY = Flag.bool(
            "disable-cluster-state-observability", false, "Turn off the metrics of single pods, nodes and pools");
    private static final Flag<String> LEADER_ELECTION_NAME =
            Flag.text("leader-election-name", "karpenter-leader-election", "Name of the lease");
    private static final Flag<String> LEADER_ELECTION_NAMESPACE =
            Flag.text("leader-election-namespace", "", "Namespace of the lease; empty for the pod's own");
    private static final Flag<Long> MEMORY_LIMIT = Flag.number(
            "memory-limit",
            -1,
            "Memory limit of the container in bytes, -1 for none; a heap that may outgrow it is warned of");
    private static final Flag<Integer> CPU_REQUESTS = Flag.integer(
            "cpu-requests",
            1000,
            Integer.MIN_VALUE,
            Integer.MAX_VALUE,
            "CPU requests of the container in millicores; scales concurrency");
    private static final Flag<String> LOG_LEVEL = Flag.choice(
            "log-level", "info", Set.of("", "debug", "info", "error"), "Log verbosity: debug, info or error");
    private static final Flag<String> LOG_OUTPUT_PATHS =
            Flag.text("log-output-paths", "stdout", "Where log lines go: stdout, stderr or files, separated by commas");
    private static final Flag<String> LOG_ERROR_OUTPUT_PATHS =
            Flag.text("log-error-output-paths", "stderr", "Where the logger's own errors go");
    private static final Flag<Duration> BATCH_MAX_DURATION =
            Flag.duration("batch-max-duration", "10s", "Longest time pods are gathered before they are planned");
    private static final Flag<Duration> BATCH_IDLE_DURATION =
            Flag.duration("batch-idle-duration", "1s", "Time without a new pod after which a batch is planned");
    private static final Flag<Boolean> IGNORE_DRA_REQUESTS =
            Flag.bool("ignore-dra-requests", true, "Refuse pods with dynamic resource claims");
    private static final Flag<String> FEATURE_GATES =
            Flag.text("feature-gates", FeatureGates.defaultText(), "Features to turn on or off: A=true,B=false");
    private static final Flag<String> INSTANCE_TYPES_FILE_PATH = Flag.text(
            "instance-types-file-path", "", "KWOK provider: file with instance types instead of the built-in ones");
    private static final Flag<String> BIND_ADDRESS =
            Flag.text("bind-address", "", "Address that probes and metrics listen on; empty for all interfaces");
    private static final Flag<String> KUBECONFIG =
            Flag.text("kubeconfig", "", "Path of a kubeconfig; empty for the in-cluster service account");

    private static final Flag<Boolean> NOMINATE_PODS = Flag.bool(
            "nominate-pods",
            true,
            "Tell kube-scheduler which node each pod was planned for, with the right to patch pods/status;"
                    + " without it more nodes are bought than planned");

    static {
        FLAGS = List.of(
                KARPENTER_SERVICE,
                METRICS_PORT,
                HEALTH_PROBE_PORT,
                KUBE_CLIENT_QPS,
                KUBE_CLIENT_BURST,
                ENABLE_PROFILING,
                DISABLE_CONTROLLER_WARMUP,
                DISABLE_LEADER_ELECTION,
                DISABLE_OBSERVABILITY,
                LEADER_ELECTION_NAME,
                LEADER_ELECTION_NAMESPACE,
                MEMORY_LIMIT,
                CPU_REQUESTS,
                LOG_LEVEL,
                LOG_OUTPUT_PATHS,
                LOG_ERROR_OUTPUT_PATHS,
                BATCH_MAX_DURATION,
                BATCH_IDLE_DURATION,
                SchedulingFlags.PREFERENCE_POLICY,
                SchedulingFlags.MIN_VALUES_POLICY,
                IGNORE_DRA_REQUESTS,
                FEATURE_GATES,
                SchedulingFlags.SCHEDULER_CONFIG,
                INSTANCE_TYPES_FILE_PATH,
                BIND_ADDRESS,
                KUBECONFIG,
                SchedulingFlags.PACKING,
                SchedulingFlags.NODE_COST,
                NOMINATE_PODS);
    }

    /**
     * Reads flags over environment over defaults.
     *
     * @param arguments flags as {@code --name value}, {@code --name=value}, with one dash or two; booleans as {@code --name}
     * @throws IllegalArgumentException one line that names the flag or variable, the value and the cure
     */
    public static Options parse(List<String> arguments, Map<String, String> environment) {
        Map<String, String> given = givenFlags(arguments);
        List<String> warnings = new ArrayList<>();
        Map<Flag<?>, Object> values = new LinkedHashMap<>();
        for (Flag<?> flag : FLAGS) {
            values.put(flag, value(flag, given.get(flag.name()), environment.get(flag.environment()), warnings));
        }
        FeatureGates gates;
        try {
            gates = FeatureGates.parse(get(values, FEATURE_GATES), warnings);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException("--feature-gates: " + malformed.getMessage(), malformed);
        }
        int cpu = get(values, CPU_REQUESTS);
        String level = get(values, LOG_LEVEL);
        return new Options(
                get(values, KARPENTER_SERVICE),
                get(values, METRICS_PORT),
                get(values, HEALTH_PROBE_PORT),
                get(values, KUBE_CLIENT_QPS),
                get(values, KUBE_CLIENT_BURST),
                get(values, ENABLE_PROFILING),
                get(values, DISABLE_CONTROLLER_WARMUP),
                get(values, DISABLE_LEADER_ELECTION),
                get(values, DISABLE_OBSERVABILITY),
                get(values, LEADER_ELECTION_NAME),
                get(values, LEADER_ELECTION_NAMESPACE),
                get(values, MEMORY_LIMIT),
                cpu <= 0 ? 1000 : cpu,
                level.isEmpty() ? "info" : level,
                get(values, LOG_OUTPUT_PATHS),
                get(values, LOG_ERROR_OUTPUT_PATHS),
                get(values, BATCH_MAX_DURATION),
                get(values, BATCH_IDLE_DURATION),
                get(values, SchedulingFlags.PREFERENCE_POLICY),
                get(values, SchedulingFlags.MIN_VALUES_POLICY),
                get(values, IGNORE_DRA_REQUESTS),
                gates,
                get(values, SchedulingFlags.SCHEDULER_CONFIG),
                get(values, INSTANCE_TYPES_FILE_PATH),
                get(values, BIND_ADDRESS),
                get(values, KUBECONFIG),
                get(values, SchedulingFlags.PACKING),
                get(values, SchedulingFlags.NODE_COST),
                get(values, NOMINATE_PODS),
                List.copyOf(warnings));
    }

    @SuppressWarnings("unchecked") // each flag's value was read by the flag itself
    private static <T> T get(Map<Flag<?>, Object> values, Flag<T> flag) {
        Object value = values.get(flag);
        if (value == null) {
            throw new IllegalStateException("flag " + flag.name() + " is missing from the table");
        }
        return (T) value;
    }

    private static Map<String, String> givenFlags(List<String> arguments) {
        Map<String, String> given = new HashMap<>();
        int at = 0;
        while (at < arguments.size()) {
            String argument = arguments.get(at++);
            if (!argument.startsWith("-") || argument.equals("-") || argument.equals("--")) {
                throw new IllegalArgumentException(
                        "unexpected argument \"" + argument + "\"; settings are given as --name=value, see --help");
            }
            String body = argument.substring(argument.startsWith("--") ? 2 : 1);
            int equals = body.indexOf('=');
            String name = equals < 0 ? body : body.substring(0, equals);
            Flag<?> flag = FLAGS.stream()
                    .filter(known -> known.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "flag provided but not defined: --" + name + "; see --help for all flags"));
            if (equals >= 0) {
                given.put(name, body.substring(equals + 1));
            } else if (flag.bool()) {
                given.put(name, "true");
            } else if (at < arguments.size()) {
                given.put(name, arguments.get(at++));
            } else {
                throw new IllegalArgumentException("--" + name + " needs a value, for example --" + name + "="
                        + (flag.fallback().isEmpty() ? "VALUE" : flag.fallback()));
            }
        }
        return given;
    }

    private static <T> T value(Flag<T> flag, @Nullable String given, @Nullable String variable, List<String> warnings) {
        if (given != null) {
            try {
                return flag.read().apply(given);
            } catch (IllegalArgumentException malformed) {
                throw new IllegalArgumentException("--" + flag.name() + ": " + malformed.getMessage(), malformed);
            }
        }
        if (variable != null) {
            try {
                return flag.readEnvironment().apply(variable);
            } catch (IllegalArgumentException malformed) {
                String problem = flag.environment() + ": " + malformed.getMessage();
                if (flag.strictEnvironment()) {
                    throw new IllegalArgumentException(problem, malformed);
                }
                warnings.add(problem + "; using the default " + flag.fallback());
            }
        }
        return flag.read().apply(flag.fallback());
    }

    /** These settings as if nothing had been odd about the input, for comparison. */
    Options withoutWarnings() {
        return new Options(
                karpenterService,
                metricsPort,
                healthProbePort,
                kubeClientQps,
                kubeClientBurst,
                enableProfiling,
                disableControllerWarmup,
                disableLeaderElection,
                disableClusterStateObservability,
                leaderElectionName,
                leaderElectionNamespace,
                memoryLimitBytes,
                cpuRequestsMilli,
                logLevel,
                logOutputPaths,
                logErrorOutputPaths,
                batchMaxDuration,
                batchIdleDuration,
                preferencePolicy,
                minValuesPolicy,
                ignoreDraRequests,
                featureGates,
                schedulerConfig,
                instanceTypesFilePath,
                bindAddress,
                kubeconfig,
                packing,
                nodeCostPerHourUsd,
                nominatePods,
                List.of());
    }

    /** The help text: one paragraph a flag with its variable and default. */
    public static String help() {
        StringBuilder text = new StringBuilder("Usage: karpenter controller [flags]\n");
        for (Flag<?> flag : FLAGS) {
            text.append("\n  --")
                    .append(flag.name())
                    .append("  (")
                    .append(flag.environment())
                    .append(")\n      ");
            text.append(flag.help());
            text.append(flag.fallback().isEmpty() ? "\n" : " (default " + flag.fallback() + ")\n");
        }
        return text.toString();
    }
}
