/**
 * The demo: a cluster, the controller as its own process, one story told from watch events, and the figures measured on the
 * way. Speaks to people on standard output.
 */
@NullMarked
package karpenter.app.demo;

import org.jspecify.annotations.NullMarked;
