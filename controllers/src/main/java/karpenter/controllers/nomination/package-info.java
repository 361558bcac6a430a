/**
 * Steers the cluster's scheduler along the plan: from pods planned onto a machine and the Node that has joined for it to
 * nominations of the pods. Runs on the threads of the NodeClaim lifecycle, before the Node is opened for pods.
 */
@NullMarked
package karpenter.controllers.nomination;

import org.jspecify.annotations.NullMarked;
