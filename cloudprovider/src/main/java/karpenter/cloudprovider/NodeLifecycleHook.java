package karpenter.cloudprovider;

import java.time.Duration;
import karpenter.api.v1.NodeClaim;

/**
 * Something that must have happened before a node counts as registered. Asked in each pass over a claim whose node has
 * joined, all hooks at once, until none is pending; so it must be quick to say again what it said before.
 */
public interface NodeLifecycleHook {
    /** Shown in the Registered condition while the hook is pending. */
    String name();

    /** Looks at a claim whose node has joined. Labels that the hook puts on the claim reach the node too. */
    HookResult registered(NodeClaim claim);

    /** What a hook answers. */
    sealed interface HookResult {
        /** Nothing more to wait for. */
        record Done() implements HookResult {}

        /** Not yet: ask again after that time. */
        record Pending(Duration askAgainIn) implements HookResult {}

        /** It didn't work this time: ask again with growing delay. */
        record Failed(String message) implements HookResult {}
    }
}
