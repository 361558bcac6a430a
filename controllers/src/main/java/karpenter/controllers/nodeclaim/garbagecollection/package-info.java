/**
 * Finds what cloud and API server don't agree on: claims whose machine is gone, machines whose claim is gone. From the cloud's
 * list to deletions and terminations. Threads: one pass at a time, with up to twenty requests at once.
 *
 * <p>Nothing ends on one look alone. A claim goes only when the list and the lookup both miss its machine and its node doesn't
 * report; a machine only when it names a claim that the API server doesn't have, twice with time between.
 */
@NullMarked
package karpenter.controllers.nodeclaim.garbagecollection;

import org.jspecify.annotations.NullMarked;
