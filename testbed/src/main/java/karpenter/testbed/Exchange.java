package karpenter.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.regex.Pattern;
import karpenter.testbed.HttpConnection.Header;
import org.jspecify.annotations.Nullable;

/** One request on its way to the server and its answer on the way back. One thread drives it; another may abandon it. */
final class Exchange {
    private static final Pattern WATCH = Pattern.compile("[?&]watch=(true|1)(&|$)");

    /** Headers that belong to a connection and not to the message, and those that the JDK's client writes itself. */
    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private final URI server;
    private final HttpClient client;
    private final Line line;
    private final HttpConnection connection;
    private final HttpConnection.Request request;
    private boolean abandoned;
    private @Nullable InputStream answer;

    Exchange(URI server, HttpClient client, Line line, HttpConnection connection, HttpConnection.Request request) {
        this.server = server;
        this.client = client;
        this.line = line;
        this.connection = connection;
        this.request = request;
    }

    /** Forwards the request and passes the answer on as it comes. */
    void pass(IntConsumer status) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = send();
        status.accept(response.statusCode());
        boolean hasBody = response.statusCode() != 204
                && response.statusCode() != 304
                && !request.method().equals("HEAD");
        boolean watch = WATCH.matcher(request.target()).find();
        try (InputStream body = response.body()) {
            remember(body);
            connection.begin(response.statusCode(), endToEnd(response), hasBody);
            byte[] buffer = new byte[16 * 1024];
            for (int length = body.read(buffer); hasBody && length >= 0; length = body.read(buffer)) {
                if (watch) {
                    line.released();
                }
                if (length > 0) {
                    connection.part(buffer, length);
                }
            }
            if (hasBody) {
                connection.end();
            }
        }
    }

    /** Forwards the request, reads the answer to its end and keeps it. Returns its status. */
    int forward() throws IOException, InterruptedException {
        HttpResponse<InputStream> response = send();
        try (InputStream body = response.body()) {
            body.transferTo(OutputStream.nullOutputStream());
        }
        return response.statusCode();
    }

    /** Answers as the API server does when it refuses. */
    void answer(int status, String reason, String details) throws IOException {
        String body = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\""
                + reason + " by the fault proxy\",\"reason\":\"" + reason + "\",\"details\":{" + details + "},\"code\":"
                + status + "}";
        List<Header> headers = new ArrayList<>(List.of(new Header("Content-Type", "application/json")));
        if (status == 429) {
            headers.add(new Header("Retry-After", "1"));
        }
        connection.answer(status, headers, body.getBytes(UTF_8));
    }

    /** Breaks the client's connection off. */
    void drop() {
        connection.close();
    }

    /** Ends a watch whose client has gone. A request that changes something goes on, as it would at the server. */
    synchronized void abandon() {
        abandoned = true;
        closeAnswer();
    }

    private synchronized void remember(InputStream body) {
        answer = body;
        if (abandoned) {
            closeAnswer();
        }
    }

    private synchronized void closeAnswer() {
        if (answer != null) {
            try {
                answer.close();
            } catch (IOException e) {
                // The server has ended it.
            }
        }
    }

    private HttpResponse<InputStream> send() throws IOException, InterruptedException {
        HttpRequest.Builder builder;
        try {
            builder = HttpRequest.newBuilder(URI.create(server + request.target()));
        } catch (IllegalArgumentException e) {
            throw new IOException("Not a request target: " + request.target(), e);
        }
        for (Header header : request.headers()) {
            if (!HOP_BY_HOP.contains(header.name().toLowerCase(Locale.ROOT))) {
                builder.header(header.name(), header.value());
            }
        }
        builder.method(
                request.method(),
                request.body().length == 0
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofByteArray(request.body()));
        return client.send(builder.build(), BodyHandlers.ofInputStream());
    }

    private static List<Header> endToEnd(HttpResponse<?> response) {
        List<Header> headers = new ArrayList<>();
        response.headers().map().forEach((name, values) -> {
            if (!HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT)) && !name.startsWith(":")) {
                values.forEach(value -> headers.add(new Header(name, value)));
            }
        });
        return headers;
    }
}
