package karpenter.app.bench;

import java.util.ArrayList;
import java.util.List;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.resource.ResourceVector;

/** The types of the reference's own benchmark: type i has i + 1 cores, twice as many GiB and ten times as many pods. */
final class ReferenceTypes {
    private static final int COUNT = 400;
    private static final long GIB = 1L << 30;

    private ReferenceTypes() {}

    static List<InstanceType> all() {
        List<InstanceType> types = new ArrayList<>();
        for (int cores = 1; cores <= COUNT; cores++) {
            double price = 0.1 * cores + 0.1 * (2.0 * cores * GIB / 1e9);
            List<Offering> offerings = List.of(
                    Catalogue.offering("test-zone-1", Labels.CAPACITY_TYPE_SPOT, price),
                    Catalogue.offering("test-zone-2", Labels.CAPACITY_TYPE_SPOT, price),
                    Catalogue.offering("test-zone-1", Labels.CAPACITY_TYPE_ON_DEMAND, price),
                    Catalogue.offering("test-zone-2", Labels.CAPACITY_TYPE_ON_DEMAND, price),
                    Catalogue.offering("test-zone-3", Labels.CAPACITY_TYPE_ON_DEMAND, price));
            ResourceVector capacity =
                    ResourceVector.of(1000L * cores, 2L * cores * GIB).with(ResourceVector.PODS, 10L * cores);
            types.add(Catalogue.instanceType("fake-it-" + (cores - 1), offerings, capacity));
        }
        return types;
    }
}
