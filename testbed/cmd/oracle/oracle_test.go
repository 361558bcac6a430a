package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
)

func TestMain(m *testing.M) {
	log(0)
	if err := utilfeature.DefaultMutableFeatureGate.Set(ownFeatureGates); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// ask answers a case that must have no error.
func ask(t *testing.T, text string) Answer {
	t.Helper()
	got := askAnything(t, text)
	if got.Error != "" {
		t.Fatalf("%s\nfor %s", got.Error, text)
	}
	return got
}

// askAnything goes through the wire format in both directions.
func askAnything(t *testing.T, text string) Answer {
	t.Helper()
	line := answerLine([]byte(strings.ReplaceAll(text, "\n", " ")))
	var got Answer
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return got
}

// node has 4 CPUs, 8Gi and room for 10 pods; more is JSON that follows.
func node(name, more string) string {
	return `{"metadata":{"name":"` + name + `","labels":{"kubernetes.io/hostname":"` + name + `"}},
		"status":{"capacity":{"cpu":"4","memory":"8Gi","pods":"10"}}` + comma(more) + `}`
}

func nodeInZone(name, zone string) string {
	return `{"metadata":{"name":"` + name + `","labels":{"kubernetes.io/hostname":"` + name + `",
		"topology.kubernetes.io/zone":"` + zone + `"}},
		"status":{"capacity":{"cpu":"4","memory":"8Gi","pods":"10"}}}`
}

// pod asks for the CPUs; more is JSON of its spec.
func pod(name, cpu, more string) string {
	return `{"metadata":{"name":"` + name + `","labels":{"app":"` + name + `"}},"spec":` + spec(cpu, more) + `}`
}

func spec(cpu, more string) string {
	return `{"containers":[{"name":"c","resources":{"requests":{"cpu":"` + cpu + `"}}}]` + comma(more) + `}`
}

func comma(more string) string {
	if more == "" {
		return ""
	}
	return "," + more
}

func list(items ...string) string { return "[" + strings.Join(items, ",") + "]" }
