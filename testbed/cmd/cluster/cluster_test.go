package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"karpenter/testbed/internal/cluster"
	"sigs.k8s.io/yaml"
)

// deadline of everything a cluster does here; it takes seconds when all is well.
const deadline = 2 * time.Minute

// TestRealCluster is the integration test: the built binaries, from start to end.
func TestRealCluster(t *testing.T) {
	binaries := builtBinaries(t)
	dataDir := filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()

	command := exec.CommandContext(ctx, filepath.Join(binaries, "cluster"),
		"start", "--data", dataDir, "--parent-pid", fmt.Sprint(os.Getpid()))
	var complaints bytes.Buffer
	command.Stderr = &complaints
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer command.Process.Kill() // only a test that failed leaves it running
	answers := bufio.NewScanner(output)

	var ready cluster.Ready
	nextLine(t, answers, &ready, &complaints)
	for _, name := range []string{cluster.Etcd, cluster.KubeAPIServer, cluster.KubeScheduler, cluster.KubeControllerManager, cluster.Kwok} {
		if !alive(ready.Pids[name]) {
			t.Errorf("%s, process %d, is not alive", name, ready.Pids[name])
		}
	}
	admin := newAPI(t, ready.Kubeconfig)
	karpenter := newAPI(t, ready.KarpenterKubeconfig)

	var version struct{ GitVersion string }
	admin.do(t, http.MethodGet, "/version", nil, http.StatusOK, &version)
	if version.GitVersion != "v1.36.1" {
		t.Errorf("version %q", version.GitVersion)
	}
	karpenter.do(t, http.MethodGet, "/api/v1/nodes", nil, http.StatusForbidden, nil)

	admin.do(t, http.MethodPost, "/api/v1/nodes", object(fakeNode, "node-1"), http.StatusCreated, nil)
	admin.do(t, http.MethodPost, deployments, object(deployment, "first"), http.StatusCreated, nil)
	admin.awaitReady(t, "first", 20)

	// The data outlives the server, and what was its client works on afterwards.
	fmt.Fprintln(input, "stop kube-apiserver")
	var stopped struct{ Stopped string }
	nextLine(t, answers, &stopped, &complaints)
	if _, err := admin.request(http.MethodGet, "/readyz", nil); err == nil || stopped.Stopped != cluster.KubeAPIServer {
		t.Errorf("the API server still answers (%+v)", stopped)
	}
	fmt.Fprintln(input, "start kube-apiserver")
	var started struct {
		Started string
		Pid     int
	}
	nextLine(t, answers, &started, &complaints)
	if started.Started != cluster.KubeAPIServer || !alive(started.Pid) {
		t.Errorf("the API server was not started again: %+v", started)
	}
	admin.awaitReady(t, "first", 20)
	admin.do(t, http.MethodPost, deployments, object(deployment, "second"), http.StatusCreated, nil)
	admin.awaitReady(t, "second", 20)

	// A graceful deletion comes to its end.
	admin.do(t, http.MethodDelete, deployments+"/first?propagationPolicy=Foreground", nil, http.StatusOK, nil)
	admin.eventually(t, "first is gone", func() bool {
		response, err := admin.request(http.MethodGet, deployments+"/first", nil)
		return err == nil && response.status == http.StatusNotFound
	})

	input.Close()
	if err := command.Wait(); err != nil {
		t.Errorf("the end: %v\n%s", err, complaints.String())
	}
	for name, pid := range ready.Pids {
		if alive(pid) {
			t.Errorf("%s, process %d, outlives its cluster", name, pid)
		}
	}
	if alive(started.Pid) {
		t.Errorf("the second API server, process %d, outlives its cluster", started.Pid)
	}
	if _, err := os.Stat(dataDir); !os.IsNotExist(err) {
		t.Errorf("%s is left behind: %v", dataDir, err)
	}
}

const deployments = "/apis/apps/v1/namespaces/default/deployments"

const fakeNode = `
apiVersion: v1
kind: Node
metadata:
  name: NAME
  annotations: {kwok.x-k8s.io/node: fake}
status:
  capacity: {cpu: "16", memory: 64Gi, pods: "110"}
  allocatable: {cpu: "16", memory: 64Gi, pods: "110"}
`

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  replicas: 20
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers:
      - name: app
        image: none
        resources: {requests: {cpu: 100m, memory: 64Mi}}
`

func object(text, name string) []byte {
	body, err := yaml.YAMLToJSON([]byte(strings.ReplaceAll(text, "NAME", name)))
	if err != nil {
		panic(err)
	}
	return body
}

// builtBinaries returns where build.sh put them, or skips the test.
func builtBinaries(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("KARPENTER_TESTBED_BIN")
	if folder == "" {
		folder = filepath.Join("..", "..", "bin")
	}
	for _, name := range []string{"cluster", "controlplane", "kwok"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Skipf("%v. Maybe run testbed/build.sh first", err)
		}
	}
	return folder
}

func nextLine(t *testing.T, lines *bufio.Scanner, into any, complaints *bytes.Buffer) {
	t.Helper()
	if !lines.Scan() {
		t.Fatalf("no answer: %v\n%s", lines.Err(), complaints.String())
	}
	if err := json.Unmarshal(lines.Bytes(), into); err != nil {
		t.Fatalf("%s: %v", lines.Text(), err)
	}
}

func alive(pid int) bool { return pid > 0 && syscall.Kill(pid, 0) == nil }

// api is the least of a Kubernetes client: a kubeconfig and HTTPS.
type api struct {
	client        *http.Client
	server, token string
}

type response struct {
	status int
	body   []byte
}

func newAPI(t *testing.T, kubeconfig string) api {
	t.Helper()
	text, err := os.ReadFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Clusters []struct {
			Cluster struct {
				Server string
				CA     []byte `json:"certificate-authority-data"`
			}
		}
		Users []struct {
			User struct{ Token string }
		}
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(config.Clusters[0].Cluster.CA)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	return api{
		client: &http.Client{Transport: transport, Timeout: 30 * time.Second},
		server: config.Clusters[0].Cluster.Server,
		token:  config.Users[0].User.Token,
	}
}

func (a api) request(method, path string, body []byte) (response, error) {
	request, err := http.NewRequest(method, a.server+path, bytes.NewReader(body))
	if err != nil {
		return response{}, err
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := a.client.Do(request)
	if err != nil {
		return response{}, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return response{answer.StatusCode, text}, err
}

// do wants the status and decodes the body.
func (a api) do(t *testing.T, method, path string, body []byte, status int, into any) {
	t.Helper()
	answer, err := a.request(method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.status != status {
		t.Fatalf("%s %s: %d instead of %d: %s", method, path, answer.status, status, answer.body)
	}
	if into != nil {
		if err := json.Unmarshal(answer.body, into); err != nil {
			t.Fatal(err)
		}
	}
}

func (a api) awaitReady(t *testing.T, name string, replicas int) {
	t.Helper()
	a.eventually(t, fmt.Sprintf("%d pods of %s are Ready", replicas, name), func() bool {
		var found struct {
			Status struct{ ReadyReplicas, AvailableReplicas int }
		}
		a.do(t, http.MethodGet, deployments+"/"+name, nil, http.StatusOK, &found)
		return found.Status.ReadyReplicas == replicas
	})
}

func (a api) eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !condition(); {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", deadline, what)
		}
		time.Sleep(25 * time.Millisecond)
	}
}
