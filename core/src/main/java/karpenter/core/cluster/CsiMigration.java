package karpenter.core.cluster;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The CSI drivers that stand in for Kubernetes' former in-tree volume plugins.
 *
 * <p>Source: "Migrating to CSI drivers from in-tree plugins" in Kubernetes' documentation of volumes.
 */
public final class CsiMigration {
    private static final Map<String, String> DRIVER_BY_PROVISIONER = Map.of(
            "kubernetes.io/aws-ebs", "ebs.csi.aws.com",
            "kubernetes.io/gce-pd", "pd.csi.storage.gke.io",
            "kubernetes.io/azure-disk", "disk.csi.azure.com",
            "kubernetes.io/azure-file", "file.csi.azure.com",
            "kubernetes.io/cinder", "cinder.csi.openstack.org",
            "kubernetes.io/vsphere-volume", "csi.vsphere.vmware.com",
            "kubernetes.io/portworx-volume", "pxd.portworx.com");
    private static final Map<String, String> PROVISIONER_BY_SOURCE = Map.of(
            "awsElasticBlockStore", "kubernetes.io/aws-ebs",
            "gcePersistentDisk", "kubernetes.io/gce-pd",
            "azureDisk", "kubernetes.io/azure-disk",
            "azureFile", "kubernetes.io/azure-file",
            "cinder", "kubernetes.io/cinder",
            "vsphereVolume", "kubernetes.io/vsphere-volume",
            "portworxVolume", "kubernetes.io/portworx-volume");

    private CsiMigration() {}

    /** The driver that makes the volumes of a StorageClass with that provisioner: its own name unless it is an old one. */
    public static String driver(String provisioner) {
        return DRIVER_BY_PROVISIONER.getOrDefault(provisioner, provisioner);
    }

    /** The driver that attaches volumes whose source is that field of a PersistentVolume's spec; null when none does. */
    public static @Nullable String driverOfSource(String field) {
        String provisioner = PROVISIONER_BY_SOURCE.get(field);
        return provisioner == null ? null : driver(provisioner);
    }
}
