/**
 * From the wire to records: JSON trees of Kubernetes objects become core's compact records. The same decoders serve the watch
 * and manifests read from files; they are stateless but for the table of pod shapes, and any thread may use them.
 */
@NullMarked
package karpenter.kube.decode;

import org.jspecify.annotations.NullMarked;
