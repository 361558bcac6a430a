@NullMarked
package karpenter.controllers.nodeclaim.podevents;

import org.jspecify.annotations.NullMarked;
