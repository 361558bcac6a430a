package karpenter.core.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import karpenter.core.cluster.PodKey;
import karpenter.core.requirement.Requirements;
import org.junit.jupiter.api.Test;

/** How many volumes a machine takes, as pods come and go. */
class AttachedVolumesTest {
    private static final String DRIVER = Volumes.DRIVER;
    private static final int MANY = 100;

    private static VolumeNeeds needs(Map<String, Integer> own, Map<String, Set<PodKey>> shared) {
        return new VolumeNeeds(List.of(Requirements.NONE), own, shared);
    }

    private static VolumeNeeds own(int count) {
        return needs(Map.of(DRIVER, count), Map.of());
    }

    private static VolumeNeeds shared(String... claims) {
        return needs(Map.of(), Map.of(DRIVER, keys(claims)));
    }

    private static Set<PodKey> keys(String... claims) {
        Set<PodKey> keys = new TreeSet<>();
        for (String claim : claims) {
            keys.add(Volumes.key(claim));
        }
        return keys;
    }

    private static AttachedVolumes limitedTo(int count) {
        return new AttachedVolumes(Map.of(DRIVER, count));
    }

    /** Attachments that are left. */
    private static int left(AttachedVolumes attached) {
        return attached.room(own(1), MANY);
    }

    @Test
    void aPodOfSeveralVolumesTakesAsManyAttachments() {
        assertThat(limitedTo(5).room(own(2), MANY)).isEqualTo(2);
        assertThat(limitedTo(5).room(own(2), 1)).isEqualTo(1);
        assertThat(limitedTo(1).room(own(2), MANY)).isZero();
    }

    @Test
    void podsTakeTheirVolumesWithThemWhenTheyGo() {
        AttachedVolumes attached = limitedTo(5);
        attached.add(own(2), 2);
        assertThat(left(attached)).isEqualTo(1);
        attached.add(own(2), -1);
        assertThat(left(attached)).isEqualTo(3);
    }

    @Test
    void aSharedClaimTakesOneAttachmentFromItsFirstPodToItsLast() {
        AttachedVolumes attached = limitedTo(3);
        assertThat(attached.room(shared("one"), MANY)).isEqualTo(MANY);
        attached.add(shared("one"), 3);
        assertThat(left(attached)).isEqualTo(2);
        attached.add(shared("one"), 1);
        assertThat(left(attached)).isEqualTo(2);
        attached.add(shared("one"), -3);
        assertThat(left(attached)).isEqualTo(2);
        attached.add(shared("one"), -1);
        assertThat(left(attached)).isEqualTo(3);
    }

    @Test
    void aMachineThatIsFullTakesOnlyPodsWhoseClaimsAreThere() {
        AttachedVolumes attached = limitedTo(2);
        attached.add(shared("one"), 1);
        attached.use(DRIVER, Volumes.key("two"));
        assertThat(attached.room(shared("one", "two"), MANY)).isEqualTo(MANY);
        assertThat(attached.room(shared("one", "three"), MANY)).isZero();
        attached.add(shared("one"), -1);
        attached.add(own(1), 1);
        assertThat(attached.room(shared("one"), MANY))
                .as("another volume has taken its place")
                .isZero();
    }

    @Test
    void aSharedClaimLeavesOneAttachmentLessForOwnVolumes() {
        VolumeNeeds both = needs(Map.of(DRIVER, 2), Map.of(DRIVER, keys("one")));
        AttachedVolumes attached = limitedTo(5);
        assertThat(attached.room(both, MANY)).isEqualTo(2);
        attached.add(both, 1);
        assertThat(left(attached)).isEqualTo(2);
        assertThat(attached.room(both, MANY)).as("the claim is there now").isEqualTo(1);
        assertThat(limitedTo(2).room(both, MANY)).isZero();
    }

    @Test
    void theScarcestDriverDecides() {
        AttachedVolumes attached = new AttachedVolumes(Map.of("roomy", 9, "scarce", 2));
        assertThat(attached.room(needs(Map.of("roomy", 1, "scarce", 1), Map.of()), MANY))
                .isEqualTo(2);
        assertThat(attached.room(needs(Map.of("roomy", 1), Map.of()), MANY)).isEqualTo(9);
        assertThat(attached.room(needs(Map.of("unlimited", 7), Map.of("unlimited", keys("one"))), MANY))
                .isEqualTo(MANY);
    }

    @Test
    void aMachineOverItsLimitTakesNoMoreVolumesOfThatDriver() {
        AttachedVolumes attached = limitedTo(1);
        attached.use(DRIVER, Volumes.key("one"));
        attached.use(DRIVER, Volumes.key("two"));
        assertThat(attached.room(own(1), MANY)).isZero();
        assertThat(attached.room(VolumeNeeds.NONE, MANY)).isEqualTo(MANY);
        assertThat(attached.room(needs(Map.of("other", 1), Map.of()), MANY)).isEqualTo(MANY);
    }
}
