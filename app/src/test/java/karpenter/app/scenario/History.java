package karpenter.app.scenario;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import karpenter.testbed.KubeApi;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every NodeClaim, Node and pod of one NodePool that ever was, the ended ones too, from watches that began before there were
 * any. It goes on after the API server was away. Any thread.
 */
final class History implements AutoCloseable {
    /** What is watched; pods bear the pool's name as {@code app}. */
    enum Kind {
        CLAIM("/apis/karpenter.sh/v1/nodeclaims", "karpenter.sh%2Fnodepool"),
        NODE("/api/v1/nodes", "karpenter.sh%2Fnodepool"),
        POD("/api/v1/namespaces/default/pods", "app");

        private final String path;
        private final String label;

        Kind(String path, String label) {
            this.path = path;
            this.label = label;
        }

        /** The path of all objects of one pool. */
        String list(String pool) {
            return path + "?labelSelector=" + label + "%3D" + pool;
        }

        String path(String name) {
            return path + "/" + name;
        }
    }

    /**
     * An object as it was seen last.
     *
     * @param gone whether it has been deleted since
     */
    record Seen(String uid, String name, JsonNode object, boolean gone) {
        /** The status of that condition, empty when it has none of that type. */
        String condition(String type) {
            return ofCondition(type, "status");
        }

        private String ofCondition(String type, String member) {
            for (JsonNode condition : object.path("status").path("conditions")) {
                if (condition.path("type").asString("").equals(type)) {
                    return condition.path(member).asString("");
                }
            }
            return "";
        }

        /**
         * Whether kube-controller-manager deleted the pod for a taint. It may do so to one that is bound right after a taint has
         * gone, because it hears of pods and Nodes by two watches (kubernetes/kubernetes#139992).
         */
        boolean deletedForTaint() {
            return ofCondition("DisruptionTarget", "reason").equals("DeletionByTaintManager");
        }

        boolean isTrue(String conditionType) {
            return condition(conditionType).equals("True");
        }

        boolean ending() {
            return object.path("metadata").has("deletionTimestamp");
        }

        String providerId() {
            String ofNode = object.path("spec").path("providerID").asString("");
            return ofNode.isEmpty() ? object.path("status").path("providerID").asString("") : ofNode;
        }

        /** Keys of a Node's taints. */
        List<String> taints() {
            List<String> keys = new ArrayList<>();
            object.path("spec")
                    .path("taints")
                    .forEach(taint -> keys.add(taint.path("key").asString("")));
            return keys;
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(name);
            text.append(gone ? " (gone" : ending() ? " (ending" : " (");
            for (JsonNode condition : object.path("status").path("conditions")) {
                String status = condition.path("status").asString("");
                text.append(' ').append(condition.path("type").asString(""));
                if (!status.equals("True")) {
                    text.append('=').append(status);
                }
            }
            return text.append(" finalizers=")
                    .append(object.path("metadata").path("finalizers"))
                    .append(')')
                    .toString();
        }
    }

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration FOREVER = Duration.ofDays(1);
    private static final long RECONNECT_MILLIS = 50;

    private final KubeApi api;
    private final String pool;
    private final Map<Kind, Map<String, Seen>> seen = new EnumMap<>(Kind.class);
    private final CountDownLatch closed = new CountDownLatch(1);

    private History(KubeApi api, String pool) {
        this.api = api;
        this.pool = pool;
    }

    /** Begins to watch, as the administrator of the kubeconfig. */
    static History of(Path kubeconfig, String pool) {
        History history = new History(KubeApi.of(kubeconfig), pool);
        for (Kind kind : Kind.values()) {
            history.seen.put(kind, new LinkedHashMap<>());
            Thread.ofVirtual().name("history-" + kind).start(() -> history.follow(kind));
        }
        return history;
    }

    private void follow(Kind kind) {
        while (closed.getCount() > 0) {
            try (KubeApi.Watch watch = api.watch(kind.list(pool) + "&resourceVersion=" + listed(kind))) {
                while (true) {
                    JsonNode event = JSON.readTree(watch.next(FOREVER));
                    if (event.path("type").asString("").equals("ERROR")) {
                        break;
                    }
                    take(
                            kind,
                            event.path("object"),
                            event.path("type").asString("").equals("DELETED"));
                }
            } catch (IllegalStateException | UncheckedIOException ended) {
                pause();
            }
        }
    }

    private String listed(Kind kind) {
        JsonNode list = JSON.readTree(api.get(kind.list(pool)).orThrow().body());
        Set<String> present = new HashSet<>();
        for (JsonNode object : list.path("items")) {
            take(kind, object, false);
            present.add(uid(object));
        }
        for (Seen one : all(kind)) {
            if (!present.contains(one.uid()) && !one.gone()) {
                take(kind, one.object(), true);
            }
        }
        return list.path("metadata").path("resourceVersion").asString("");
    }

    private static String uid(JsonNode object) {
        return object.path("metadata").path("uid").asString("");
    }

    private synchronized void take(Kind kind, JsonNode object, boolean gone) {
        String name = object.path("metadata").path("name").asString("");
        seen.getOrDefault(kind, Map.of()).put(uid(object), new Seen(uid(object), name, object, gone));
        notifyAll();
    }

    private void pause() {
        try {
            closed.await(RECONNECT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /** All that ever were, the oldest first. */
    synchronized List<Seen> all(Kind kind) {
        return List.copyOf(seen.getOrDefault(kind, Map.of()).values());
    }

    /** Those that are not gone. */
    List<Seen> present(Kind kind) {
        return all(kind).stream().filter(one -> !one.gone()).toList();
    }

    /**
     * Waits until the condition holds, looking again at each event.
     *
     * @throws AssertionError saying what was waited for and what there is
     */
    synchronized void await(String what, Duration deadline, BooleanSupplier condition) {
        long end = System.nanoTime() + deadline.toNanos();
        try {
            while (!condition.getAsBoolean()) {
                long leftMillis = (end - System.nanoTime()) / 1_000_000;
                if (leftMillis <= 0) {
                    throw new AssertionError("not within " + deadline.toSeconds() + " s: " + what + "; " + this);
                }
                wait(leftMillis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting: " + what, e);
        }
    }

    @Override
    public synchronized String toString() {
        return "claims " + all(Kind.CLAIM) + ", nodes " + all(Kind.NODE) + ", pods " + all(Kind.POD);
    }

    @Override
    public void close() {
        closed.countDown();
        api.close();
    }
}
