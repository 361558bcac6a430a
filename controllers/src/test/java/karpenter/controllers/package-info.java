@NullMarked
package karpenter.controllers;

import org.jspecify.annotations.NullMarked;
