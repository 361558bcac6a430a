/** Tests of the provisioner in a world in memory. */
@NullMarked
package karpenter.controllers.provisioning;

import org.jspecify.annotations.NullMarked;
