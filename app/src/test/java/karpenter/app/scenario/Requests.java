package karpenter.app.scenario;

import java.util.List;
import java.util.function.Predicate;
import karpenter.testbed.RecordedRequest;

/** Questions about what a proxy recorded. Requests are described as {@code PATCH nodeclaims/status}: without names. */
final class Requests {
    private Requests() {}

    static String described(RecordedRequest request) {
        String path =
                request.path().replaceFirst("^/(api|apis/[^/]+)/[^/]+/", "").replaceFirst("^namespaces/[^/]+/", "");
        String[] words = path.split("/", -1);
        return request.method() + " " + words[0] + (words.length > 2 ? "/" + words[2] : "");
    }

    /** Whether there was such a request, answered or not. */
    static Predicate<List<RecordedRequest>> any(String description) {
        return requests ->
                requests.stream().anyMatch(request -> described(request).equals(description));
    }

    /** Whether that many such requests got that answer. */
    static Predicate<List<RecordedRequest>> answered(String description, int status, int times) {
        return requests -> requests.stream()
                        .filter(request -> described(request).equals(description) && request.status() == status)
                        .count()
                >= times;
    }

    /** Whether the request is about the leader's lease. */
    static boolean isAboutLease(RecordedRequest request) {
        return described(request).endsWith(" leases");
    }

    /** Whether the lease was taken, or renewed. */
    static boolean holdsLease(List<RecordedRequest> requests) {
        return requests.stream().anyMatch(request -> isAboutLease(request) && request.status() / 100 == 2);
    }

    /** What was asked for beside the lease and events. */
    static List<String> acts(List<RecordedRequest> requests) {
        return requests.stream()
                .filter(request -> request.number() > 0)
                .map(Requests::described)
                .toList();
    }
}
