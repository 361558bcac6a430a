/**
 * Starts a real Kubernetes control plane for tests and demos: the {@code cluster} program of this folder as a child
 * process, from {@link karpenter.testbed.ControlPlane#start} to {@link karpenter.testbed.ControlPlane#close}.
 *
 * <p>Between: {@code cluster} (a process that starts etcd, kube-apiserver, kube-scheduler, kube-controller-manager and
 * KWOK) → kubeconfig files → any Kubernetes client. This package uses none itself, only the JDK.
 *
 * <p>Threads: callers' threads do all the work; two daemon threads per control plane read what its process prints.
 *
 * <p>Invariants: a control plane ends when it is closed, when this JVM ends in whatever way, or by itself on a failure.
 * Only processes started here are ever stopped.
 */
@NullMarked
package karpenter.testbed;

import org.jspecify.annotations.NullMarked;
