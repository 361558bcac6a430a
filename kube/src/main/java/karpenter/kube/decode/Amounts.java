package karpenter.kube.decode;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import karpenter.api.Quantity;
import karpenter.core.resource.ResourceVector;
import org.jspecify.annotations.Nullable;

/**
 * Exact amounts per resource while they are added up. Rounding happens once, at the end, as in kube-scheduler: two containers
 * of 0.1 m CPU each make 1 m, not 2 m.
 */
final class Amounts {
    private final Map<String, BigDecimal> byName = new HashMap<>();

    /** The quantities of a resource list; empty when absent. */
    static Amounts of(Tree resourceList) {
        Amounts amounts = new Amounts();
        resourceList.fields((name, place) -> amounts.byName.put(name, quantity(place)));
        return amounts;
    }

    private static BigDecimal quantity(Tree place) {
        if (!place.node().isValueNode()) {
            throw place.mistake("is not a quantity; write a number with an optional suffix, for example 500m or 1.5Gi");
        }
        try {
            return Quantity.parse(place.node().asString()).amount();
        } catch (IllegalArgumentException e) {
            throw place.mistake(String.valueOf(e.getMessage()));
        }
    }

    @Nullable
    BigDecimal get(String resource) {
        return byName.get(resource);
    }

    Iterable<String> names() {
        return byName.keySet();
    }

    void set(String resource, BigDecimal amount) {
        byName.put(resource, amount);
    }

    Amounts add(Amounts more) {
        more.byName.forEach((name, amount) -> byName.merge(name, amount, BigDecimal::add));
        return this;
    }

    Amounts raiseTo(Amounts least) {
        least.byName.forEach((name, amount) -> byName.merge(name, amount, BigDecimal::max));
        return this;
    }

    /** Takes over what the other names and this does not. */
    Amounts completeWith(Amounts defaults) {
        defaults.byName.forEach(byName::putIfAbsent);
        return this;
    }

    Amounts copy() {
        return new Amounts().add(this);
    }

    /** Rounded up: CPU to thousandths, all else to units. */
    ResourceVector vector() {
        if (byName.isEmpty()) {
            return ResourceVector.ZERO;
        }
        ResourceVector.Builder vector = ResourceVector.builder();
        byName.forEach((name, amount) -> vector.set(name, rounded(name, amount)));
        return vector.build();
    }

    private static long rounded(String resource, BigDecimal amount) {
        BigDecimal scaled = resource.equals(ResourceVector.CPU) ? amount.movePointRight(3) : amount;
        BigDecimal whole = scaled.setScale(0, RoundingMode.CEILING);
        if (whole.precision() > 18) {
            return whole.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        return whole.longValueExact();
    }
}
