/**
 * How NodeClaims come into being and how they and their machines are ended, for every controller that does either: counted, logged and taken
 * into the image at once. From a plan or a reason to a request to the API server. Threads: any.
 */
@NullMarked
package karpenter.controllers.launch;

import org.jspecify.annotations.NullMarked;
