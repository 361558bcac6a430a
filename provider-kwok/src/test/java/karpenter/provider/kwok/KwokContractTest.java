package karpenter.provider.kwok;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karpenter.api.ObjectMeta;
import karpenter.api.kwok.KwokNodeClass;
import karpenter.api.v1.NodeClassReference;
import karpenter.cloudprovider.CloudProvider;
import karpenter.cloudprovider.CloudProviderContract;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.cluster.Node;
import karpenter.core.port.ObjectReader.ReadResult;
import karpenter.core.resource.ResourceVector;
import karpenter.runtime.TestingTimeSource;
import org.jspecify.annotations.Nullable;

/** The provider contract, with Nodes that appear five seconds after launch. */
class KwokContractTest extends CloudProviderContract {
    private static final Duration DELAY = Duration.ofSeconds(5);

    private final TestingTimeSource time = new TestingTimeSource();
    private final FakeNodes nodes = new FakeNodes();
    private final List<InstanceType> types = new ArrayList<>(KwokInstanceTypes.defaults());
    private @Nullable CloudProvider provider;

    @Override
    protected CloudProvider provider() {
        if (provider == null) {
            provider = restartedProvider();
        }
        return provider;
    }

    @Override
    protected CloudProvider restartedProvider() {
        KwokNodeClass nodeClass = new KwokNodeClass(
                ObjectMeta.named("default"), new KwokNodeClass.Spec("5s"), new KwokNodeClass.Status(List.of()));
        return new KwokCloudProvider(
                types,
                nodes,
                nodes,
                name -> name.equals("default") ? new ReadResult.Found<>(nodeClass) : new ReadResult.NotFound<>(),
                List::of,
                time,
                Runnable::run);
    }

    @Override
    protected NodeClassReference nodeClass() {
        return new NodeClassReference("karpenter.kwok.sh", "KWOKNodeClass", "default");
    }

    @Override
    protected int machinesBought() {
        return nodes.created();
    }

    @Override
    protected void settle() {
        time.advance(DELAY);
    }

    @Override
    protected void addForeignMachine() {
        nodes.put(new Node(
                ObjectMeta.named("kwok-node-0").withAnnotations(Map.of(KwokLabels.FAKE_NODE, KwokLabels.FAKE)),
                "kwok://kwok-node-0",
                false,
                List.of(),
                ResourceVector.ZERO,
                ResourceVector.ZERO,
                List.of()));
    }

    @Override
    protected void exhaustCapacity() {
        types.replaceAll(type -> new InstanceType(
                type.name(),
                type.requirements(),
                type.offerings().stream().map(KwokContractTest::unavailable).toList(),
                type.capacity(),
                type.overhead()));
        provider = null;
    }

    private static Offering unavailable(Offering offering) {
        return new Offering(
                offering.requirements(),
                offering.zone(),
                offering.capacityType(),
                offering.pricePerHourUsd(),
                false,
                0,
                null,
                null);
    }
}
