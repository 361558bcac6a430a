package karpenter.kube.watch;

import java.util.concurrent.TimeUnit;
import karpenter.kube.http.ResourcePath;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Says once what is wrong with a watch, again when that changes or lasts, and when it is over. */
final class TroubleLog {
    private static final long REMIND_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Logger log;
    private final ResourcePath kind;
    private @Nullable String said;
    private long saidAtNanos;

    TroubleLog(Logger log, ResourcePath kind) {
        this.log = log;
        this.kind = kind;
    }

    void failed(WatchFailure failure) {
        String message = String.valueOf(failure.getMessage());
        long now = System.nanoTime();
        if (message.equals(said) && now - saidAtNanos < REMIND_NANOS) {
            return;
        }
        said = message;
        saidAtNanos = now;
        if (failure.notServed()) {
            log.atError()
                    .log(
                            "The API server does not serve {}; install its CRD. Trying again until it is there",
                            kind.text());
        } else if (failure.forbidden()) {
            log.atError().log("The account may not watch {}; grant get, list and watch. {}", kind.text(), message);
        } else {
            log.atWarn().log("Watching {} does not work for now: {}", kind.text(), message);
        }
    }

    void worked() {
        if (said != null) {
            log.atInfo().log("Watching {} works again", kind.text());
            said = null;
        }
    }
}
