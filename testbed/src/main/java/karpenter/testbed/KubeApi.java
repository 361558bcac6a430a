package karpenter.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A user at the API server, for tests: paths and text in, text out. It knows no kinds and reads no JSON, so that it needs
 * the JDK only and stands apart from the client that is under test. Bodies of {@link #create}, {@link #replace} and
 * {@link #apply} may be YAML or JSON, one object each.
 *
 * <p>Methods may be called from any thread. A method whose server cannot be reached throws {@link UncheckedIOException};
 * a refusal is an {@link Answer} like any other.
 */
public final class KubeApi implements AutoCloseable {
    private static final Duration REQUEST_DEADLINE = Duration.ofSeconds(60);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
    private static final String JSON = "application/json";
    private static final String TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

    private final Kubeconfig kubeconfig;
    private final HttpClient client;

    /**
     * What the API server said.
     *
     * @param status HTTP status
     * @param body JSON text: an object, a list, a Table, or a Status that says why not
     */
    public record Answer(int status, String body) {
        public boolean isSuccess() {
            return status / 100 == 2;
        }

        /**
         * Returns this answer if it is a success.
         *
         * @throws IllegalStateException with status and body if it is not
         */
        public Answer orThrow() {
            if (!isSuccess()) {
                throw new IllegalStateException("The API server answered " + status + ": " + body);
            }
            return this;
        }
    }

    private KubeApi(Kubeconfig kubeconfig) {
        this.kubeconfig = kubeconfig;
        this.client = kubeconfig.client();
    }

    /** Returns a client for the user of the kubeconfig. */
    public static KubeApi of(Path kubeconfig) {
        return new KubeApi(Kubeconfig.read(kubeconfig));
    }

    /** Reads an object or a list, for example {@code /apis/karpenter.sh/v1/nodepools?limit=10}. */
    public Answer get(String path) {
        return send("GET", path, JSON, "", "");
    }

    /** Reads an object or a list as the Table that {@code kubectl get} prints, each row with its whole object. */
    public Answer table(String path) {
        return send("GET", path + (path.contains("?") ? "&" : "?") + "includeObject=Object", TABLE, "", "");
    }

    /** Creates an object; the path is that of its list. */
    public Answer create(String path, String object) {
        return send("POST", path, JSON, "application/yaml", object);
    }

    /** Replaces an object; the text must have the resourceVersion if the kind asks for it. */
    public Answer replace(String path, String object) {
        return send("PUT", path, JSON, "application/yaml", object);
    }

    /** Creates or changes an object by server-side apply, and takes over what others own of it. */
    public Answer apply(String path, String object) {
        return send(
                "PATCH",
                path + (path.contains("?") ? "&" : "?") + "fieldManager=testbed&force=true",
                JSON,
                "application/apply-patch+yaml",
                object);
    }

    /** Changes an object by a JSON merge patch (RFC 7386). */
    public Answer mergePatch(String path, String patch) {
        return send("PATCH", path, JSON, "application/merge-patch+json", patch);
    }

    /** Changes an object by a JSON patch (RFC 6902). */
    public Answer jsonPatch(String path, String patch) {
        return send("PATCH", path, JSON, "application/json-patch+json", patch);
    }

    /** Changes an object of a built-in kind by a strategic merge patch. */
    public Answer strategicPatch(String path, String patch) {
        return send("PATCH", path, JSON, "application/strategic-merge-patch+json", patch);
    }

    /** Deletes an object, or all of a list. */
    public Answer delete(String path) {
        return send("DELETE", path, JSON, "", "");
    }

    /**
     * Reads until the answer satisfies the condition, and returns that answer.
     *
     * @throws IllegalStateException with the last answer if none did within the deadline
     */
    public Answer await(String path, Duration deadline, Predicate<Answer> condition) {
        long end = System.nanoTime() + deadline.toNanos();
        Answer answer = get(path);
        while (!condition.test(answer)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(path + " did not come to what was waited for within "
                        + deadline.toSeconds() + " s; last it was " + answer.status() + ": " + answer.body());
            }
            try {
                Thread.sleep(POLL_INTERVAL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while waiting for " + path, e);
            }
            answer = get(path);
        }
        return answer;
    }

    /**
     * Watches a list from now on, or from the {@code resourceVersion} in the path on. Returns when the server has begun to
     * answer.
     *
     * @throws IllegalStateException if the server refuses
     */
    public Watch watch(String path) {
        HttpRequest request = request(path + (path.contains("?") ? "&" : "?") + "watch=true", JSON)
                .build();
        try {
            HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
            if (response.statusCode() != 200) {
                try (InputStream body = response.body()) {
                    throw new IllegalStateException("The API server answered " + response.statusCode() + ": "
                            + new String(body.readAllBytes(), StandardCharsets.UTF_8));
                }
            }
            return new Watch(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException("Could not watch " + request.uri(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for " + path, e);
        }
    }

    /** Ends all watches. */
    @Override
    public void close() {
        client.shutdownNow();
    }

    private HttpRequest.Builder request(String path, String accept) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(kubeconfig.server() + path)).header("Accept", accept);
        if (kubeconfig.token() != null) {
            request.header("Authorization", "Bearer " + kubeconfig.token());
        }
        return request;
    }

    private Answer send(String method, String path, String accept, String contentType, String body) {
        HttpRequest.Builder request = request(path, accept).timeout(REQUEST_DEADLINE);
        if (!contentType.isEmpty()) {
            request.header("Content-Type", contentType);
        }
        request.method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        try {
            HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + path + " had no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for " + path, e);
        }
    }

    /** The events of one watch, one line of JSON each. */
    public static final class Watch implements AutoCloseable {
        /** Says that there will be no more; no event is empty. */
        private static final String END = "";

        private final InputStream stream;
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

        private Watch(InputStream stream) {
            this.stream = stream;
            Thread.ofVirtual().name("watch").start(this::read);
        }

        /**
         * Returns the next event: {@code {"type":…,"object":…}}.
         *
         * @throws IllegalStateException if none comes within the deadline or the watch has ended
         */
        public String next(Duration deadline) {
            try {
                String event = events.poll(deadline.toMillis(), TimeUnit.MILLISECONDS);
                if (event == null) {
                    throw new IllegalStateException("No event within " + deadline.toMillis() + " ms");
                }
                if (event.equals(END)) {
                    events.add(END);
                    throw new IllegalStateException("The watch has ended");
                }
                return event;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while waiting for an event", e);
            }
        }

        /** Returns the next event that satisfies the condition, and drops those before it. */
        public String next(Duration deadline, Predicate<String> condition) {
            long end = System.nanoTime() + deadline.toNanos();
            while (true) {
                String event = next(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
                if (condition.test(event)) {
                    return event;
                }
            }
        }

        /**
         * Waits for the end of the watch, and drops the events before it.
         *
         * @throws IllegalStateException if it does not end within the deadline
         */
        public void awaitEnd(Duration deadline) {
            long end = System.nanoTime() + deadline.toNanos();
            try {
                String event = "not yet";
                while (event != null && !event.equals(END)) {
                    event = events.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                }
                if (event == null) {
                    throw new IllegalStateException("The watch has not ended within " + deadline.toMillis() + " ms");
                }
                events.add(END);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while waiting for the watch to end", e);
            }
        }

        @Override
        public void close() {
            try {
                stream.close();
            } catch (IOException e) {
                // It has ended already.
            }
        }

        private void read() {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    events.add(line);
                }
            } catch (IOException e) {
                // Broken off: no more comes, and that is what the reader is told.
            } finally {
                events.add(END);
            }
        }
    }
}
