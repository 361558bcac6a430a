package karpenter.controllers.nodeclaim.garbagecollection;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.stream.Collectors;
import karpenter.api.Labels;
import karpenter.api.NillableDuration;
import karpenter.api.ObjectMeta;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProvider.ListResult;
import karpenter.cloudprovider.CloudProvider.LookupResult;
import karpenter.cloudprovider.CloudProvider.Machine;
import karpenter.cloudprovider.CloudProvider.NodeClassKind;
import karpenter.cloudprovider.CloudProvider.TerminateResult;
import karpenter.controllers.launch.ClaimDeletions;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.cluster.Node;
import karpenter.core.port.ObjectReader;
import karpenter.runtime.Controller;
import karpenter.runtime.ControllerContext;
import karpenter.runtime.Outcome;
import karpenter.runtime.Singleton;
import karpenter.runtime.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controller {@code nodeclaim.garbagecollection}.
 *
 * <p>Differs from upstream: machines without a claim are ended too, which upstream leaves to each provider.
 */
public final class GarbageCollectionController {
    private static final Logger LOG = LoggerFactory.getLogger(GarbageCollectionController.class);

    private static final Duration PERIOD = Duration.ofMinutes(2);
    private static final Duration UNTIL_LISTED = Duration.ofSeconds(1);
    private static final Duration LEAST_TIME_ORPHANED = Duration.ofSeconds(30);
    private static final int AT_ONCE = 20;

    private final ClusterState state;
    private final CloudProvider cloud;
    private final ObjectReader<NodeClaim> claims;
    private final ClaimDeletions deletions;
    private final TimeSource time;

    /** Provider ids of machines without a claim, since when. Used by one pass at a time. */
    private Map<String, Instant> orphanedSince = Map.of();

    private GarbageCollectionController(
            ClusterState state,
            CloudProvider cloud,
            ObjectReader<NodeClaim> claims,
            ClaimDeletions deletions,
            TimeSource time) {
        this.state = state;
        this.cloud = cloud;
        this.claims = claims;
        this.deletions = deletions;
        this.time = time;
    }

    /** Makes the controller. */
    public static Controller<Singleton> controller(
            ClusterState state,
            CloudProvider cloud,
            ObjectReader<NodeClaim> claims,
            ClaimDeletions deletions,
            ControllerContext context) {
        GarbageCollectionController collection =
                new GarbageCollectionController(state, cloud, claims, deletions, context.time());
        return Controller.singleton("nodeclaim.garbagecollection", collection::collect)
                .build(context);
    }

    private Outcome collect() {
        if (!state.listed()) {
            return Outcome.requeueAfter(UNTIL_LISTED);
        }
        // Claims before machines: a machine that is launched in between is then merely one too many in the list.
        List<NodeClaim> registered = state.snapshot().claims().values().stream()
                .filter(cloud::manages)
                .filter(claim -> claim.isTrue(NodeClaim.REGISTERED)
                        && !claim.metadata().deleting()
                        && !claim.status().providerID().isEmpty())
                .toList();
        return switch (cloud.list()) {
            case ListResult.Failed(String message) -> Outcome.retry("can't list machines: " + message);
            case ListResult.Listed(List<Machine> machines) -> {
                List<Machine> staying = machines.stream()
                        .filter(machine -> !machine.terminating())
                        .toList();
                Outcome outcome = WriteOutcomes.soonest(endClaims(registered, staying), endOrphans(staying));
                yield WriteOutcomes.soonest(outcome, Outcome.requeueAfter(PERIOD));
            }
        };
    }

    private Outcome endClaims(List<NodeClaim> registered, List<Machine> machines) {
        Set<String> existing = machines.stream().map(Machine::providerId).collect(Collectors.toSet());
        List<NodeClaim> missing = registered.stream()
                .filter(claim -> !existing.contains(claim.status().providerID()))
                .filter(claim -> !hasReadyNode(claim))
                .toList();
        return all(missing, this::endClaim);
    }

    private boolean hasReadyNode(NodeClaim claim) {
        return state.nodesOf(claim.status().providerID()).stream().anyMatch(Node::ready);
    }

    private Outcome endClaim(NodeClaim claim) {
        return switch (cloud.get(claim.status().providerID())) {
            case LookupResult.Found(Machine machine) when !machine.terminating() -> Outcome.done();
            case LookupResult.Failed(String message) -> Outcome.retry("can't look up a machine: " + message);
            default -> {
                LOG.atDebug()
                        .addKeyValue("NodeClaim", Map.of("name", claim.name()))
                        .addKeyValue("provider-id", claim.status().providerID())
                        .addKeyValue("nodepool", claim.metadata().labels().getOrDefault(Labels.NODE_POOL, ""))
                        .log("garbage collecting nodeclaim with no cloudprovider representation");
                yield WriteOutcomes.of(deletions.delete(claim, "garbage_collected"));
            }
        };
    }

    private Outcome endOrphans(List<Machine> machines) {
        Instant now = time.instant();
        Map<String, Instant> before = orphanedSince;
        List<Machine> orphans = machines.stream().filter(this::isOrphan).toList();
        orphanedSince = orphans.stream()
                .collect(Collectors.toMap(
                        Machine::providerId, machine -> before.getOrDefault(machine.providerId(), now), (a, b) -> a));
        List<Machine> due = orphans.stream()
                .filter(machine -> before.containsKey(machine.providerId()))
                .filter(machine -> !before.getOrDefault(machine.providerId(), now)
                        .plus(LEAST_TIME_ORPHANED)
                        .isAfter(now))
                .toList();
        Outcome outcome = all(due, this::endOrphan);
        boolean waiting = orphans.size() > due.size();
        return waiting ? WriteOutcomes.soonest(outcome, Outcome.requeueAfter(LEAST_TIME_ORPHANED)) : outcome;
    }

    /** A machine that doesn't name its claim may be anybody's. */
    private boolean isOrphan(Machine machine) {
        return !machine.nodeClaimName().isEmpty()
                && state.claim(machine.nodeClaimName()) == null
                && state.claimsOf(machine.providerId()).isEmpty();
    }

    private Outcome endOrphan(Machine machine) {
        if (!(claims.get(machine.nodeClaimName()) instanceof ObjectReader.ReadResult.NotFound<NodeClaim>)) {
            return Outcome.done();
        }
        LOG.atInfo()
                .addKeyValue("provider-id", machine.providerId())
                .addKeyValue("NodeClaim", Map.of("name", machine.nodeClaimName()))
                .log("terminating machine whose nodeclaim is gone");
        return switch (cloud.terminate(claimOf(machine))) {
            case TerminateResult.Accepted _ -> Outcome.done();
            case TerminateResult.Gone _ -> Outcome.done();
            case TerminateResult.Failed(String message) ->
                Outcome.retry("can't terminate machine " + machine.providerId() + ": " + message);
        };
    }

    /** The claim as far as a termination needs it. */
    private NodeClaim claimOf(Machine machine) {
        NodeClassKind kind = cloud.supportedNodeClasses().getFirst();
        return new NodeClaim(
                ObjectMeta.named(machine.nodeClaimName()).withLabels(machine.labels()),
                new NodeClaim.Spec(
                        List.of(),
                        List.of(),
                        List.of(),
                        new NodeClaim.Resources(Map.of()),
                        new NodeClassReference(
                                kind.group(), kind.kind(), machine.labels().getOrDefault(kind.labelKey(), "")),
                        null,
                        NillableDuration.parse("Never")),
                NodeClaim.Status.EMPTY.withInstance(
                        machine.providerId(), machine.imageId(), machine.capacity(), machine.allocatable()));
    }

    /** Does that for each, several at once; the most urgent outcome counts. */
    private static <T> Outcome all(List<T> items, Function<T, Outcome> act) {
        if (items.isEmpty()) {
            return Outcome.done();
        }
        Semaphore slots = new Semaphore(AT_ONCE);
        Outcome outcome = Outcome.done();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Outcome>> running = new ArrayList<>();
            for (T item : items) {
                running.add(threads.submit(() -> {
                    slots.acquire();
                    try {
                        return act.apply(item);
                    } finally {
                        slots.release();
                    }
                }));
            }
            for (Future<Outcome> one : running) {
                outcome = WriteOutcomes.soonest(outcome, one.get());
            }
            return outcome;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Outcome.retry("interrupted");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
