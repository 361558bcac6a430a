package karpenter.core.cluster;

import org.jspecify.annotations.Nullable;

/**
 * A volume attached to a node.
 *
 * @param persistentVolumeName null when the source isn't a PersistentVolume
 */
public record VolumeAttachment(
        String name, String nodeName, @Nullable String persistentVolumeName) {}
