/**
 * The controller as a program: options in, every part made with plain constructors and tied together, run until it is told to
 * stop or loses the leader lease. Starts everything that the other packages only describe.
 */
@NullMarked
package karpenter.app.controller;

import org.jspecify.annotations.NullMarked;
