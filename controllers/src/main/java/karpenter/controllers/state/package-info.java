/**
 * The one image of the cluster, shared by all controllers: watches and this program's own writes go in as deltas, frozen
 * snapshots come out, and listeners hear of each change. Threads: any; one lock guards the store for microseconds, decisions
 * run on snapshots without it.
 */
@NullMarked
package karpenter.controllers.state;

import org.jspecify.annotations.NullMarked;
