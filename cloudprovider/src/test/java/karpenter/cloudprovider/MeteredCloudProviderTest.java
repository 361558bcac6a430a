package karpenter.cloudprovider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.api.NillableDuration;
import karpenter.api.ObjectMeta;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodeClassReference;
import karpenter.api.v1.NodePool;
import karpenter.testbed.Covers;
import org.junit.jupiter.api.Test;

@Covers("cloudprovider: metrics")
class MeteredCloudProviderTest {
    private static final NodeClassReference REF = new NodeClassReference("g", "K", "n");
    private static final NodeClaim CLAIM = new NodeClaim(
            ObjectMeta.named("a"),
            new NodeClaim.Spec(
                    List.of(),
                    List.of(),
                    List.of(),
                    new NodeClaim.Resources(Map.of()),
                    REF,
                    null,
                    NillableDuration.parse("Never")),
            NodeClaim.Status.EMPTY);
    private static final NodePool POOL = new NodePool(
            ObjectMeta.named("p"),
            new NodePool.Spec(
                    new NodePool.Template(
                            new NodePool.TemplateMetadata(null, null),
                            new NodePool.TemplateSpec(
                                    List.of(), List.of(), List.of(), REF, null, NillableDuration.parse("Never"))),
                    NodePool.Disruption.DEFAULT,
                    null,
                    null,
                    null),
            NodePool.Status.EMPTY);

    private final List<String> records = new ArrayList<>();
    private final FakeProvider fake = new FakeProvider();
    private long nanos;
    private final MeteredCloudProvider metered = new MeteredCloudProvider(
            fake,
            new MeteredCloudProvider.CallMetrics() {
                @Override
                public void called(String controller, String method, String provider, double seconds) {
                    records.add(controller + " " + method + " " + provider + " " + seconds);
                }

                @Override
                public void failed(String controller, String method, String provider, String error) {
                    records.add("error " + controller + " " + method + " " + provider + " [" + error + "]");
                }
            },
            () -> "nodeclaim.lifecycle",
            () -> nanos += 250_000_000);

    /** Answers what it is told to. */
    private static final class FakeProvider implements CloudProvider {
        private LaunchResult launch = new LaunchResult.InsufficientCapacity("none");
        private TerminateResult terminate = new TerminateResult.Accepted();
        private InstanceTypesResult types = new InstanceTypesResult.Found(List.of());
        private boolean broken;

        @Override
        public String name() {
            return "fake";
        }

        @Override
        public List<NodeClassKind> supportedNodeClasses() {
            return List.of(new NodeClassKind("g", "K"));
        }

        @Override
        public ProviderLabels labels() {
            return new ProviderLabels(java.util.Set.of("g/l"), java.util.Set.of("g"), java.util.Set.of());
        }

        @Override
        public LaunchResult launch(NodeClaim claim) {
            if (broken) {
                throw new IllegalStateException("bug");
            }
            return launch;
        }

        @Override
        public TerminateResult terminate(NodeClaim claim) {
            return terminate;
        }

        @Override
        public LookupResult get(String providerId) {
            return new LookupResult.Gone();
        }

        @Override
        public ListResult list() {
            return new ListResult.Failed("away");
        }

        @Override
        public InstanceTypesResult instanceTypes(NodePool pool) {
            return types;
        }

        @Override
        public DriftResult drift(NodeClaim claim) {
            return new DriftResult.Drifted("ImageDrift");
        }

        @Override
        public List<RepairPolicy> repairPolicies() {
            return List.of();
        }
    }

    @Test
    void timesACallUnderUpstreamsMethodName() {
        assertThat(metered.terminate(CLAIM)).isSameAs(fake.terminate);

        assertThat(records).containsExactly("nodeclaim.lifecycle Delete fake 0.25");
    }

    @Test
    void countsAnErrorUnderItsName() {
        assertThat(metered.launch(CLAIM)).isSameAs(fake.launch);

        assertThat(records)
                .containsExactly(
                        "nodeclaim.lifecycle Create fake 0.25",
                        "error nodeclaim.lifecycle Create fake [InsufficientCapacityError]");
    }

    @Test
    void countsANodeClassThatIsNotReadyAndALaunchThatFailed() {
        fake.launch = new CloudProvider.LaunchResult.NodeClassNotReady("");
        metered.launch(CLAIM);
        fake.launch = new CloudProvider.LaunchResult.Failed("LaunchFailed", "");
        metered.launch(CLAIM);

        assertThat(records)
                .contains(
                        "error nodeclaim.lifecycle Create fake [NodeClassNotReadyError]",
                        "error nodeclaim.lifecycle Create fake []");
    }

    @Test
    void countsAMachineThatIsGoneAsUpstreamDoes() {
        fake.terminate = new CloudProvider.TerminateResult.Gone();
        metered.terminate(CLAIM);
        metered.get("fake://1");

        assertThat(records)
                .contains(
                        "error nodeclaim.lifecycle Delete fake [NodeClaimNotFoundError]",
                        "error nodeclaim.lifecycle Get fake [NodeClaimNotFoundError]");
    }

    @Test
    void countsOtherErrorsWithoutAName() {
        metered.list();

        assertThat(records).contains("error nodeclaim.lifecycle List fake []");
    }

    @Test
    void takesWaitingForOverlaysForNoError() {
        fake.types = new CloudProvider.InstanceTypesResult.NotEvaluated();
        metered.instanceTypes(POOL);
        metered.drift(CLAIM);

        assertThat(records)
                .containsExactly(
                        "nodeclaim.lifecycle GetInstanceTypes fake 0.25", "nodeclaim.lifecycle IsDrifted fake 0.25");
    }

    @Test
    void countsACallThatThrowsAndLetsTheExceptionThrough() {
        fake.broken = true;

        assertThatThrownBy(() -> metered.launch(CLAIM)).hasMessage("bug");
        assertThat(records)
                .containsExactly("nodeclaim.lifecycle Create fake 0.25", "error nodeclaim.lifecycle Create fake []");
    }

    @Test
    void passesOnWhatNeedsNoMeasuring() {
        assertThat(metered.name()).isEqualTo("fake");
        assertThat(metered.supportedNodeClasses()).isEqualTo(fake.supportedNodeClasses());
        assertThat(metered.labels()).isEqualTo(fake.labels());
        assertThat(metered.repairPolicies()).isEmpty();
        assertThat(records).isEmpty();
    }
}
