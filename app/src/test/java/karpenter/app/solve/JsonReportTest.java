package karpenter.app.solve;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import karpenter.core.scheduling.CostBound;
import karpenter.core.scheduling.SchedulingResult;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonReportTest {
    @Test
    void writesOneLineWithEveryNumber() {
        String text = JsonReport.of(Results.mixed());

        assertThat(text).doesNotContain("\n");
        JsonNode json = JsonMapper.shared().readTree(text);
        assertThat(json.path("pods").intValue()).isEqualTo(11);
        assertThat(json.path("scheduled").intValue()).isEqualTo(8);
        assertThat(json.path("unschedulable")).hasSize(3);
        assertThat(json.at("/unschedulable/0").toString())
                .isEqualTo("{\"pod\":\"default/gpu-0\","
                        + "\"reason\":\"nodepool \\\"default\\\": did not tolerate taint (taint=gpu:NoSchedule)\"}");
        assertThat(json.path("nodes")).hasSize(3);
        assertThat(json.at("/nodes/0").toString())
                .isEqualTo("{\"nodePool\":\"default\",\"instanceType\":\"s-2x-amd64-linux\",\"zone\":\"test-zone-a\","
                        + "\"capacityType\":\"spot\",\"pricePerHourUsd\":0.041013,\"pods\":2,"
                        + "\"podNames\":[\"default/web-2\",\"default/web-3\"],"
                        + "\"instanceTypes\":[\"s-2x-amd64-linux\",\"s-2x-arm64-linux\"]}");
        assertThat(json.at("/existingNodes/0").toString())
                .isEqualTo("{\"name\":\"node-a\",\"pods\":2,\"podNames\":[\"default/web-0\",\"default/web-1\"]}");
        assertThat(json.path("pricePerHourUsd").doubleValue()).isEqualTo(0.176078);
        assertThat(json.path("solveSeconds").doubleValue()).isEqualTo(0.012);
        assertThat(json.path("lowerBoundPricePerHourUsd").doubleValue()).isEqualTo(0.17);
        assertThat(json.path("lowerBoundCounts").stringValue()).isEqualTo("whole nodes");
        assertThat(json.path("gap").doubleValue()).isEqualTo(0.035751);
    }

    @Test
    void writesAnAnswerWithoutPods() {
        SchedulingResult nothing = new SchedulingResult(
                List.of(), List.of(), List.of(), List.of(), new CostBound(0, CostBound.Kind.NONE), false);

        assertThat(JsonReport.of(new SolveAnswer(0, nothing, Duration.ZERO)))
                .isEqualTo("{\"pods\":0,\"scheduled\":0,\"unschedulable\":[],\"nodes\":[],\"existingNodes\":[],"
                        + "\"pricePerHourUsd\":0.0,\"solveSeconds\":0.0,\"lowerBoundPricePerHourUsd\":0.0,"
                        + "\"lowerBoundCounts\":\"nothing\",\"gap\":0.0,\"partial\":false}");
    }
}
