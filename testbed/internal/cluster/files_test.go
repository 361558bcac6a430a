package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

func TestKarpenterIsAServiceAccountWithoutRights(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(tokenFile(newUsers()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string]string{}
	tokens := map[string]bool{}
	for _, row := range rows {
		groups[row[1]] = row[3]
		tokens[row[0]] = true
	}
	if got := groups["system:serviceaccount:kube-system:karpenter"]; got !=
		"system:serviceaccounts,system:serviceaccounts:kube-system,system:authenticated" {
		t.Errorf("karpenter's groups: %q", got)
	}
	if groups["admin"] != "system:masters" {
		t.Errorf("admin's groups: %q", groups["admin"])
	}
	if groups["system:kube-scheduler"] != "system:authenticated" {
		t.Errorf("the scheduler's groups: %q", groups["system:kube-scheduler"])
	}
	if len(tokens) != len(rows) {
		t.Error("users share a token")
	}
}

func TestKubeconfigNeedsNoOtherFile(t *testing.T) {
	var config struct {
		CurrentContext string `json:"current-context"`
		Clusters       []struct {
			Name    string
			Cluster struct {
				Server string
				CA     []byte `json:"certificate-authority-data"`
			}
		}
		Users []struct {
			Name string
			User struct{ Token string }
		}
		Contexts []struct {
			Name    string
			Context struct{ Cluster, User string }
		}
	}
	text := kubeconfig("https://127.0.0.1:6443", []byte("the CA"), user{key: "karpenter", token: "secret"})
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		t.Fatal(err)
	}
	current := config.Contexts[0]
	if config.CurrentContext != current.Name || current.Context.Cluster != config.Clusters[0].Name ||
		current.Context.User != config.Users[0].Name {
		t.Errorf("the names don't refer to each other: %+v", config)
	}
	if config.Clusters[0].Cluster.Server != "https://127.0.0.1:6443" ||
		string(config.Clusters[0].Cluster.CA) != "the CA" || config.Users[0].User.Token != "secret" {
		t.Errorf("read back: %+v", config)
	}
	if !strings.Contains(text, base64.StdEncoding.EncodeToString([]byte("the CA"))) {
		t.Error("the CA is not embedded")
	}
}

func TestServingCertificateIsTrustedAtLoopback(t *testing.T) {
	creds, err := newCredentials()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(creds.serving.cert, creds.serving.key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp4", address(0), &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	quiet := log.New(io.Discard, "", 0) // it logs the handshakes that are to fail
	server := &http.Server{ErrorLog: quiet, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})}
	go server.Serve(listener)
	defer server.Close()
	url := "https://" + address(listener.Addr().(*net.TCPAddr).Port)

	if err := newProbe(creds.caCert, "secret").ok(url)(context.Background()); err != nil {
		t.Error(err)
	}
	if err := newProbe(creds.caCert, "wrong").ok(url)(context.Background()); err == nil ||
		!strings.Contains(err.Error(), "401") {
		t.Errorf("401 is no good health: %v", err)
	}
	other, err := newCredentials()
	if err != nil {
		t.Fatal(err)
	}
	if err := newProbe(other.caCert, "secret").ok(url)(context.Background()); err == nil {
		t.Error("another cluster's certificate was trusted")
	}
}

func TestOnlyLeasesOfKwokAreReleased(t *testing.T) {
	var deleted []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			deleted = append(deleted, r.URL.Path)
		}
		io.WriteString(w, `{"items": [
			{"metadata": {"name": "fake"}, "spec": {"holderIdentity": "host_1b4e28ba"}},
			{"metadata": {"name": "kubelet"}, "spec": {"holderIdentity": "kubelet"}}]}`)
	}))
	defer server.Close()

	if err := releaseNodeLeases(context.Background(), newProbe(nil, ""), server.URL); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(deleted, []string{nodeLeases + "/fake"}) {
		t.Errorf("deleted %q", deleted)
	}
}

// Every address and port a component is told to listen on is loopback.
func TestNothingListensBeyondLoopback(t *testing.T) {
	l := layout{"/data"}
	p := portSet{1, 2, 3, 4, 5, 6}
	commands := [][]string{
		etcdCommand("b", l, p), apiServerCommand("b", l, p), schedulerCommand("b", l, p),
		controllerManagerCommand("b", l, p), kwokCommand("b", l, p),
	}
	listening := []string{"--listen-client-urls", "--listen-peer-urls", "--bind-address", "--server-address"}
	found := 0
	for _, command := range commands {
		for _, argument := range command {
			flag, value, _ := strings.Cut(argument, "=")
			if !slices.Contains(listening, flag) {
				continue
			}
			found++
			if host := strings.TrimPrefix(value, "http://"); !strings.HasPrefix(host, "127.0.0.1") {
				t.Errorf("%s listens on %s", command[1], argument)
			}
		}
	}
	if found != 6 {
		t.Errorf("%d addresses to listen on, 6 expected", found)
	}
}

func TestKwokConfigurationHoldsItsStages(t *testing.T) {
	var names []string
	for document := range strings.SplitSeq(KwokConfig(), "\n---\n") {
		var object struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatal(err)
		}
		names = append(names, object.Kind+" "+object.Metadata.Name)
	}
	want := []string{"KwokConfiguration ", "Stage node-initialize", "Stage node-heartbeat-with-lease",
		"Stage pod-ready", "Stage pod-complete", "Stage pod-delete"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
}

type fakeControlled struct{ calls []string }

func (f *fakeControlled) StopComponent(name string) error {
	f.calls = append(f.calls, "stop "+name)
	return nil
}

func (f *fakeControlled) StartComponent(_ context.Context, name string) (int, error) {
	f.calls = append(f.calls, "start "+name)
	if name == "kubelet" {
		return 0, errors.New("no component kubelet")
	}
	return 42, nil
}

func TestProtocolAnswersEachLineWithOne(t *testing.T) {
	controlled := &fakeControlled{}
	var answers bytes.Buffer
	input := "stop kube-apiserver\n\n  start   kube-apiserver \nstart kubelet\nrestart etcd\n"
	for line := range Lines(strings.NewReader(input)) {
		if err := Serve(context.Background(), controlled, line, &answers); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"stop kube-apiserver", "start kube-apiserver", "start kubelet"}; !slices.Equal(controlled.calls, want) {
		t.Errorf("carried out %q", controlled.calls)
	}
	lines := strings.Split(strings.TrimSpace(answers.String()), "\n")
	want := []struct{ key, value string }{
		{"stopped", "kube-apiserver"}, {"started", "kube-apiserver"},
		{"error", "no component kubelet"}, {"error", `"restart etcd" is not understood, there are: stop COMPONENT, start COMPONENT`},
	}
	if len(lines) != len(want) {
		t.Fatalf("%d answers: %s", len(lines), answers.String())
	}
	for i, line := range lines {
		var answer map[string]any
		if err := json.Unmarshal([]byte(line), &answer); err != nil {
			t.Fatal(err)
		}
		if answer[want[i].key] != want[i].value {
			t.Errorf("%d: %s", i, line)
		}
	}
}

func TestReadyLineHasTheDocumentedShape(t *testing.T) {
	c := &Cluster{layout: layout{"/data"}, server: "https://127.0.0.1:1", readyAfter: 3210 * time.Millisecond}
	text, err := json.Marshal(c.Ready())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kubeconfig":"/data/admin.kubeconfig","karpenterKubeconfig":"/data/karpenter.kubeconfig",` +
		`"server":"https://127.0.0.1:1","dataDir":"/data","pids":{},"startSeconds":3.21}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}
