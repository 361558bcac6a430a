/**
 * What happens when things go wrong, end to end: the shipped controller as its own process, as the account it ships with, on a
 * real control plane. From a fault (a request that is lost, a process that is killed, an API server that is away) to what must
 * be true all the same: one machine per claim, every pod runs, nothing is left over.
 *
 * <p>Threads: the test's own waits for conditions; watches and supervisors have virtual threads that end with what owns them.
 */
@NullMarked
package karpenter.app.scenario;

import org.jspecify.annotations.NullMarked;
