package karpenter.kube;

import static org.assertj.core.api.Assertions.assertThat;

import karpenter.core.port.EventRecorder.Event;
import karpenter.core.port.EventRecorder.ObjectReference;
import karpenter.kube.http.ScriptedServer;
import karpenter.runtime.LeaderGate;
import karpenter.runtime.TimeSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KubeEventRecorderTest {
    private static final ObjectReference POD = new ObjectReference("v1", "Pod", "ns", "p", "u");

    private final ScriptedServer server = new ScriptedServer();
    private final KubeEventRecorder events =
            new KubeEventRecorder(server.client(), LeaderGate.open(), TimeSource.system());

    @AfterEach
    void stop() {
        server.close();
        events.close();
    }

    @Test
    void neverBlocksAndDropsWhatDoesNotFit() {
        for (int i = 0; i < 5_000; i++) {
            events.publish(Event.normal(POD, "Reason", "m" + i, "v" + i));
        }
        ScriptedServer.Request first = server.take();
        assertThat(first.line()).isEqualTo("POST /api/v1/namespaces/ns/events");
        assertThat(first.body()).contains("\"m0\"");
        assertThat(server.waiting()).as("one after the other").isZero();
        first.answer(201, "{}");
        assertThat(server.take().body()).contains("\"m1\"");
    }

    @Test
    void triesAgainWhenTheServerIsBusyAndGoesOnWhenItRefuses() {
        events.publish(Event.normal(POD, "Reason", "busy", "1"));
        events.publish(Event.normal(POD, "Reason", "refused", "2"));
        events.publish(Event.normal(POD, "Reason", "last", "3"));
        server.take().answer(503, "{}");
        ScriptedServer.Request again = server.take();
        assertThat(again.body()).contains("\"busy\"");
        again.answer(201, "{}");
        server.take().answer(403, "{\"message\":\"no\"}");
        assertThat(server.take().body()).contains("\"last\"");
    }
}
