package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestServeAnswersInOrder(t *testing.T) {
	for _, workers := range []int{1, 4} {
		var in strings.Builder
		for i := range 60 {
			pods := ""
			if i%5 == 0 { // some take longer
				for range 50 {
					pods += pod("", "1m", "") + ","
				}
			}
			fmt.Fprintf(&in, `{"id":{"n":%d},"nodes":[],"pods":[%s{"spec":{}}]}`+"\n", i, strings.ReplaceAll(strings.ReplaceAll(pods, "\n", ""), `"name":"",`, ""))
			if i%7 == 0 {
				in.WriteString("\n  \n")
			}
		}
		in.WriteString(`{"id":"last, without an end of line"}`)
		out := &bytes.Buffer{}
		if err := serve(strings.NewReader(in.String()), out, workers); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 61 {
			t.Fatalf("%d answers", len(lines))
		}
		for i, line := range lines[:60] {
			var got struct{ ID struct{ N int } }
			if err := json.Unmarshal([]byte(line), &got); err != nil || got.ID.N != i {
				t.Errorf("%d workers, line %d: %s", workers, i, line)
			}
		}
	}
}

func TestMistakesAreAnswered(t *testing.T) {
	plain := `"nodes":` + list(node("n", "")) + `,"pods":` + list(pod("a", "1", ""), pod("b", "1", `"nodeName":"n"`))
	for text, want := range map[string]string{
		`nonsense`:                      "invalid character",
		`{"id":7,"mode":"guess"}`:       `no mode "guess"`,
		`{"id":7,"nods":[]}`:            `unknown field "nods"`,
		`{"id":7,"id":8}`:               `duplicate field "id"`,
		`{"id":7,"nodes":[{"spek":1}]}`: `unknown field "nodes[0].spek"`,
		`{"id":7,"ask":[{"pod":{"spec":{"nodeSelektor":{}}}}]}`:                                      `unknown field "spec.nodeSelektor"`,
		`{"id":7,"pods":[{"spec":{"containers":[{"resources":{"requests":{"cpu":"lots"}}}]}}]}`:      "quantities must match",
		`{"id":7,` + plain + `,"ask":[{"pod":2}]}`:                                                   "no pod 2, there are 2",
		`{"id":7,` + plain + `,"ask":[{"pod":-1}]}`:                                                  "no pod -1",
		`{"id":7,` + plain + `,"ask":[{"pod":1}]}`:                                                   "pod default/b is bound to n already",
		`{"id":7,` + plain + `,"ask":[{"pod":0,"nodes":["m"]}]}`:                                     `no node "m"`,
		`{"id":7,"mode":"sequence",` + plain + `,"ask":[{"pod":0,"node":"m"}]}`:                      `no node "m" for pod default/a`,
		`{"id":7,"mode":"schedule",` + plain + `,"ask":[{"pod":0}]}`:                                 "asks about its pending pods",
		`{"id":7,"mode":"schedule","every":true}`:                                                    "is for filter cases",
		`{"id":7,"nodes":` + list(node("n", ""), node("n", "")) + `}`:                                "Node n is there twice",
		`{"id":7,"nodes":[null]}`:                                                                    "nodes[0] is null",
		`{"id":7,"pods":[{},null]}`:                                                                  "pods[1] is null",
		`{"id":7,"mode":"sequence",` + plain + `,"ask":[{"pod":0,"node":"n"},{"pod":0,"node":"n"}]}`: "pod default/a is not pending any more",
	} {
		got := askAnything(t, text)
		if !strings.Contains(got.Error, want) {
			t.Errorf("%s: %q", text, got.Error)
		}
		if text != "nonsense" && string(got.ID) != "7" && string(got.ID) != "8" {
			t.Errorf("%s: id %s", text, got.ID)
		}
	}
}

func TestFlagsAreChecked(t *testing.T) {
	for _, args := range [][]string{{"--no-such"}, {"argument"}, {"--feature-gates=NoSuchGate=true"}} {
		if code := run(args, strings.NewReader(""), &bytes.Buffer{}); code != 2 {
			t.Errorf("%v: %d", args, code)
		}
	}
}
