package karpenter.core.scheduling;

import karpenter.core.cluster.PodKey;

/** Why a volume can't be had for now, so that its pod has to wait. */
public sealed interface VolumeTrouble {
    String text();

    record ClaimMissing() implements VolumeTrouble {
        @Override
        public String text() {
            return "the claim does not exist";
        }
    }

    record ClaimDeleting() implements VolumeTrouble {
        @Override
        public String text() {
            return "the claim is being deleted";
        }
    }

    record ClaimLost() implements VolumeTrouble {
        @Override
        public String text() {
            return "the claim has lost its volume (phase Lost)";
        }
    }

    /** A claim that has the name of a generic ephemeral volume's and isn't its. */
    record ClaimOfAnother(String controllerUid) implements VolumeTrouble {
        @Override
        public String text() {
            return "the claim was not made for this pod, but for uid " + controllerUid;
        }
    }

    /** Somebody has chosen the volume, and the volume controller hasn't confirmed it. */
    record BindingInProgress(String volume) implements VolumeTrouble {
        @Override
        public String text() {
            return "the claim is being bound to volume \"" + volume + "\"";
        }
    }

    /** A ReadWriteOncePod claim is taken. */
    record InUse(PodKey user) implements VolumeTrouble {
        @Override
        public String text() {
            return "the claim is ReadWriteOncePod and pod " + user + " uses it";
        }
    }

    record VolumeMissing(String volume) implements VolumeTrouble {
        @Override
        public String text() {
            return "volume \"" + volume + "\", which the claim is bound to, does not exist";
        }
    }

    record VolumeDeleting(String volume) implements VolumeTrouble {
        @Override
        public String text() {
            return "volume \"" + volume + "\", which the claim is bound to, is being deleted";
        }
    }

    /** No term of the volume's node affinity can be met by labels. */
    record VolumeUnreachable(String volume) implements VolumeTrouble {
        @Override
        public String text() {
            return "volume \"" + volume + "\" has a node affinity that no labels can meet";
        }
    }

    record NoStorageClass() implements VolumeTrouble {
        @Override
        public String text() {
            return "the claim is not bound and has no storage class";
        }
    }

    record StorageClassMissing(String storageClass) implements VolumeTrouble {
        @Override
        public String text() {
            return "storage class \"" + storageClass + "\" of the unbound claim does not exist";
        }
    }

    /** The volume is made without regard to the pod, so it must be there before the pod can be placed. */
    record BindsAtOnce(String storageClass) implements VolumeTrouble {
        @Override
        public String text() {
            return "the claim is not bound yet, and storage class \"" + storageClass
                    + "\" binds at once (volumeBindingMode Immediate)";
        }
    }

    record UnsupportedDriver(String driver) implements VolumeTrouble {
        @Override
        public String text() {
            return "storage driver \"" + driver + "\" can't be used on nodes of this provider";
        }
    }

    record UnsupportedTopology(String storageClass, String key) implements VolumeTrouble {
        @Override
        public String text() {
            return "storage class \"" + storageClass + "\" allows topologies by \"" + key
                    + "\", which nodes of this provider don't have";
        }
    }
}
