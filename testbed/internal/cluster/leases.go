package cluster

import (
	"context"
	"encoding/json"
	"net/http"
)

const nodeLeases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"

// releaseNodeLeases deletes the node leases that a stopped KWOK holds. Each KWOK
// process has an identity of its own, and the next one would leave the nodes
// alone for the 40 s until the leases expire. A kubelet holds its lease in its
// node's name, so what anybody else holds is KWOK's.
func releaseNodeLeases(ctx context.Context, p probe, server string) error {
	text, err := p.do(ctx, http.MethodGet, server+nodeLeases)
	if err != nil {
		return err
	}
	var leases struct {
		Items []struct {
			Metadata struct{ Name string }
			Spec     struct{ HolderIdentity string }
		}
	}
	if err := json.Unmarshal([]byte(text), &leases); err != nil {
		return err
	}
	for _, lease := range leases.Items {
		if lease.Spec.HolderIdentity == lease.Metadata.Name {
			continue
		}
		if _, err := p.do(ctx, http.MethodDelete, server+nodeLeases+"/"+lease.Metadata.Name); err != nil {
			return err
		}
	}
	return nil
}
