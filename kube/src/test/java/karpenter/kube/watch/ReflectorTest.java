package karpenter.kube.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import karpenter.core.cluster.ClusterDelta;
import karpenter.core.cluster.Node;
import karpenter.core.cluster.PodKey;
import karpenter.kube.decode.WatchDecoder;
import karpenter.kube.http.ApiClient;
import karpenter.kube.http.ResourcePath;
import karpenter.kube.http.ScriptedServer;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One kind against a server that does whatever servers do. */
@Timeout(60)
@Covers("state: informers")
class ReflectorTest {
    private final ScriptedServer server = new ScriptedServer();
    private final ApiClient api = server.client();
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final CountDownLatch listed = new CountDownLatch(1);
    private Consumer<ClusterDelta> sink = delta -> told.add(text(delta));
    private final Reflector<Node> reflector =
            new Reflector<>(api, nodes(), delta -> sink.accept(delta), listed::countDown, new Random(1));
    private final Thread thread = Thread.ofVirtual().unstarted(reflector);

    private static WatchedKind<Node> nodes() {
        WatchDecoder decoder = new WatchDecoder();
        return new WatchedKind<>(
                ResourcePath.of(Node.KIND),
                decoder::node,
                node -> new PodKey("", node.name()),
                node -> node.metadata().uid(),
                ClusterDelta.NodeChanged::new,
                node -> new ClusterDelta.NodeGone(node.name(), node.metadata().uid()));
    }

    @AfterEach
    void stop() {
        reflector.close();
        server.close();
        api.close();
    }

    private static String text(ClusterDelta delta) {
        return switch (delta) {
            case ClusterDelta.NodeChanged(Node node) ->
                node.name() + "/" + node.metadata().uid() + "@"
                        + node.metadata().resourceVersion();
            case ClusterDelta.NodeGone(String name, String uid) -> "-" + name + "/" + uid;
            default -> delta.toString();
        };
    }

    private static String node(String name, String uid, int version) {
        return "{\"metadata\":{\"name\":\"%s\",\"uid\":\"%s\",\"resourceVersion\":\"%d\"}}"
                .formatted(name, uid, version);
    }

    private static String list(int version, String next, String... nodes) {
        return "{\"kind\":\"NodeList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"%d\",\"continue\":\"%s\"},\"items\":[%s]}"
                .formatted(version, next, String.join(",", nodes));
    }

    private static String event(String type, String object) {
        return "{\"type\":\"%s\",\"object\":%s}\n".formatted(type, object);
    }

    private ScriptedServer.Request list() {
        ScriptedServer.Request request = server.take();
        assertThat(request.line()).startsWith("GET /api/v1/nodes?limit=500");
        return request;
    }

    private ScriptedServer.Request watch(int version) {
        ScriptedServer.Request request = server.take();
        assertThat(request.line())
                .startsWith("GET /api/v1/nodes?watch=1&allowWatchBookmarks=true&resourceVersion=" + version + "&");
        return request;
    }

    private String next() throws InterruptedException {
        return Objects.requireNonNull(told.poll(20, TimeUnit.SECONDS), "nothing was told");
    }

    private void startWith(String... nodes) throws InterruptedException {
        thread.start();
        list().answer(200, list(10, "", nodes));
        for (int i = 0; i < nodes.length; i++) {
            next();
        }
        assertThat(listed.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void deliversTheListThenChangesAndDeletions() throws InterruptedException {
        assertThat(reflector.trouble()).isNotNull();
        thread.start();
        list().answer(200, list(10, "", node("a", "1", 3), node("b", "2", 4)));
        assertThat(next()).isEqualTo("a/1@3");
        assertThat(next()).isEqualTo("b/2@4");
        ScriptedServer.Request watch = watch(10).begin();
        assertThat(listed.getCount()).isZero();
        assertThat(reflector.trouble()).isNull();
        watch.send(event("ADDED", node("c", "3", 11)) + event("MODIFIED", node("a", "1", 12)));
        assertThat(next()).isEqualTo("c/3@11");
        assertThat(next()).isEqualTo("a/1@12");
        watch.send(event("DELETED", node("b", "2", 13)));
        assertThat(next()).isEqualTo("-b/2");
    }

    @Test
    void goesOnFromTheLastVersionWhenAWatchEndsOrBreaks() throws InterruptedException {
        startWith();
        watch(10).begin().send(event("ADDED", node("a", "1", 11))).end();
        assertThat(next()).isEqualTo("a/1@11");
        watch(11)
                .begin()
                .send(event("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"50\"}}"))
                .end();
        watch(50).breakOffAfter(event("ADDED", node("b", "2", 51)) + "{\"type\":\"ADDED\",\"obj");
        assertThat(next()).isEqualTo("b/2@51");
        watch(51).answer(503, "{}");
        watch(51).begin();
        assertThat(told).isEmpty();
    }

    @Test
    void listsAgainWhenTheVersionHasExpiredAndDeliversTheDifference() throws InterruptedException {
        startWith(node("same", "1", 1), node("changed", "2", 2), node("deleted", "3", 3), node("remade", "4", 4));
        watch(10).answer(410, "{\"message\":\"too old resource version\"}");
        list().answer(
                        200,
                        list(
                                90,
                                "",
                                node("same", "1", 1),
                                node("changed", "2", 20),
                                node("remade", "40", 21),
                                node("new", "5", 22)));
        assertThat(next()).isEqualTo("changed/2@20");
        assertThat(next()).isEqualTo("-remade/4");
        assertThat(next()).isEqualTo("remade/40@21");
        assertThat(next()).isEqualTo("new/5@22");
        assertThat(next()).isEqualTo("-deleted/3");
        watch(90)
                .begin()
                .send(event("ERROR", "{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}"))
                .end();
        list().answer(200, list(99, "", node("same", "1", 1)));
        assertThat(next()).startsWith("-");
    }

    @Test
    void readsListsInPagesAndBeginsAgainWhenOneExpires() throws InterruptedException {
        thread.start();
        list().answer(200, list(10, "page 2/+", node("a", "1", 1)));
        ScriptedServer.Request second = list();
        assertThat(second.line()).endsWith("&continue=page+2%2F%2B");
        second.answer(410, "{}");
        list().answer(200, list(12, "next", node("a", "1", 1)));
        list().answer(200, list(12, "", node("b", "2", 2)));
        assertThat(next()).isEqualTo("a/1@1");
        assertThat(next()).isEqualTo("b/2@2");
        watch(12);
    }

    @Test
    void aListThatIsCutOffDeletesNothing() throws InterruptedException {
        startWith(node("a", "1", 1), node("b", "2", 2));
        watch(10).answer(410, "{}");
        list().breakOffAfter("{\"metadata\":{\"resourceVersion\":\"20\"},\"items\":[" + node("a", "1", 5));
        list().answer(200, list(21, "", node("a", "1", 5), node("b", "2", 2)));
        assertThat(next()).isEqualTo("a/1@5");
        watch(21);
        assertThat(told).isEmpty();
    }

    @Test
    void aKindThatIsNotServedIsSaidAndAskedForAgain() throws InterruptedException {
        thread.start();
        list().answer(404, "404 page not found");
        ScriptedServer.Request again = list();
        assertThat(reflector.trouble()).isEqualTo("HTTP status 404");
        again.answer(403, "{\"message\":\"nodes is forbidden\"}");
        ScriptedServer.Request third = list();
        assertThat(reflector.trouble()).isEqualTo("nodes is forbidden, HTTP status 403");
        third.answer(200, list(1, ""));
        watch(1);
        assertThat(reflector.trouble()).isNull();
    }

    @Test
    void anObjectThatCannotBeUnderstoodIsLeftAsItWasKnown() throws InterruptedException {
        startWith(node("a", "1", 1));
        String broken =
                "{\"metadata\":{\"name\":\"a\",\"uid\":\"1\",\"resourceVersion\":\"11\"},\"spec\":{\"taints\":5}}";
        watch(10)
                .begin()
                .send(event("MODIFIED", broken) + event("ADDED", node("b", "2", 12)))
                .end();
        assertThat(next()).isEqualTo("b/2@12");
        watch(12).answer(410, "{}");
        list().answer(200, list(20, "", broken, node("b", "2", 12)));
        watch(20);
        assertThat(told).isEmpty();
    }

    @Test
    void aSinkThatFailsDoesNotEndTheWatch() throws InterruptedException {
        startWith();
        sink = delta -> {
            sink = good -> told.add(text(good));
            throw new IllegalStateException("a bug");
        };
        watch(10).begin().send(event("ADDED", node("a", "1", 11)));
        list().answer(200, list(20, "", node("b", "2", 12)));
        assertThat(next()).isEqualTo("b/2@12");
    }

    @Test
    void endsSoonAfterItIsClosed() throws InterruptedException {
        startWith();
        watch(10).begin();
        reflector.close();
        assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
    }

    @Test
    void theLongestPauseIsShort() {
        Backoff backoff = new Backoff(new Random(7));
        Duration last = Duration.ZERO;
        for (int i = 0; i < 50; i++) {
            last = backoff.afterFailure(Duration.ZERO);
            assertThat(last).isLessThanOrEqualTo(Duration.ofMillis(2_001));
        }
        assertThat(last).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(backoff.afterFailure(Duration.ofSeconds(60))).isEqualTo(Duration.ofSeconds(5));
        backoff.succeeded();
        assertThat(backoff.afterFailure(Duration.ZERO)).isLessThan(Duration.ofMillis(150));
    }
}
