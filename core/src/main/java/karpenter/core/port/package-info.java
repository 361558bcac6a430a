/**
 * What decisions and controllers need from outside, as interfaces over this module's records. Implemented by the module that
 * speaks to the API server; faked by hand in tests. All calls may block and carry the implementation's deadline; outcomes
 * that can be expected are data, an exception is a bug or a broken edge.
 */
@NullMarked
package karpenter.core.port;

import org.jspecify.annotations.NullMarked;
