package karpenter.core.overlay;

/** Whether an overlay is in force. */
public sealed interface OverlayVerdict {
    record InForce() implements OverlayVerdict {}

    /** @param message what is wrong with it, with field and value */
    record Invalid(String message) implements OverlayVerdict {}

    /** Another overlay of the same weight, judged first, says something about the same thing. */
    record Conflict(String message) implements OverlayVerdict {}
}
