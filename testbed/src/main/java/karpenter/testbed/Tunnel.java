package karpenter.testbed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import karpenter.testbed.HttpConnection.Header;

/**
 * A connection that is upgraded to WebSocket: bytes in both directions until either side ends it. Clients may watch that
 * way.
 */
final class Tunnel {
    private final Kubeconfig upstream;
    private final Line line;
    private final HttpConnection connection;
    private final HttpConnection.Request request;

    Tunnel(Kubeconfig upstream, Line line, HttpConnection connection, HttpConnection.Request request) {
        this.upstream = upstream;
        this.line = line;
        this.connection = connection;
        this.request = request;
    }

    static boolean isFor(HttpConnection.Request request) {
        return "websocket".equalsIgnoreCase(request.header("Upgrade"));
    }

    /** Passes bytes on until the client or the server ends the connection; then both ends are closed. */
    void run() throws IOException, InterruptedException {
        line.delayed();
        try (Socket server = upstream.connect()) {
            OutputStream toServer = server.getOutputStream();
            toServer.write(head().getBytes(ISO_8859_1));
            toServer.flush();
            Thread.ofVirtual().name("fault-proxy-tunnel").start(() -> answers(server)); // ends with the socket
            connection.copyTo(toServer);
        }
    }

    private void answers(Socket server) {
        try (connection) {
            InputStream fromServer = server.getInputStream();
            byte[] buffer = new byte[16 * 1024];
            for (int length = fromServer.read(buffer); length >= 0; length = fromServer.read(buffer)) {
                line.released();
                connection.bytes(buffer, length);
            }
        } catch (IOException e) {
            // Either side has ended it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String head() {
        StringBuilder head = new StringBuilder(request.method() + " " + request.target() + " HTTP/1.1\r\n");
        for (Header header : request.headers()) {
            String value = header.is("Host") ? upstream.server().getAuthority() : header.value();
            head.append(header.name()).append(": ").append(value).append("\r\n");
        }
        return head.append("\r\n").toString();
    }
}
