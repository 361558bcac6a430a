package karpenter.controllers.nodepool;

import java.util.List;
import java.util.Map;
import karpenter.api.Labels;
import karpenter.api.ObjectMeta;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.api.v1.NodePoolHash;
import karpenter.controllers.state.ClusterState;
import karpenter.controllers.state.WriteOutcomes;
import karpenter.core.port.ObjectWriter;
import karpenter.core.port.ObjectWriter.Lock;
import karpenter.runtime.Outcome;

/**
 * Writes the hash of the pool's template beside it, which claims are compared with.
 *
 * <p>When the way of hashing changes, the claims' hashes mean nothing any more: they get the pool's present one, so that a new
 * version of this program doesn't replace every node. Those that had drifted keep theirs and stay drifted.
 */
final class HashController {
    private final ClusterState state;
    private final ObjectWriter<NodePool> pools;
    private final ObjectWriter<NodeClaim> claims;

    HashController(ClusterState state, ObjectWriter<NodePool> pools, ObjectWriter<NodeClaim> claims) {
        this.state = state;
        this.pools = pools;
        this.claims = claims;
    }

    Outcome reconcile(NodePool pool) {
        String hash = NodePoolHash.of(pool);
        Map<String, String> annotations = pool.metadata().annotations();
        if (!NodePoolHash.VERSION.equals(annotations.get(Labels.NODE_POOL_HASH_VERSION))) {
            if (!state.snapshot().listed()) {
                // Comes again with the end of the list; until then claims may be missing.
                return Outcome.done();
            }
            Outcome rehashed = rehash(pool.name(), hash);
            if (!(rehashed instanceof Outcome.Done)) {
                return rehashed;
            }
        }
        ObjectMeta hashed = pool.metadata()
                .withAnnotation(Labels.NODE_POOL_HASH, hash)
                .withAnnotation(Labels.NODE_POOL_HASH_VERSION, NodePoolHash.VERSION);
        return hashed.equals(pool.metadata())
                ? Outcome.done()
                : WriteOutcomes.of(pools.patch(pool, pool.withMetadata(hashed), Lock.NONE));
    }

    private Outcome rehash(String pool, String hash) {
        List<NodeClaim> outdated = state.snapshot().claims().values().stream()
                .filter(claim -> pool.equals(claim.nodePoolName()))
                .filter(claim -> !NodePoolHash.VERSION.equals(
                        claim.metadata().annotations().get(Labels.NODE_POOL_HASH_VERSION)))
                .toList();
        for (NodeClaim claim : outdated) {
            ObjectMeta metadata = claim.metadata().withAnnotation(Labels.NODE_POOL_HASH_VERSION, NodePoolHash.VERSION);
            if (!claim.isTrue(NodeClaim.DRIFTED)) {
                metadata = metadata.withAnnotation(Labels.NODE_POOL_HASH, hash);
            }
            Outcome written = WriteOutcomes.of(claims.patch(claim, claim.withMetadata(metadata), Lock.NONE));
            if (!(written instanceof Outcome.Done)) {
                return written;
            }
        }
        return Outcome.done();
    }
}
