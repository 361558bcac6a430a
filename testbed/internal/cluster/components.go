package cluster

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	nodefast "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	heartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
)

// The components' names, as in the protocol, the pids and the log files.
const (
	Etcd                  = "etcd"
	KubeAPIServer         = "kube-apiserver"
	KubeScheduler         = "kube-scheduler"
	KubeControllerManager = "kube-controller-manager"
	Kwok                  = "kwok"
)

// component is how one process is started and how it shows that it works.
type component struct {
	name string
	// command is the binary and its arguments.
	command []string
	// healthy returns nil once the component does its work.
	healthy func(context.Context) error
}

// ports of one cluster, all on loopback.
type portSet struct {
	etcd, etcdPeer, apiServer, scheduler, controllerManager, kwok int
}

func newPortSet() (portSet, error) {
	p, err := freePorts(6)
	if err != nil {
		return portSet{}, err
	}
	return portSet{p[0], p[1], p[2], p[3], p[4], p[5]}, nil
}

// layout is where a cluster keeps its files.
type layout struct {
	root string
}

func (l layout) path(elem ...string) string {
	return filepath.Join(append([]string{l.root}, elem...)...)
}
func (l layout) kubeconfig(key string) string { return l.path(key + ".kubeconfig") }
func (l layout) log(component string) string  { return l.path("logs", component+".log") }

func etcdCommand(binary string, l layout, p portSet) []string {
	client, peer := "http://"+address(p.etcd), "http://"+address(p.etcdPeer)
	return []string{binary, Etcd,
		"--name=default",
		"--data-dir=" + l.path("etcd"),
		"--listen-client-urls=" + client,
		"--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=default=" + peer,
		// The data dies with the cluster: nothing to save from a power cut.
		"--unsafe-no-fsync",
		// Raft entries kept in memory for followers there are none of.
		"--snapshot-count=2000",
		"--log-level=warn",
	}
}

func apiServerCommand(binary string, l layout, p portSet) []string {
	return []string{binary, KubeAPIServer,
		"--etcd-servers=http://" + address(p.etcd),
		"--bind-address=" + loopback,
		fmt.Sprintf("--secure-port=%d", p.apiServer),
		// Without it the server looks for a route to the world, which a build
		// machine need not have. A loopback address can't be an endpoint, so
		// the kubernetes service has none.
		"--advertise-address=" + loopback,
		"--endpoint-reconciler-type=none",
		"--tls-cert-file=" + l.path("pki", "serving.crt"),
		"--tls-private-key-file=" + l.path("pki", "serving.key"),
		"--service-cluster-ip-range=10.96.0.0/16",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + l.path("pki", "service-account.key"),
		"--service-account-signing-key-file=" + l.path("pki", "service-account.key"),
		"--token-auth-file=" + l.path("pki", "tokens.csv"),
		"--authorization-mode=RBAC",
		"--allow-privileged=true",
		"--profiling=false",
	}
}

func schedulerCommand(binary string, l layout, p portSet) []string {
	return []string{binary, KubeScheduler,
		"--config=" + l.path("scheduler.yaml"),
		"--bind-address=" + loopback,
		fmt.Sprintf("--secure-port=%d", p.scheduler),
		"--tls-cert-file=" + l.path("pki", "serving.crt"),
		"--tls-private-key-file=" + l.path("pki", "serving.key"),
		"--authentication-skip-lookup=true", // health checks need no identity
	}
}

// schedulerConfig is in a file because flags for the client's limits are ignored
// beside it. Twice the rate at once, as by default.
func schedulerConfig(l layout, qps int) string {
	return fmt.Sprintf(`apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  kubeconfig: %q
  qps: %d
  burst: %d
leaderElection:
  leaderElect: false
enableProfiling: false
enableContentionProfiling: false
`, l.kubeconfig(KubeScheduler), qps, 2*qps)
}

func controllerManagerCommand(binary string, l layout, p portSet) []string {
	// All controllers that are on by default stay on. Node lifecycle takes the
	// not-ready taint off a new Node; the service account and root CA publishers
	// make what ServiceAccount admission asks of every namespace.
	return []string{binary, KubeControllerManager,
		"--kubeconfig=" + l.kubeconfig(KubeControllerManager),
		"--bind-address=" + loopback,
		fmt.Sprintf("--secure-port=%d", p.controllerManager),
		"--tls-cert-file=" + l.path("pki", "serving.crt"),
		"--tls-private-key-file=" + l.path("pki", "serving.key"),
		"--authentication-skip-lookup=true",
		"--leader-elect=false",
		"--service-account-private-key-file=" + l.path("pki", "service-account.key"),
		"--root-ca-file=" + l.path("pki", "ca.crt"),
		"--kube-api-qps=1000", // 20/s by default: 200 pods would take 10 s
		"--kube-api-burst=2000",
		"--profiling=false",
	}
}

func kwokCommand(binary string, l layout, p portSet) []string {
	return []string{binary,
		"--config=" + l.path("kwok.yaml"),
		"--kubeconfig=" + l.kubeconfig(Kwok),
		"--manage-all-nodes=false",
		"--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
		// An address of documentation's (RFC 5737): fake nodes answer nothing.
		"--node-ip=192.0.2.1",
		"--cidr=10.244.0.0/16",
		// As the kubelet's. Renewed four times as often, well inside the node
		// lifecycle controller's grace of 50 s.
		"--node-lease-duration-seconds=40",
		"--server-address=" + address(p.kwok),
	}
}

// KwokConfig is the file that KWOK reads. It has KWOK's own stages: nodes become
// Ready at once and stay so by their leases, pods run at once and go when they
// are deleted. All numbers are named, and the stages too: this KWOK has no
// defaults.
func KwokConfig() string {
	documents := []string{`apiVersion: config.kwok.x-k8s.io/v1alpha1
kind: KwokConfiguration
options:
  enableDebuggingHandlers: false
  podPlayStageParallelism: 16
  nodePlayStageParallelism: 16
  nodeLeaseParallelism: 4
  podsOnNodeSyncParallelism: 4
  enablePodsOnNodeSyncListPager: true
  enablePodsOnNodeSyncStreamWatch: false
`,
		nodefast.DefaultNodeInit,
		heartbeat.DefaultNodeHeartbeatWithLease,
		podfast.DefaultPodReady,
		podfast.DefaultPodComplete,
		podfast.DefaultPodDelete,
	}
	return strings.Join(documents, "\n---\n")
}
