package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func scheduled(t *testing.T, text string) Schedule {
	t.Helper()
	return *ask(t, `{"mode":"schedule",`+text+`}`).Schedule
}

// placements are "pod on node", in the order of binding.
func placements(s Schedule) []string {
	var all []string
	for _, binding := range s.Scheduled {
		all = append(all, strings.TrimPrefix(binding.Pod, "default/")+" on "+binding.Node)
	}
	return all
}

func TestSchedulePrefersTheLeastAllocatedNode(t *testing.T) {
	got := scheduled(t, `"nodes":`+list(node("n1", ""), node("n2", ""), node("n3", ""))+`,
		"pods":`+list(pod("x", "2", `"nodeName":"n1"`), pod("y", "1", `"nodeName":"n3"`), pod("a", "1", "")))
	if !slices.Equal(placements(got), []string{"a on n2"}) {
		t.Fatalf("%+v", got)
	}
	if binding := got.Scheduled[0]; binding.Feasible != 3 || !slices.Equal(binding.Ties, []string{"n2"}) || binding.Score == 0 || binding.Attempts != 1 {
		t.Errorf("%+v", binding)
	}
}

func TestScheduleTakesPodsByPriorityThenInTheirOrder(t *testing.T) {
	got := scheduled(t, `"nodes":`+list(node("n", ""))+`,"pods":`+
		list(pod("a", "1", ""), pod("b", "1", ""), pod("high", "1", `"priority":5`), pod("c", "1", ""), pod("d", "1", "")))
	if !slices.Equal(placements(got), []string{"high on n", "a on n", "b on n", "c on n"}) {
		t.Errorf("%v", placements(got))
	}
	want := Pending{
		Pod: "default/d", Attempts: 1, Plugins: []string{"NodeResourcesFit"},
		Reason: "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, " +
			"preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
	}
	if len(got.Pending) != 1 || got.Pending[0].Reason != want.Reason || got.Pending[0].Pod != want.Pod ||
		got.Pending[0].Attempts != 1 || !slices.Equal(got.Pending[0].Plugins, want.Plugins) {
		t.Errorf("%+v", got.Pending)
	}
}

func TestScheduleTriesAgainWhatAnotherPodMakesPossible(t *testing.T) {
	follower := pod("follower", "1", podAffinity("podAffinity", `"labelSelector":{"matchLabels":{"app":"leader"}}`))
	got := scheduled(t, `"nodes":`+list(node("n1", ""), node("n2", ""))+`,"pods":`+list(follower, pod("leader", "1", "")))
	if len(got.Scheduled) != 2 || got.Scheduled[1].Pod != "default/follower" || got.Scheduled[1].Attempts != 2 ||
		got.Scheduled[0].Node != got.Scheduled[1].Node {
		t.Errorf("%+v", got)
	}
}

func TestSchedulePreemptsLowerPriority(t *testing.T) {
	text := `"nodes":` + list(node("n", "")) + `,"pods":` + list(pod("low", "3", `"nodeName":"n","priority":1`), pod("high", "2", `"priority":9`))
	got := scheduled(t, text)
	if !slices.Equal(placements(got), []string{"high on n"}) || !slices.Equal(got.Preempted, []string{"default/low"}) || got.Scheduled[0].Attempts != 2 {
		t.Errorf("%+v", got)
	}
	got = scheduled(t, text+`,"preemption":false`)
	if len(got.Scheduled) != 0 || got.Preempted != nil || got.Pending[0].Reason != "0/1 nodes are available: 1 Insufficient cpu." {
		t.Errorf("%+v", got)
	}
}

func TestScheduleSaysWhyAPodWasNotTried(t *testing.T) {
	got := scheduled(t, `"nodes":`+list(node("n", ""))+`,"pods":`+list(
		pod("gated", "1", `"schedulingGates":[{"name":"wait"}]`), pod("other", "1", `"schedulerName":"mine"`),
		`{"metadata":{"name":"leaving","deletionTimestamp":"2026-01-01T00:00:00Z"},"spec":`+spec("1", "")+`}`,
		`{"metadata":{"name":"done"},"spec":`+spec("1", "")+`,"status":{"phase":"Failed"}}`))
	var reasons []string
	for _, pending := range got.Pending {
		reasons = append(reasons, pending.Pod+": "+pending.Reason)
	}
	want := []string{"default/gated: waiting for its scheduling gates", "default/other: left to the scheduler mine",
		"default/leaving: being deleted", "default/done: ended"}
	if !slices.Equal(reasons, want) || len(got.Scheduled) != 0 {
		t.Errorf("%v", reasons)
	}
}

func TestScheduleWithoutNodesLeavesAllPending(t *testing.T) {
	got := scheduled(t, `"pods":`+list(pod("a", "1", ""), pod("b", "1", "")))
	if len(got.Pending) != 2 || got.Pending[1].Reason != "no nodes available to schedule pods" {
		t.Errorf("%+v", got)
	}
}

func TestScheduleDrawsLotsWithASeed(t *testing.T) {
	var nodes []string
	for i := range 10 {
		nodes = append(nodes, node(fmt.Sprintf("n%d", i), ""))
	}
	text := `"nodes":` + list(nodes...) + `,"pods":` + list(pod("a", "1", ""))
	first := scheduled(t, text).Scheduled[0]
	if len(first.Ties) != 10 || first.Node != "n0" {
		t.Errorf("without a seed the first: %+v", first)
	}
	chosen := map[string]bool{}
	for seed := range 40 {
		once := scheduled(t, fmt.Sprintf(`%s,"seed":%d`, text, seed)).Scheduled[0]
		again := scheduled(t, fmt.Sprintf(`%s,"seed":%d`, text, seed)).Scheduled[0]
		if once.Node != again.Node || !slices.Contains(once.Ties, once.Node) {
			t.Errorf("seed %d: %+v, then %+v", seed, once, again)
		}
		chosen[once.Node] = true
	}
	if len(chosen) < 8 {
		t.Errorf("40 seeds chose only %v", chosen)
	}
}

func TestScheduleIsTheSameEachTime(t *testing.T) {
	var nodes, pods []string
	for i := range 150 {
		nodes = append(nodes, nodeInZone(fmt.Sprintf("n%d", i), fmt.Sprintf("z%d", i%3)))
	}
	for i := range 200 {
		pods = append(pods, pod(fmt.Sprintf("p%d", i), fmt.Sprintf("%dm", 100+i*7%900), ""))
	}
	text := `"nodes":` + list(nodes...) + `,"pods":` + list(pods...)
	first := placements(scheduled(t, text))
	if len(first) != 200 {
		t.Fatalf("%d placed", len(first))
	}
	for range 3 {
		if !slices.Equal(placements(scheduled(t, text)), first) {
			t.Fatal("another answer to the same case")
		}
	}
}
