/** Tests of the comparison with kube-scheduler, and the comparison itself in a size that every build can afford. */
@NullMarked
package karpenter.app.fidelity;

import org.jspecify.annotations.NullMarked;
