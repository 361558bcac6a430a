package karpenter.testbed;

/**
 * A mutating request that passed {@link FaultProxy}, or that it withheld.
 *
 * @param number place among the numbered requests, from 1; 0 for one that is not numbered
 * @param method POST, PUT, PATCH or DELETE
 * @param target path and query
 * @param body what the client sent, as UTF-8; empty if nothing
 * @param status what the API server answered, or the proxy in its place; 0 as long as neither has
 * @param fault what the proxy did
 */
public record RecordedRequest(int number, String method, String target, String body, int status, Fault fault) {
    /** Returns the target without its query. */
    public String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    RecordedRequest withStatus(int newStatus) {
        return new RecordedRequest(number, method, target, body, newStatus, fault);
    }
}
