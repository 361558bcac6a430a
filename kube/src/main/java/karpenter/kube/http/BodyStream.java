package karpenter.kube.http;

import io.fabric8.kubernetes.client.http.AsyncBody;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer as it arrives, for one reading thread. The next piece is asked for when the last one is read, so that
 * a slow reader slows the server instead of filling the heap. Any thread may close it, which ends a read that waits.
 */
public final class BodyStream extends InputStream implements AsyncBody.Consumer<List<ByteBuffer>> {
    private sealed interface Arrival {
        record Bytes(List<ByteBuffer> buffers) implements Arrival {}

        record End(@Nullable Throwable failure) implements Arrival {}
    }

    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final Deque<ByteBuffer> unread = new ArrayDeque<>();
    private final long patienceNanos;
    private volatile @Nullable AsyncBody body;
    private volatile boolean closed;
    private Arrival.@Nullable End end;
    private long readUntilNanos = Long.MAX_VALUE;

    /** @param patience longest wait for a next piece */
    BodyStream(Duration patience) {
        this.patienceNanos = patience.toNanos();
    }

    /** Ends reading at that reading of {@link System#nanoTime}, however fast pieces come. */
    void readUntil(long nanoTime) {
        readUntilNanos = nanoTime;
    }

    void attach(AsyncBody asyncBody) {
        body = asyncBody;
        CompletableFuture<Void> _ =
                asyncBody.done().whenComplete((done, failure) -> arrivals.add(new Arrival.End(failure)));
        if (closed) {
            asyncBody.cancel();
        }
    }

    @Override
    public void consume(List<ByteBuffer> buffers, AsyncBody asyncBody) {
        arrivals.add(new Arrival.Bytes(buffers));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        ByteBuffer next = nextUnread();
        if (next == null) {
            return -1;
        }
        int count = Math.min(length, next.remaining());
        next.get(target, offset, count);
        return count;
    }

    private @Nullable ByteBuffer nextUnread() throws IOException {
        while (true) {
            ByteBuffer next = unread.peek();
            if (next != null && next.hasRemaining()) {
                return next;
            }
            if (next != null) {
                unread.remove();
            } else if (!receive()) {
                return null;
            }
        }
    }

    /** Waits for the next piece; false at the end. */
    private boolean receive() throws IOException {
        if (end == null) {
            AsyncBody source = body;
            if (closed || source == null) {
                throw new IOException("the stream is closed");
            }
            source.consume();
            switch (poll()) {
                case Arrival.Bytes(List<ByteBuffer> buffers) -> {
                    unread.addAll(buffers);
                    return true;
                }
                case Arrival.End ended -> end = ended;
            }
        }
        if (closed) {
            throw new IOException("the stream is closed");
        }
        Throwable failure = end.failure();
        if (failure != null) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            throw new IOException("the connection broke: " + cause, cause);
        }
        return false;
    }

    private Arrival poll() throws IOException {
        long wait = patienceNanos;
        if (readUntilNanos != Long.MAX_VALUE) {
            wait = Math.min(wait, readUntilNanos - System.nanoTime());
        }
        try {
            Arrival arrival = arrivals.poll(wait, TimeUnit.NANOSECONDS);
            if (arrival != null) {
                return arrival;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new IOException("interrupted while reading", e);
        }
        close();
        throw new SocketTimeoutException(
                "nothing arrived for " + Duration.ofNanos(Math.max(0, wait)).toMillis() + " ms");
    }

    /** Gives the connection up unless the body has been read to its end. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        AsyncBody source = body;
        if (source != null) {
            source.cancel();
        }
        arrivals.add(new Arrival.End(null));
    }
}
