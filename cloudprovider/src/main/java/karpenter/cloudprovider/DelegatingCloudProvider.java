package karpenter.cloudprovider;

import java.util.List;
import karpenter.api.v1.NodeClaim;
import karpenter.api.v1.NodePool;
import karpenter.core.scheduling.UnsupportedVolumes;

/** A provider that passes everything on to another. What decorates a provider overrides what it changes, and nothing gets lost. */
abstract class DelegatingCloudProvider implements CloudProvider {
    final CloudProvider delegate;

    DelegatingCloudProvider(CloudProvider delegate) {
        this.delegate = delegate;
    }

    @Override
    public String name() {
        return delegate.name();
    }

    @Override
    public List<NodeClassKind> supportedNodeClasses() {
        return delegate.supportedNodeClasses();
    }

    @Override
    public ProviderLabels labels() {
        return delegate.labels();
    }

    @Override
    public LaunchResult launch(NodeClaim claim) {
        return delegate.launch(claim);
    }

    @Override
    public TerminateResult terminate(NodeClaim claim) {
        return delegate.terminate(claim);
    }

    @Override
    public LookupResult get(String providerId) {
        return delegate.get(providerId);
    }

    @Override
    public ListResult list() {
        return delegate.list();
    }

    @Override
    public InstanceTypesResult instanceTypes(NodePool pool) {
        return delegate.instanceTypes(pool);
    }

    @Override
    public DriftResult drift(NodeClaim claim) {
        return delegate.drift(claim);
    }

    @Override
    public List<RepairPolicy> repairPolicies() {
        return delegate.repairPolicies();
    }

    @Override
    public UnsupportedVolumes unsupportedVolumes() {
        return delegate.unsupportedVolumes();
    }
}
