/**
 * {@code karpenter bench}: how fast the scheduler is and how cheap its plans are, on made-up pods. From generated problems,
 * through the scheduler that the controller uses, to a table and one line of JSON. Runs on the calling thread; needs no cluster.
 */
@NullMarked
package karpenter.app.bench;

import org.jspecify.annotations.NullMarked;
