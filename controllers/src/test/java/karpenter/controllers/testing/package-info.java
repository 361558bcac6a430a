/**
 * A small world for the tests of all controllers: an API server, a cloud and a clock in memory, with faults that can be put
 * at any call that changes something. Hand-written, deterministic, no mock library.
 */
@NullMarked
package karpenter.controllers.testing;

import org.jspecify.annotations.NullMarked;
