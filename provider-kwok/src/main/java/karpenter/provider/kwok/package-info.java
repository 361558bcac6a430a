/**
 * Simulated machines behind the provider contract: a launch is a Node object on a real API server, and KWOK's controllers
 * play its kubelet. From the launch decision (a NodeClaim) to the watch (a Node). Called from the controllers' blocking-I/O
 * threads; Nodes are created on an executor of the caller's choice, after the NodeClass's registration delay.
 *
 * <p>Invariants: one NodeClaim has one machine, named after the claim's uid, whatever crashes in between; no Node is deleted
 * or listed that this provider did not create; the NodeClaim object itself is never touched.
 */
@NullMarked
package karpenter.provider.kwok;

import org.jspecify.annotations.NullMarked;
