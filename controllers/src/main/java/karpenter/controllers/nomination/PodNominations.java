package karpenter.controllers.nomination;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import karpenter.api.v1.NodeClaim;
import karpenter.cloudprovider.NodeLifecycleHook;
import karpenter.controllers.state.ClusterState;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.Pod;
import karpenter.core.port.PodNominator;
import karpenter.runtime.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Nominates the pods planned onto a machine to its Node once that has joined and before it is opened.
 *
 * <p><b>Problem.</b> kube-scheduler doesn't know the plan. It spreads pods over the emptiest nodes in the order they come, and on
 * nodes planned to the brim that leaves pods without a place, for which more is bought.
 *
 * <p><b>Method.</b> kube-scheduler tries a pod's nominated node first, and on every other node it leaves room for the pods that are
 * nominated there. It drops nominations to Nodes that don't exist and keeps those to tainted ones until it tries the pod (see
 * {@link LostNominations}); so the time to nominate is between the Node's appearance and the removal of its {@code
 * karpenter.sh/unregistered} taint, which is when registration asks its hooks. The scheduler hears of pods and of Nodes in two
 * watches, so the Node waits until this program's own watch has told of the nominations. A nomination is a wish: one that can't be
 * written holds nothing up, and none holds a Node up for long. While all pods that wait are alike, none is nominated: wherever they
 * go, the others have the places they left.
 *
 * <p><b>Concurrency.</b> Any number of claims may ask at once. One after the other has its turn, with at most {@value #CONCURRENT} writes
 * under way, so that where many nodes join, the first of them open soon and no write waits behind all others.
 */
public final class PodNominations implements NodeLifecycleHook {
    private static final Logger LOG = LoggerFactory.getLogger(PodNominations.class);
    private static final int CONCURRENT = 16;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    /** Whoever waits longer for its turn is told to come again, so that nothing else about its claim waits with it. */
    private static final Duration LONGEST_QUEUE = Duration.ofMillis(250);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final ClusterState state;
    private final NominationWriter writer;
    private final TimeSource time;
    /** By uid of a claim whose Node is held up: until when, on the clock of the time source. */
    private final Map<String, Long> opensBy = new ConcurrentHashMap<>();

    private final Semaphore turn = new Semaphore(1, true);

    public PodNominations(ClusterState state, PodNominator nominator, TimeSource time) {
        this.state = state;
        this.writer = new NominationWriter(state.nominations(), nominator);
        this.time = time;
    }

    @Override
    public String name() {
        return "PodNominations";
    }

    @Override
    public HookResult registered(NodeClaim claim) {
        List<Node> nodes = state.nodesOf(claim.status().providerID());
        if (nodes.size() != 1) {
            return new HookResult.Done();
        }
        String nodeName = nodes.getFirst().name();
        List<Pod> pods = state.waitingFor(claim.name()).stream()
                .filter(pod -> !state.nominations().stands(pod.uid(), nodeName))
                .toList();
        if (!pods.isEmpty() && !state.waitAlike()) {
            if (!isItsTurn()) {
                return new HookResult.Pending(LOOK_AGAIN);
            }
            try {
                int written = nominate(pods, nodeName);
                LOG.debug("Nominated {} of {} pods to node {}", written, pods.size(), nodeName);
            } finally {
                turn.release();
            }
            opensBy.putIfAbsent(claim.metadata().uid(), time.nanoTime() + LONGEST_WAIT.toNanos());
        }
        Long deadline = opensBy.get(claim.metadata().uid());
        boolean unseen = state.waitingFor(claim.name()).stream()
                .anyMatch(pod -> !state.nominations().isSeen(pod.uid()));
        if (deadline != null && unseen && time.nanoTime() - deadline < 0) {
            return new HookResult.Pending(LOOK_AGAIN);
        }
        opensBy.remove(claim.metadata().uid());
        return new HookResult.Done();
    }

    private boolean isItsTurn() {
        try {
            return turn.tryAcquire(LONGEST_QUEUE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private int nominate(List<Pod> pods, String nodeName) {
        Semaphore permits = new Semaphore(CONCURRENT);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> writes = new ArrayList<>();
            for (Pod pod : pods) {
                permits.acquire();
                writes.add(threads.submit(() -> {
                    try {
                        return writer.write(pod, nodeName);
                    } finally {
                        permits.release();
                    }
                }));
            }
            int written = 0;
            for (Future<Boolean> write : writes) {
                written += write.get() ? 1 : 0;
            }
            return written;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        } catch (ExecutionException e) {
            throw new IllegalStateException("pods can't be nominated to node " + nodeName, e.getCause());
        }
    }
}
