package karpenter.core.cluster;

import karpenter.api.Taint;

/**
 * A pod's toleration.
 *
 * @param key empty with operator Exists tolerates everything
 * @param operator Equal (also when empty), Exists, Lt or Gt
 * @param effect empty for all effects
 */
public record Toleration(String key, String operator, String value, String effect) {
    public static final Toleration EVERYTHING = new Toleration("", "Exists", "", "");

    /** Kubernetes' rule for one taint; source: the API documentation of Toleration. */
    public boolean tolerates(Taint taint) {
        if (!effect.isEmpty() && !effect.equals(taint.effect())) {
            return false;
        }
        if (!key.isEmpty() && !key.equals(taint.key())) {
            return false;
        }
        return switch (operator) {
            case "", "Equal" -> !key.isEmpty() && value.equals(taint.value());
            case "Exists" -> true;
            default -> false;
        };
    }
}
