package karpenter.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import karpenter.runtime.LeaseStore;
import karpenter.runtime.LeaseStore.Lease;
import karpenter.runtime.LeaseStore.ReadResult;
import karpenter.runtime.LeaseStore.WriteResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestCluster.Extension.class)
class KubeLeaseStoreIT {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123456Z");

    private final TestCluster cluster;

    KubeLeaseStoreIT(TestCluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void keepsTheLeaseAndRefusesStaleWrites() {
        LeaseStore store = cluster.karpenter().leases("kube-system", "karpenter-leader-election");
        assertThat(store.read(DEADLINE)).isInstanceOf(ReadResult.Absent.class);
        Lease lease = new Lease("me", Duration.ofSeconds(15), NOON, NOON, 0);
        WriteResult created = store.create(lease, DEADLINE);
        assertThat(created).isInstanceOf(WriteResult.Written.class);
        String first = ((WriteResult.Written) created).resourceVersion();
        assertThat(store.read(DEADLINE)).isEqualTo(new ReadResult.Found(lease, first));
        assertThat(store.create(lease, DEADLINE)).isInstanceOf(WriteResult.Conflict.class);

        Lease renewed = new Lease("me", Duration.ofSeconds(15), NOON, NOON.plusSeconds(2), 0);
        WriteResult updated = store.update(renewed, first, DEADLINE);
        assertThat(updated).isInstanceOf(WriteResult.Written.class);
        String second = ((WriteResult.Written) updated).resourceVersion();
        assertThat(store.update(lease, first, DEADLINE)).isInstanceOf(WriteResult.Conflict.class);
        assertThat(store.read(DEADLINE)).isEqualTo(new ReadResult.Found(renewed, second));

        Lease givenUp = new Lease("", Duration.ofSeconds(1), NOON, NOON.plusSeconds(3), 1);
        assertThat(store.update(givenUp, second, DEADLINE)).isInstanceOf(WriteResult.Written.class);
        assertThat(((ReadResult.Found) store.read(DEADLINE)).lease().holder()).isEmpty();
    }

    @Test
    void whatTheAccountMayNotDoIsAFailureWithItsReason() {
        LeaseStore store = cluster.karpenter().leases("default", "elsewhere");
        ReadResult read = store.read(DEADLINE);
        assertThat(read).isInstanceOf(ReadResult.Failed.class);
        assertThat(((ReadResult.Failed) read).reason()).contains("forbidden");
        assertThat(store.create(new Lease("me", Duration.ofSeconds(15), NOON, NOON, 0), DEADLINE))
                .isInstanceOf(WriteResult.Failed.class);
        assertThat(store.update(new Lease("me", Duration.ofSeconds(15), NOON, NOON, 0), "1", DEADLINE))
                .isInstanceOf(WriteResult.Failed.class);
    }
}
