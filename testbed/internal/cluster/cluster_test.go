package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeComponent, when this test binary is started as a component, decides what
// it does: the supervisor is tested with real processes but without Kubernetes.
const fakeComponent = "TESTBED_FAKE_COMPONENT"

func TestMain(m *testing.M) {
	switch behaviour := os.Getenv(fakeComponent); behaviour {
	case "":
		os.Exit(m.Run())
	case "fail":
		fmt.Println("first line of the log")
		fmt.Println("panic: no such flag")
		os.Exit(3)
	case "port-taken":
		fmt.Println("listen tcp 127.0.0.1:1: bind: address already in use")
		os.Exit(1)
	case "run":
		select {}
	case "ignore-sigterm":
		ignoreSigterm()
		fmt.Println("deaf")
		select {}
	default: // "supervise FILE": a supervisor that is about to be killed
		supervise(strings.TrimPrefix(behaviour, "supervise "))
	}
}

// deadline of conditions that hold within milliseconds when all is well.
const deadline = 20 * time.Second

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !condition(); {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", deadline, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// self is this test binary as a component that behaves as told.
func self(t *testing.T, name, behaviour string) component {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return component{
		name:    name,
		command: []string{"/usr/bin/env", fakeComponent + "=" + behaviour, binary},
		healthy: func(context.Context) error { return nil },
	}
}

// fakeCluster is a cluster of this test binary's processes, not yet started.
func fakeCluster(t *testing.T, components ...component) *Cluster {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	c := &Cluster{
		options:    Options{ComponentTimeout: deadline},
		layout:     layout{dir},
		components: components,
		failed:     make(chan error, len(components)),
		usable:     func(context.Context) error { return nil },
		processes:  map[string]*process{},
	}
	t.Cleanup(c.stopAll)
	return c
}

func TestStartFailureNamesComponentAndLogAndLeavesNoProcess(t *testing.T) {
	c := fakeCluster(t, self(t, Etcd, "run"), self(t, KubeAPIServer, "fail"))
	c.components[1].healthy = func(context.Context) error { return errors.New("connection refused") }

	err := c.startAll(context.Background())

	var failure *ComponentError
	if !errors.As(err, &failure) || failure.Component != KubeAPIServer {
		t.Fatalf("the API server is to blame, but: %v", err)
	}
	for _, part := range []string{"kube-apiserver ended unexpectedly: exit status 3", "panic: no such flag"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing in: %v", part, err)
		}
	}
	c.stopAll()
	if pid := c.process(Etcd).pid(); alive(pid) {
		t.Errorf("etcd, process %d, is alive after the failed start", pid)
	}
}

func TestStartFailureRemovesDataFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	bin := fakeBinaries(t, "echo cannot start; exit 7")

	_, err := Start(context.Background(), Options{BinDir: bin, DataDir: dir, ComponentTimeout: deadline})

	if err == nil || !strings.Contains(err.Error(), "etcd ended unexpectedly: exit status 7") ||
		!strings.Contains(err.Error(), "cannot start") {
		t.Errorf("the error doesn't say what failed: %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is left behind: %v", dir, err)
	}
}

func TestStartTakesOtherPortsWhenOneIsTakenMeanwhile(t *testing.T) {
	attempts := filepath.Join(t.TempDir(), "attempts")
	bin := fakeBinaries(t, "echo $* >>"+attempts+"; echo address already in use; exit 1")

	_, err := Start(context.Background(), Options{BinDir: bin, DataDir: t.TempDir(), ComponentTimeout: deadline})

	if err == nil {
		t.Fatal("a start without etcd succeeded")
	}
	text, _ := os.ReadFile(attempts)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != startAttempts || lines[0] == lines[1] {
		t.Errorf("%d attempts with ports of their own are wanted, there were:\n%s", startAttempts, text)
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	c := fakeCluster(t, self(t, Etcd, "run"), self(t, KubeAPIServer, "run"))
	ctx, cancel := context.WithCancelCause(context.Background())
	c.components[0].healthy = func(context.Context) error {
		cancel(errors.New("input closed"))
		return errors.New("not yet")
	}

	err := c.startAll(ctx)

	if err == nil || !strings.Contains(err.Error(), "input closed") {
		t.Errorf("the reason is missing: %v", err)
	}
}

func TestUnhealthyComponentIsNamedWithItsLastAnswer(t *testing.T) {
	c := fakeCluster(t, self(t, Etcd, "run"), self(t, KubeAPIServer, "run"))
	c.options.ComponentTimeout = 100 * time.Millisecond
	c.components[1].healthy = func(context.Context) error { return errors.New("answers 500") }

	err := c.startAll(context.Background())

	if err == nil || !strings.Contains(err.Error(), "kube-apiserver is not healthy, not within 100ms: answers 500") {
		t.Errorf("unclear: %v", err)
	}
}

func TestComponentThatEndsLaterIsReported(t *testing.T) {
	c := fakeCluster(t, self(t, Etcd, "run"), self(t, KubeAPIServer, "run"))
	if err := c.startAll(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.process(Etcd).command.Process.Kill()
	select {
	case err := <-c.Failed():
		if !strings.Contains(err.Error(), "etcd ended unexpectedly: signal: killed") {
			t.Errorf("unclear: %v", err)
		}
	case <-time.After(deadline):
		t.Fatal("nothing reported")
	}
}

func TestStoppingAPIServerPausesItsClients(t *testing.T) {
	c := fakeCluster(t, self(t, Etcd, "run"), self(t, KubeAPIServer, "run"), self(t, KubeScheduler, "run"))
	if err := c.startAll(context.Background()); err != nil {
		t.Fatal(err)
	}
	before := c.Ready().Pids

	if err := c.StopComponent(KubeAPIServer); err != nil {
		t.Fatal(err)
	}
	if !alive(before[Etcd]) || alive(before[KubeAPIServer]) || alive(before[KubeScheduler]) {
		t.Error("etcd is to run on, API server and scheduler are to be gone")
	}
	if err := c.StopComponent(KubeAPIServer); err == nil {
		t.Error("stopped twice")
	}

	pid, err := c.StartComponent(context.Background(), KubeAPIServer)
	if err != nil {
		t.Fatal(err)
	}
	after := c.Ready().Pids
	if pid != after[KubeAPIServer] || !alive(pid) || !alive(after[KubeScheduler]) || after[Etcd] != before[Etcd] {
		t.Errorf("API server and scheduler are to run again: %v, before %v", after, before)
	}
	if _, err := c.StartComponent(context.Background(), KubeAPIServer); err == nil {
		t.Error("started twice")
	}
	if err := c.StopComponent("kubelet"); err == nil || !strings.Contains(err.Error(), "kube-scheduler") {
		t.Errorf("the names there are should be listed: %v", err)
	}
	select {
	case err := <-c.Failed():
		t.Errorf("a stop on purpose is no failure: %v", err)
	default:
	}
}

func TestProcessThatIgnoresTheRequestIsKilled(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	p, err := startProcess(self(t, Etcd, "ignore-sigterm"), log)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process is deaf", func() bool { return strings.Contains(tail(log, 1), "deaf") })

	p.stop(50 * time.Millisecond)

	if alive(p.pid()) || !strings.Contains(p.exitText(), "killed") {
		t.Errorf("process %d: %s", p.pid(), p.exitText())
	}
}

func TestComponentsDoNotInheritTheEnvironment(t *testing.T) {
	t.Setenv("ETCD_LISTEN_METRICS_URLS", "http://0.0.0.0:9999")
	t.Setenv("GOGC", "50")
	environment := strings.Join(childEnvironment("/data"), " ")
	if strings.Contains(environment, "ETCD_") ||
		!strings.Contains(environment, "HOME=/data") || !strings.Contains(environment, "GOGC=50") {
		t.Error(environment)
	}
}

func TestDataFolderMustBeEmpty(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(context.Background(), Options{DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("started in a folder of somebody else's: %v", err)
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

func TestMissingBinaryIsNamed(t *testing.T) {
	_, err := Start(context.Background(), Options{BinDir: t.TempDir(), DataDir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "controlplane") || !strings.Contains(err.Error(), "build.sh") {
		t.Errorf("the message doesn't help: %v", err)
	}
}

func TestParentWatchSeesTheEnd(t *testing.T) {
	other := exec.Command("sleep", "1000")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		watchParent(context.Background(), other.Process.Pid, 5*time.Millisecond)
		close(gone)
	}()
	select {
	case <-gone:
		t.Fatal("the process lives")
	case <-time.After(50 * time.Millisecond): // ten looks
	}
	other.Process.Kill()
	other.Wait()
	select {
	case <-gone:
	case <-time.After(deadline):
		t.Fatal("the end of the process was not seen")
	}
}

func TestParentWatchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	watchParent(ctx, os.Getppid(), time.Hour)
}

func TestPortsAreFreeDifferentAndNotEphemeral(t *testing.T) {
	ports, err := freePorts(20)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, port := range ports {
		if seen[port] || port < lowestPort || port >= firstEphemeralPort() {
			t.Errorf("port %d of %v", port, ports)
		}
		seen[port] = true
		listener, err := net.Listen("tcp4", address(port))
		if err != nil {
			t.Error(err)
			continue
		}
		listener.Close()
	}
}

func TestPortsInUseAreLeftAlone(t *testing.T) {
	taken, err := net.Listen("tcp4", address(0))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	if ports, err := freePortsBetween(port, port+1, 1); err == nil {
		t.Errorf("found %v, which is taken", ports)
	}
}

// fakeBinaries returns a folder with shell scripts in place of the real ones.
func fakeBinaries(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"controlplane", "kwok"} {
		text := "#!/bin/sh\n" + script + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
