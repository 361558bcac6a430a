package karpenter.kube.http;

import io.fabric8.kubernetes.client.OAuthTokenProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A bearer token in a file that somebody replaces from time to time. Any thread. */
final class TokenFile implements OAuthTokenProvider {
    private static final Logger LOG = LoggerFactory.getLogger(TokenFile.class);
    /** Bounds how long a replaced token stays in use; the old one stays valid for minutes. */
    private static final Duration REREAD = Duration.ofSeconds(10);

    private final Path file;
    private final long rereadNanos;
    private String token = "";
    private long readAtNanos;

    TokenFile(Path file) {
        this(file, REREAD);
    }

    TokenFile(Path file, Duration reread) {
        this.file = file;
        this.rereadNanos = reread.toNanos();
    }

    @Override
    public synchronized String getToken() {
        long now = System.nanoTime();
        if (token.isEmpty() || now - readAtNanos >= rereadNanos) {
            try {
                token = Files.readString(file).strip();
            } catch (IOException e) {
                if (token.isEmpty()) {
                    throw new UncheckedIOException("token " + file + " cannot be read", e);
                }
                LOG.atWarn()
                        .addKeyValue("file", file)
                        .setCause(e)
                        .log("The token cannot be read again; the old one goes on");
            }
            readAtNanos = now;
        }
        return token;
    }
}
