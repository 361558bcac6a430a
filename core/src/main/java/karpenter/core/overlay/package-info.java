/**
 * NodeOverlays: what users say about prices and resources that the provider doesn't know. Which overlays are in force is
 * decided for all of them together, as they may contradict each other; applying them to what a pool can buy is cheap and done
 * for each decision. Pure functions on immutable values, any thread.
 */
@NullMarked
package karpenter.core.overlay;

import org.jspecify.annotations.NullMarked;
