package karpenter.kube.http;

import java.time.Duration;
import karpenter.kube.decode.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** What came back. */
public sealed interface Reply {
    /**
     * The server answered.
     *
     * @param retryAfter what the server asks for, null when it doesn't
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Answered(int status, byte[] body, @Nullable Duration retryAfter) implements Reply {
        public boolean ok() {
            return status >= 200 && status < 300;
        }

        /** The body without {@code managedFields}; missing when it isn't JSON. */
        public JsonNode json() {
            try {
                return Json.readTrimmed(body);
            } catch (JacksonException e) {
                return JsonNodeFactory.instance.missingNode();
            }
        }

        /** What the server says about a failure: its message and status. */
        public String message() {
            return message(json());
        }

        private String message(JsonNode answer) {
            String message = answer.path("message").asString("");
            return message.isEmpty() ? "HTTP status " + status : message + " (HTTP status " + status + ")";
        }

        /** The machine-readable reason of a failure: NotFound, AlreadyExists, Conflict, Expired; empty when there is none. */
        public String reason() {
            return json().path("reason").asString("");
        }
    }

    /** No answer within the deadline; whether the server did what was asked is not known. */
    record Failed(String message) implements Reply {}
}
