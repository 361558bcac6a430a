/**
 * The program: reads options, wires every part with plain constructors, and answers to the command line. Nothing depends on
 * this module.
 */
@NullMarked
package karpenter.app;

import org.jspecify.annotations.NullMarked;
