package karpenter.testbed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one HTTP/1.1 connection: whole requests in, answers out, one after the other. The JDK's own
 * server is not used because it cannot break a connection off in the middle of an answer, which a fault is about.
 *
 * <p>One thread may read while another writes.
 */
final class HttpConnection implements AutoCloseable {
    private static final int LONGEST_LINE = 64 * 1024;
    private static final int LARGEST_BODY = 16 * 1024 * 1024;

    private final Socket socket;
    private final PushbackInputStream in;
    private final OutputStream out;

    record Header(String name, String value) {
        boolean is(String other) {
            return name.equalsIgnoreCase(other);
        }
    }

    /**
     * One request.
     *
     * @param target path and query as they were sent
     * @param body without transfer coding
     */
    @SuppressWarnings("ArrayRecordComponent") // requests are never compared
    record Request(String method, String target, List<Header> headers, byte[] body) {
        @Nullable
        String header(String name) {
            return headers.stream()
                    .filter(header -> header.is(name))
                    .map(Header::value)
                    .findFirst()
                    .orElse(null);
        }
    }

    HttpConnection(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        this.socket = socket;
        this.in = new PushbackInputStream(new BufferedInputStream(socket.getInputStream()));
        this.out = new BufferedOutputStream(socket.getOutputStream());
    }

    /** Returns whether the client sends more; returns only when it does or the connection ends. */
    boolean awaitMore() {
        try {
            int next = in.read();
            if (next < 0) {
                return false;
            }
            in.unread(next);
            return true;
        } catch (IOException e) {
            return false; // the connection was broken by either side, which is an end too
        }
    }

    /** Returns the next request, or null when the client has closed the connection. */
    @Nullable
    Request read() throws IOException {
        if (!awaitMore()) {
            return null;
        }
        String[] start = line().split(" ");
        if (start.length != 3) {
            throw new IOException("Not an HTTP request: " + String.join(" ", start));
        }
        List<Header> headers = headers();
        Request head = new Request(start[0], start[1], headers, new byte[0]);
        String coding = head.header("Transfer-Encoding");
        if (coding != null) {
            return new Request(start[0], start[1], headers, chunked());
        }
        String length = head.header("Content-Length");
        return length == null ? head : new Request(start[0], start[1], headers, exactly(Integer.parseInt(length)));
    }

    /** Writes a whole answer. */
    void answer(int status, List<Header> headers, byte[] body) throws IOException {
        head(status, headers);
        write("Content-Length: " + body.length + "\r\n\r\n");
        out.write(body);
        out.flush();
    }

    /** Begins an answer of unknown length, or of none, as 204 asks for. */
    void begin(int status, List<Header> headers, boolean hasBody) throws IOException {
        head(status, headers);
        write(hasBody ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
        out.flush();
    }

    /** Writes the next part of the answer and sends it at once. */
    void part(byte[] buffer, int length) throws IOException {
        write(Integer.toHexString(length) + "\r\n");
        out.write(buffer, 0, length);
        write("\r\n");
        out.flush();
    }

    /** Ends an answer that has a body. */
    void end() throws IOException {
        write("0\r\n\r\n");
        out.flush();
    }

    /** Sends bytes that are not of HTTP, for after an upgrade. */
    void bytes(byte[] buffer, int length) throws IOException {
        out.write(buffer, 0, length);
        out.flush();
    }

    /** Passes on what the client sends that is not of HTTP, until it ends the connection. */
    void copyTo(OutputStream other) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
            other.write(buffer, 0, length);
            other.flush();
        }
    }

    /** Breaks the connection off, whatever is under way. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }

    private void head(int status, List<Header> headers) throws IOException {
        write("HTTP/1.1 " + status + " \r\n");
        for (Header header : headers) {
            write(header.name() + ": " + header.value() + "\r\n");
        }
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(ISO_8859_1));
    }

    private List<Header> headers() throws IOException {
        List<Header> headers = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("Not an HTTP header: " + line);
            }
            headers.add(new Header(
                    line.substring(0, colon), line.substring(colon + 1).strip()));
        }
        return headers;
    }

    private byte[] chunked() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String size = line();
            int extension = size.indexOf(';');
            int length = Integer.parseInt((extension < 0 ? size : size.substring(0, extension)).strip(), 16);
            if (length == 0) {
                headers(); // trailers, and the empty line
                return body.toByteArray();
            }
            if (body.size() + length > LARGEST_BODY) {
                throw new IOException("The body is larger than " + LARGEST_BODY + " bytes");
            }
            body.write(exactly(length));
            line();
        }
    }

    private byte[] exactly(int length) throws IOException {
        if (length > LARGEST_BODY) {
            throw new IOException("The body is larger than " + LARGEST_BODY + " bytes");
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("The client left in the middle of a request");
        }
        return bytes;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("The client left in the middle of a request");
            }
            if (next != '\r') {
                line.append((char) next);
            }
            if (line.length() > LONGEST_LINE) {
                throw new IOException("A line is longer than " + LONGEST_LINE + " bytes");
            }
        }
        return line.toString();
    }
}
