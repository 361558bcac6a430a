package karpenter.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and the API server, numbers the client's mutating requests, and makes one of them go wrong: see
 * {@link Fault}. A test that does so for each fault at each request has seen every place where the client can be stopped.
 *
 * <p>It listens on loopback with plain HTTP and forwards with TLS; the client's token passes through. Answers are passed
 * on piece by piece as they come, so that watches work, over WebSocket too.
 *
 * <p>Methods may be called from any thread.
 */
public final class FaultProxy implements AutoCloseable {
    /** Events and leases come when time has passed, and reviews change nothing: numbers would differ from run to run. */
    private static final Pattern UNNUMBERED =
            Pattern.compile("^/(api/v1|apis/events\\.k8s\\.io/[^/]+)/namespaces/[^/]+/events(/[^/]+)?$"
                    + "|^/apis/coordination\\.k8s\\.io/[^/]+/namespaces/[^/]+/leases(/[^/]+)?$"
                    + "|^/apis/(authentication|authorization)\\.k8s\\.io/");

    private final Kubeconfig upstream;
    private final HttpClient client;
    private final ServerSocket listener;
    private final Traffic traffic;
    private final Line line = new Line();
    private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
    private final List<Path> kubeconfigs = new CopyOnWriteArrayList<>();
    private volatile Runnable kill = () -> {
        throw new IllegalStateException("Nothing says how the client is killed. Maybe onKill was not called");
    };

    private FaultProxy(Kubeconfig upstream, Predicate<RecordedRequest> numbered) {
        this.upstream = upstream;
        this.client = upstream.client();
        this.traffic = new Traffic(numbered);
        try {
            this.listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException("No port on loopback to listen on", e);
        }
        Thread.ofVirtual().name("fault-proxy").start(this::accept);
    }

    /**
     * Starts a proxy to the server of the kubeconfig that numbers all mutating requests but those about events, leases
     * and access reviews.
     */
    public static FaultProxy start(Path kubeconfig) {
        return start(kubeconfig, request -> !UNNUMBERED.matcher(request.path()).find());
    }

    /** Starts a proxy that numbers the mutating requests that satisfy the condition. */
    public static FaultProxy start(Path kubeconfig, Predicate<RecordedRequest> numbered) {
        return new FaultProxy(Kubeconfig.read(kubeconfig), numbered);
    }

    /** Returns the proxy's address. */
    public URI server() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** Writes the same kubeconfig with the proxy as the server, to a file that goes with the proxy. */
    public Path kubeconfig(Path original) {
        try {
            Path file =
                    Files.createTempFile("fault-proxy-", ".kubeconfig"); // readable by its owner only: it has a token
            kubeconfigs.add(file);
            return Files.writeString(file, Kubeconfig.redirected(Files.readString(original), server()));
        } catch (IOException e) {
            throw new UncheckedIOException("Could not write a kubeconfig for the proxy", e);
        }
    }

    /**
     * Sets what goes wrong at the n-th numbered request, counted from 1 since the proxy's start, across restarts of the
     * client.
     *
     * @throws IllegalArgumentException if that request has passed already
     */
    public FaultProxy inject(int number, Fault fault) {
        traffic.inject(number, fault);
        return this;
    }

    /** Sets how the client is killed. It must be dead when this returns, for then its connections are cut. */
    public FaultProxy onKill(Runnable newKill) {
        kill = newKill;
        return this;
    }

    /** Returns all mutating requests so far in the order of their arrival, numbered or not. */
    public List<RecordedRequest> requests() {
        return traffic.requests();
    }

    /** Returns how many requests were numbered so far. */
    public int numbered() {
        return traffic.count();
    }

    /**
     * Waits until each injected fault has struck, and returns their requests. A kill has struck when the client is dead,
     * a time-out when the request came, or was answered where it is forwarded.
     *
     * @throws IllegalStateException if not within the deadline, or if the client could not be killed
     */
    public List<RecordedRequest> awaitFaults(Duration deadline) {
        return traffic.awaitFaults(deadline);
    }

    /**
     * Waits until the requests satisfy the condition, and returns them.
     *
     * @throws IllegalStateException if not within the deadline
     */
    public List<RecordedRequest> awaitRequests(Duration deadline, Predicate<List<RecordedRequest>> condition) {
        return traffic.awaitRequests(deadline, condition);
    }

    /** Breaks off all connections as they are, watches in the middle too. New ones are welcome. */
    public void cutConnections() {
        connections.forEach(HttpConnection::close);
    }

    /** Lets each new connection end at once, and cuts the present ones; or stops to do so. */
    public void refuseConnections(boolean refuse) {
        line.refuse(refuse);
        if (refuse) {
            cutConnections();
        }
    }

    /** Forwards each request, from the next on, that much later; zero for none. */
    public void delay(Duration latency) {
        line.delay(latency);
    }

    /** Keeps what comes from watches, so that clients' caches get old; or lets it all go. */
    public void holdWatches(boolean hold) {
        line.hold(hold);
    }

    /** Stops listening, breaks off all connections and removes the kubeconfigs. */
    @Override
    public void close() {
        try {
            listener.close();
            for (Path file : kubeconfigs) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Could not close the proxy", e);
        } finally {
            line.open();
            cutConnections();
            client.shutdownNow();
        }
    }

    private void accept() {
        while (true) {
            HttpConnection connection;
            try {
                connection = new HttpConnection(listener.accept());
            } catch (IOException e) {
                if (listener.isClosed()) {
                    return;
                }
                continue; // the client left before it was served
            }
            connections.add(connection);
            Thread.ofVirtual().name("fault-proxy-connection").start(() -> serve(connection));
        }
    }

    private void serve(HttpConnection connection) {
        try (connection) {
            if (line.refuses() || listener.isClosed()) {
                return;
            }
            for (HttpConnection.Request next = connection.read(); next != null; next = connection.read()) {
                HttpConnection.Request request = next;
                if (Tunnel.isFor(request)) {
                    new Tunnel(upstream, line, connection, request).run();
                    return;
                }
                Exchange exchange = new Exchange(upstream.server(), client, line, connection, request);
                Thread worker =
                        Thread.ofVirtual().name("fault-proxy-exchange").start(() -> exchange(exchange, request));
                if (!connection.awaitMore()) {
                    exchange.abandon(); // the client gave up, or has what it wanted
                }
                worker.join();
            }
        } catch (IOException e) {
            // The connection broke, or was broken.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connections.remove(connection);
        }
    }

    private void exchange(Exchange exchange, HttpConnection.Request request) {
        try {
            line.delayed();
            Traffic.Admission admission =
                    traffic.admit(request.method(), request.target(), new String(request.body(), UTF_8));
            if (admission == null) {
                exchange.drop();
            } else {
                carryOut(exchange, admission);
            }
        } catch (IOException e) {
            exchange.drop(); // the server broke the connection off, and so does the proxy
        } catch (InterruptedException e) {
            exchange.drop();
            Thread.currentThread().interrupt();
        }
    }

    private void carryOut(Exchange exchange, Traffic.Admission admission) throws IOException, InterruptedException {
        switch (admission.fault()) {
            case NONE -> exchange.pass(status -> traffic.answered(admission, status));
            case ANSWER_409 -> answer(exchange, admission, 409, "Conflict", "");
            case ANSWER_429 -> answer(exchange, admission, 429, "TooManyRequests", "\"retryAfterSeconds\":1");
            case TIMEOUT_BEFORE -> traffic.struck(admission, null);
            case TIMEOUT_AFTER -> {
                traffic.answered(admission, exchange.forward());
                traffic.struck(admission, null);
            }
            case KILL_BEFORE -> kill(exchange, admission);
            case KILL_AFTER -> {
                try {
                    traffic.answered(admission, exchange.forward());
                } finally {
                    kill(exchange, admission);
                }
            }
        }
    }

    private void answer(Exchange exchange, Traffic.Admission admission, int status, String reason, String details)
            throws IOException {
        traffic.answered(admission, status);
        exchange.answer(status, reason, details);
        traffic.struck(admission, null);
    }

    private void kill(Exchange exchange, Traffic.Admission admission) {
        @Nullable RuntimeException failure = null;
        try {
            kill.run();
        } catch (RuntimeException e) {
            failure = e;
        }
        exchange.drop();
        cutConnections();
        traffic.struck(admission, failure);
    }
}
