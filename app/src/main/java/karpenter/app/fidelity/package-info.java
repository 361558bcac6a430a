/**
 * Proof that the scheduler agrees with kube-scheduler: random clusters as manifests, through the decoders and the scheduler that
 * the controller uses, to Nodes and bindings that kube-scheduler's own filters (the test bed's oracle) judge. Each worker has a
 * thread and an oracle of its own; a case depends on its seed alone.
 */
@NullMarked
package karpenter.app.fidelity;

import org.jspecify.annotations.NullMarked;
