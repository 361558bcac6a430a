/**
 * {@code karpenter solve}: what would be launched for these pods? From manifests and a list of instance types, through the
 * image and the scheduler that the controller uses, to a table or to JSON. Runs on the calling thread. Nothing of an input is used when any part of it is wrong.
 */
@NullMarked
package karpenter.app.solve;

import org.jspecify.annotations.NullMarked;
