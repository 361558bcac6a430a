/**
 * Starts a real Kubernetes control plane for tests and demos, and lets a test act on it as a user and as bad luck: the
 * {@code cluster} program of this folder as a child process, from {@link karpenter.testbed.ControlPlane#start} to
 * {@link karpenter.testbed.ControlPlane#close}; {@link karpenter.testbed.KubeApi} as the user;
 * {@link karpenter.testbed.FaultProxy} as what can go wrong between a client and the API server. Apart from it,
 * {@link karpenter.testbed.SchedulerOracle} says what kube-scheduler would say, without a cluster.
 *
 * <p>Between: {@code cluster} (a process that starts etcd, kube-apiserver, kube-scheduler, kube-controller-manager and
 * KWOK) → kubeconfig files → (the proxy →) any Kubernetes client. This package uses the JDK only.
 *
 * <p>Threads: callers' threads do all the work; two daemon threads per child process read what it prints; the
 * proxy has two virtual threads per connection, one that reads requests and one that answers the present one.
 *
 * <p>Invariants: a control plane ends when it is closed, when this JVM ends in whatever way, or by itself on a failure.
 * Only processes started here are ever stopped. No mutating request passes a proxy without a record of it.
 */
@NullMarked
package karpenter.testbed;

import org.jspecify.annotations.NullMarked;
