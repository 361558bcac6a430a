package karpenter.controllers.testing;

import java.util.List;
import karpenter.api.Labels;
import karpenter.core.catalog.InstanceType;
import karpenter.core.catalog.Offering;
import karpenter.core.requirement.Requirement;
import karpenter.core.requirement.Requirements;
import karpenter.core.resource.ResourceVector;

/** Makes instance types. */
public final class FakeInstanceTypes {
    private FakeInstanceTypes() {}

    /** A type with that many cores and four times as many GiB, on demand in zone-a at 0.1 USD per core and hour. */
    public static InstanceType type(String name, int cores) {
        Requirements where = Requirements.of(
                Requirement.in(Labels.ZONE, "zone-a"),
                Requirement.in(Labels.CAPACITY_TYPE, Labels.CAPACITY_TYPE_ON_DEMAND));
        ResourceVector capacity =
                ResourceVector.of(cores * 1000L, (4L * cores) << 30).with(ResourceVector.PODS, 110);
        return new InstanceType(
                name,
                where.and(Requirement.in(Labels.INSTANCE_TYPE, name)),
                List.of(new Offering(
                        where, "zone-a", Labels.CAPACITY_TYPE_ON_DEMAND, 0.1 * cores, true, 0, null, null)),
                capacity,
                ResourceVector.ZERO);
    }
}
