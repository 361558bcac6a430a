package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	// startAttempts: each takes new ports after another process took one of ours.
	startAttempts = 3
	healthPoll    = 25 * time.Millisecond
	stopGrace     = 5 * time.Second
	// The API server waits for its clients' open watches; what it has is in etcd.
	apiServerStopGrace = time.Second
)

// Options say what Start starts.
type Options struct {
	// BinDir holds the binaries controlplane and kwok.
	BinDir string
	// DataDir must be missing or empty. Empty string: a new folder in the
	// system's folder for temporary files.
	DataDir string
	// KeepData leaves the data folder behind, for a look after a failed test.
	KeepData bool
	// Kwok starts KWOK too.
	Kwok bool
	// SchedulerQPS is how many requests a second the scheduler may make over time,
	// and as many for events.
	SchedulerQPS int
	// ComponentTimeout is how long each component may take to become healthy.
	ComponentTimeout time.Duration
}

// Ready is what a user of the cluster needs to know, as printed.
type Ready struct {
	Kubeconfig          string         `json:"kubeconfig"`
	KarpenterKubeconfig string         `json:"karpenterKubeconfig"`
	Server              string         `json:"server"`
	DataDir             string         `json:"dataDir"`
	Pids                map[string]int `json:"pids"`
	StartSeconds        float64        `json:"startSeconds"`
}

// Cluster is a running control plane. Its methods may be called from one
// goroutine only, but for Failed's channel.
type Cluster struct {
	options    Options
	layout     layout
	server     string
	components []component // in starting order
	started    time.Time
	readyAfter time.Duration
	failed     chan error
	// usable asks the API server for what the controllers must have made.
	usable func(context.Context) error
	// releaseLeases frees the nodes of a KWOK that was stopped for the next one.
	releaseLeases func(context.Context) error

	mutex     sync.Mutex
	processes map[string]*process
	// paused are the API server's clients that were stopped with it.
	paused []string
}

// Start returns when the cluster is ready to use. On failure and when ctx ends
// before, nothing of it is left.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	started := time.Now()
	dir, err := newDataDir(options.DataDir)
	if err != nil {
		return nil, err
	}
	options.DataDir = dir
	// Components run in a folder of their own.
	if options.BinDir, err = filepath.Abs(options.BinDir); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		c, err := newCluster(options)
		if err == nil {
			c.started = started
			if err = c.startAll(ctx); err == nil {
				c.readyAfter = time.Since(started)
				return c, nil
			}
			c.stopAll()
		}
		var failure *ComponentError
		if attempt < startAttempts && errors.As(err, &failure) && failure.portTaken() {
			if err = emptyDir(dir); err == nil {
				continue
			}
		}
		if !options.KeepData {
			os.RemoveAll(dir)
		}
		return nil, err
	}
}

// newDataDir returns the absolute path of a folder that is empty and ours, so
// that it can be removed as a whole later.
func newDataDir(dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", "karpenter-testbed-")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	if len(entries) > 0 {
		return "", fmt.Errorf("data folder %s is not empty (%s …). Maybe another cluster runs there", dir, entries[0].Name())
	}
	return dir, nil
}

func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// newCluster chooses ports, makes credentials and writes all files.
func newCluster(options Options) (*Cluster, error) {
	ports, err := newPortSet()
	if err != nil {
		return nil, err
	}
	creds, err := newCredentials()
	if err != nil {
		return nil, err
	}
	users := newUsers()
	l := layout{options.DataDir}
	server := "https://" + address(ports.apiServer)

	files := map[string]string{
		l.path("pki", "ca.crt"):              string(creds.caCert),
		l.path("pki", "serving.crt"):         string(creds.serving.cert),
		l.path("pki", "serving.key"):         string(creds.serving.key),
		l.path("pki", "service-account.key"): string(creds.serviceAccountKey),
		l.path("pki", "tokens.csv"):          tokenFile(users),
		l.path("scheduler.yaml"):             schedulerConfig(l, options.SchedulerQPS),
		l.path("kwok.yaml"):                  KwokConfig(),
	}
	var adminToken string
	for _, u := range users {
		files[l.kubeconfig(u.key)] = kubeconfig(server, creds.caCert, u)
		if u.key == "admin" {
			adminToken = u.token
		}
	}
	for _, folder := range []string{"pki", "logs"} {
		if err := os.MkdirAll(l.path(folder), 0o700); err != nil {
			return nil, err
		}
	}
	for file, text := range files {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}

	controlPlane := filepath.Join(options.BinDir, "controlplane")
	probe := newProbe(creds.caCert, adminToken)
	components := []component{
		{Etcd, etcdCommand(controlPlane, l, ports), probe.ok("http://" + address(ports.etcd) + "/health")},
		{KubeAPIServer, apiServerCommand(controlPlane, l, ports), probe.ok(server + "/readyz")},
		{KubeScheduler, schedulerCommand(controlPlane, l, ports), probe.ok("https://" + address(ports.scheduler) + "/readyz")},
		{KubeControllerManager, controllerManagerCommand(controlPlane, l, ports), probe.ok("https://" + address(ports.controllerManager) + "/healthz")},
	}
	if options.Kwok {
		kwok := filepath.Join(options.BinDir, "kwok")
		components = append(components, component{Kwok, kwokCommand(kwok, l, ports), probe.ok("http://" + address(ports.kwok) + "/healthz")})
	}
	for _, c := range components {
		if _, err := os.Stat(c.command[0]); err != nil {
			return nil, fmt.Errorf("no binary %s. Maybe it was not built: run testbed/build.sh", c.command[0])
		}
	}
	return &Cluster{
		options:    options,
		layout:     l,
		server:     server,
		components: components,
		failed:     make(chan error, len(components)),
		usable: probe.ok(
			server+"/api/v1/namespaces/default",
			server+"/api/v1/namespaces/default/serviceaccounts/default"),
		releaseLeases: func(ctx context.Context) error { return releaseNodeLeases(ctx, probe, server) },
		processes:     map[string]*process{},
	}, nil
}

// startAll starts etcd, then the API server, then the others side by side.
func (c *Cluster) startAll(ctx context.Context) error {
	if err := c.startTogether(ctx, Etcd); err != nil {
		return err
	}
	if err := c.startTogether(ctx, KubeAPIServer); err != nil {
		return err
	}
	var clients []string
	for _, component := range c.components[2:] {
		clients = append(clients, component.name)
	}
	if err := c.startTogether(ctx, clients...); err != nil {
		return err
	}
	if err := c.await(ctx, KubeControllerManager, c.usable); err != nil {
		return fmt.Errorf("the default namespace or its service account is missing: %w", err)
	}
	return nil
}

// startTogether launches the components and waits until all are healthy.
func (c *Cluster) startTogether(ctx context.Context, names ...string) error {
	for _, name := range names {
		if name == Kwok && c.process(Kwok) != nil {
			if err := c.releaseLeases(ctx); err != nil {
				return fmt.Errorf("releasing the stopped KWOK's node leases: %w", err)
			}
		}
		if err := c.launch(name); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := c.await(ctx, name, c.process(name).component.healthy); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) launch(name string) error {
	component := c.components[slices.IndexFunc(c.components, func(other component) bool { return other.name == name })]
	p, err := startProcess(component, c.layout.log(component.name))
	if err != nil {
		return fmt.Errorf("%s: %w", component.name, err)
	}
	c.mutex.Lock()
	c.processes[component.name] = p
	c.mutex.Unlock()
	go func() {
		<-p.exited
		if !p.stopping.Load() {
			c.failed <- p.failure("ended unexpectedly: " + p.exitText())
		}
	}()
	return nil
}

// await polls the condition until it holds. The named component is to blame when
// it does not in time, any that exits meanwhile ends the waiting.
func (c *Cluster) await(ctx context.Context, name string, condition func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.ComponentTimeout,
		fmt.Errorf("not within %s", c.options.ComponentTimeout))
	defer cancel()
	ticker := time.NewTicker(healthPoll)
	defer ticker.Stop()
	var last error
	for {
		err := condition(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err // not the one that only says that time is up
		}
		select {
		case err := <-c.failed:
			return err
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				reason := fmt.Sprintf("is not healthy, %s: %v", context.Cause(ctx), last)
				return c.process(name).failure(reason)
			}
			return fmt.Errorf("gave up waiting for %s: %w", name, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

func (c *Cluster) process(name string) *process {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.processes[name]
}

// Ready describes the running cluster.
func (c *Cluster) Ready() Ready {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	pids := map[string]int{}
	for name, p := range c.processes {
		pids[name] = p.pid()
	}
	return Ready{
		Kubeconfig:          c.layout.kubeconfig("admin"),
		KarpenterKubeconfig: c.layout.kubeconfig("karpenter"),
		Server:              c.server,
		DataDir:             c.layout.root,
		Pids:                pids,
		StartSeconds:        float64(c.readyAfter.Milliseconds()) / 1000,
	}
}

// Failed delivers the error of a component that ended without being asked to.
func (c *Cluster) Failed() <-chan error { return c.failed }

// StopComponent stops one component and leaves the others alone, with one
// exception: with kube-apiserver its clients among the components stop too.
// In a real cluster scheduler and controller-manager end when they can't renew
// their leases, and are started again. If they kept running here, their watches
// would come back up to a minute after the server, as client-go backs off.
func (c *Cluster) StopComponent(name string) error {
	p := c.process(name)
	if p == nil {
		return c.unknown(name)
	}
	if p.hasExited() {
		return fmt.Errorf("%s is stopped already", name)
	}
	if name == KubeAPIServer {
		c.paused = c.stopClients()
	}
	c.stop(name, p)
	return nil
}

// StartComponent starts a stopped component again, on its old port with its old
// data, and what stopped with it. It returns the component's pid when all of
// them are healthy.
func (c *Cluster) StartComponent(ctx context.Context, name string) (int, error) {
	p := c.process(name)
	if p == nil {
		return 0, c.unknown(name)
	}
	if !p.hasExited() {
		return 0, fmt.Errorf("%s runs already", name)
	}
	if err := c.startTogether(ctx, name); err != nil {
		return 0, err
	}
	if name == KubeAPIServer {
		if err := c.startTogether(ctx, c.paused...); err != nil {
			return 0, err
		}
		c.paused = nil
	}
	return c.process(name).pid(), nil
}

func (c *Cluster) unknown(name string) error {
	var names []string
	for _, component := range c.components {
		names = append(names, component.name)
	}
	return fmt.Errorf("no component %q, there are %v", name, names)
}

func (c *Cluster) stop(name string, p *process) {
	if name == KubeAPIServer {
		p.stop(apiServerStopGrace)
	} else {
		p.stop(stopGrace)
	}
}

// stopClients stops the API server's clients at once and returns the names of
// those that ran.
func (c *Cluster) stopClients() []string {
	var names []string
	var all sync.WaitGroup
	for _, component := range c.components[2:] {
		if p := c.process(component.name); p != nil && !p.hasExited() {
			names = append(names, component.name)
			all.Go(func() { c.stop(component.name, p) })
		}
	}
	all.Wait()
	return names
}

// stopAll stops the clients of the API server, then it, then etcd, so that none
// spends its last seconds with a server that is gone.
func (c *Cluster) stopAll() {
	c.stopClients()
	for _, name := range []string{KubeAPIServer, Etcd} {
		if p := c.process(name); p != nil {
			c.stop(name, p)
		}
	}
}

// Close stops all processes and removes the data folder unless it is to be kept.
func (c *Cluster) Close() error {
	c.stopAll()
	if c.options.KeepData {
		return nil
	}
	return os.RemoveAll(c.layout.root)
}
