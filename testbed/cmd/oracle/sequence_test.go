package main

import (
	"slices"
	"testing"
)

func steps(t *testing.T, text string) []Step {
	t.Helper()
	return ask(t, text).Steps
}

func placed(steps []Step) []bool {
	var all []bool
	for _, step := range steps {
		all = append(all, step.Placed)
	}
	return all
}

func TestSequenceFillsANode(t *testing.T) {
	got := steps(t, `{"mode":"sequence","nodes":`+list(node("n", ""))+`,"pods":`+list(pod("a", "2", ""), pod("b", "3", ""), pod("c", "2", ""))+`,
		"ask":[{"pod":0,"node":"n"},{"pod":1,"node":"n"},{"pod":2,"node":"n"}]}`)
	if !slices.Equal(placed(got), []bool{true, false, true}) {
		t.Fatalf("%+v", got)
	}
	refused := got[1].Refused
	if len(refused) != 1 || refused[0].Plugin != "NodeResourcesFit" || !slices.Equal(refused[0].Reasons, []string{"Insufficient cpu"}) {
		t.Errorf("%+v", refused)
	}
}

func TestSequenceDependsOnTheOrder(t *testing.T) {
	follows := podAffinity("podAffinity", `"labelSelector":{"matchLabels":{"app":"leader"}}`)
	text := func(first, second string) string {
		return `{"mode":"sequence","nodes":` + list(node("n1", ""), node("n2", "")) + `,"ask":[{"pod":` + first + `,"node":"n1"},{"pod":` + second + `,"node":"n1"}]}`
	}
	leader, follower := pod("leader", "1", ""), pod("follower", "1", follows)
	if got := steps(t, text(leader, follower)); !slices.Equal(placed(got), []bool{true, true}) {
		t.Errorf("%+v", got)
	}
	if got := steps(t, text(follower, leader)); !slices.Equal(placed(got), []bool{false, true}) {
		t.Errorf("%+v", got)
	}
}

func TestSequenceKeepsPodsApart(t *testing.T) {
	apart := podAffinity("podAntiAffinity", `"labelSelector":{"matchLabels":{"app":"a"}}`)
	one := func(name string) string {
		return `{"metadata":{"name":"` + name + `","labels":{"app":"a"}},"spec":` + spec("1", apart) + `}`
	}
	got := steps(t, `{"mode":"sequence","nodes":`+list(node("n1", ""), node("n2", ""))+`,"pods":`+list(one("x"), one("y"), one("z"))+`,
		"ask":[{"pod":0,"node":"n1"},{"pod":1,"node":"n1"},{"pod":1,"node":"n2"},{"pod":2,"node":"n2"}]}`)
	if !slices.Equal(placed(got), []bool{true, false, true, false}) {
		t.Errorf("%+v", got)
	}
}

func TestSequenceSpreadsOverZones(t *testing.T) {
	one := func(name string) string {
		return `{"metadata":{"name":"` + name + `","labels":{"app":"web"}},"spec":` + spec("1", `"topologySpreadConstraints":[{"maxSkew":1,
			"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"}}}]`) + `}`
	}
	got := steps(t, `{"mode":"sequence","nodes":`+list(nodeInZone("a", "a"), nodeInZone("b", "b"))+`,"pods":`+list(one("x"), one("y"), one("z"))+`,
		"ask":[{"pod":0,"node":"a"},{"pod":1,"node":"a"},{"pod":1,"node":"b"},{"pod":2,"node":"a"}]}`)
	if !slices.Equal(placed(got), []bool{true, false, true, true}) {
		t.Errorf("%+v", got)
	}
}

func TestSequenceUsesUpVolumes(t *testing.T) {
	volume := `{"metadata":{"name":"only"},"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],"storageClassName":"late",
		"local":{"path":"/x"},"nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"kubernetes.io/hostname","operator":"In","values":["n"]}]}]}}},
		"status":{"phase":"Available"}}`
	got := steps(t, `{"mode":"sequence","nodes":`+list(node("n", ""))+`,"pods":`+list(pod("a", "1", claimed("x")), pod("b", "1", claimed("y")))+`,
		"pvcs":`+list(newClaim("x"), newClaim("y"))+`,"pvs":`+list(volume)+`,
		"storageClasses":[{"metadata":{"name":"late"},"provisioner":"kubernetes.io/no-provisioner","volumeBindingMode":"WaitForFirstConsumer"}],
		"ask":[{"pod":0,"node":"n"},{"pod":1,"node":"n"}]}`)
	if !slices.Equal(placed(got), []bool{true, false}) || got[1].Refused[0].Plugin != "VolumeBinding" {
		t.Errorf("%+v", got)
	}
}

func TestSequenceUsesUpDevicesAndSharesClaims(t *testing.T) {
	with := func(name, claim string) string {
		return pod(name, "1", `"resourceClaims":[{"name":"gpu","resourceClaimName":"`+claim+`"}]`)
	}
	got := steps(t, `{"mode":"sequence","nodes":`+list(node("n", ""))+`,"pods":`+list(with("a", "x"), with("b", "y"), with("c", "x"))+`,
		"resourceClaims":`+list(deviceClaim("x"), deviceClaim("y"))+`,`+oneDeviceOn("n")+`,
		"ask":[{"pod":0,"node":"n"},{"pod":1,"node":"n"},{"pod":2,"node":"n"}]}`)
	if !slices.Equal(placed(got), []bool{true, false, true}) || got[1].Refused[0].Plugin != "DynamicResources" {
		t.Errorf("%+v", got)
	}
}
