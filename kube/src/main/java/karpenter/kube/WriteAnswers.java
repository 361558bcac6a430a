package karpenter.kube;

import java.util.function.Function;
import karpenter.core.port.WriteResult;
import karpenter.kube.http.Reply;
import tools.jackson.databind.JsonNode;

/** What an HTTP status means for a write. */
final class WriteAnswers {
    private WriteAnswers() {}

    /** @param decode makes the record of what the server stores now */
    static <T> WriteResult<T> of(Reply reply, Function<JsonNode, T> decode) {
        return switch (reply) {
            case Reply.Failed(String message) -> new WriteResult.Unavailable<>(message, null);
            case Reply.Answered answer when answer.ok() -> new WriteResult.Written<>(decode.apply(answer.json()));
            case Reply.Answered answer -> refused(answer);
        };
    }

    /**
     * What an answer to a {@link GuardedPatch} means. An object that would be invalid is refused with causes; operations that
     * don't fit the object that is there, the test of its uid above all, without.
     */
    static <T> WriteResult<T> ofGuarded(Reply reply, Function<JsonNode, T> decode) {
        return reply instanceof Reply.Answered answer
                        && answer.status() == 422
                        && answer.json().path("details").path("causes").isEmpty()
                ? new WriteResult.Conflict<>(answer.message())
                : of(reply, decode);
    }

    private static <T> WriteResult<T> refused(Reply.Answered answer) {
        int status = answer.status();
        if (status == 404) {
            return new WriteResult.NotFound<>();
        }
        if (status == 409) {
            return answer.reason().equals("AlreadyExists")
                    ? new WriteResult.AlreadyExists<>()
                    : new WriteResult.Conflict<>(answer.message());
        }
        if (status == 422 && anotherObject(answer.json())) {
            return new WriteResult.Conflict<>(answer.message());
        }
        return isTransient(status)
                ? new WriteResult.Unavailable<>(answer.message(), answer.retryAfter())
                : new WriteResult.Refused<>(status, answer.message());
    }

    /** A patch that names the uid of an object that is gone is refused like an attempt to change the uid of its successor. */
    private static boolean anotherObject(JsonNode answer) {
        for (JsonNode cause : answer.path("details").path("causes")) {
            if (cause.path("field").asString("").equals("metadata.uid")) {
                return true;
            }
        }
        return false;
    }

    /** 401 is here because a token that has just been replaced is read again soon. */
    static boolean isTransient(int status) {
        return status == 401 || status == 408 || status == 429 || status >= 500;
    }
}
