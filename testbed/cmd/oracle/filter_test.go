package main

import (
	"slices"
	"strings"
	"testing"
)

// fits is what one filter says about pod 0 on nodes "good" and "bad".
type fits struct {
	name string
	// nodes, good and bad, in JSON; both plain when empty.
	good, bad string
	// pod is asked about; more are other fields of the case, bound the pods there.
	pod, more string
	bound     []string
	plugin    string
	reason    string
}

const zoneOfGood = `{"key":"topology.kubernetes.io/zone","operator":"In","values":["good"]}`

var inZones = fits{good: nodeInZone("good", "good"), bad: nodeInZone("bad", "bad")}

func claimed(name string) string {
	return `"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"` + name + `"}}]`
}

func filterCases() []fits {
	return []fits{
		{
			name: "NodeUnschedulable", bad: node("bad", `"spec":{"unschedulable":true}`),
			pod: pod("a", "1", ""), plugin: "NodeUnschedulable", reason: "node(s) were unschedulable",
		}, {
			name: "NodeName", pod: pod("a", "1", `"nodeName":"good"`),
			plugin: "NodeName", reason: "node(s) didn't match the requested node name",
		}, {
			name: "TaintToleration",
			good: node("good", `"spec":{"taints":[{"key":"tolerated","value":"x","effect":"NoSchedule"}]}`),
			bad:  node("bad", `"spec":{"taints":[{"key":"other","effect":"NoExecute"}]}`),
			pod:  pod("a", "1", `"tolerations":[{"key":"tolerated","operator":"Exists"}]`), plugin: "TaintToleration",
			reason: "node(s) had untolerated taint(s)",
		}, {
			name: "NodeAffinity by selector", pod: pod("a", "1", `"nodeSelector":{"kubernetes.io/hostname":"good"}`),
			plugin: "NodeAffinity", reason: "node(s) didn't match Pod's node affinity/selector",
		}, {
			name: "NodeAffinity by affinity", good: inZones.good, bad: inZones.bad,
			pod: pod("a", "1", `"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":
				{"nodeSelectorTerms":[{"matchExpressions":[`+zoneOfGood+`]}]}}}`),
			plugin: "NodeAffinity", reason: "node(s) didn't match Pod's node affinity/selector",
		}, {
			name: "NodeAffinity by node name leaves one node",
			pod: pod("a", "1", `"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":
				{"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"In","values":["good"]}]}]}}}`),
			plugin: "NodeAffinity", reason: "node(s) didn't satisfy plugin(s) [NodeAffinity]",
		}, {
			name: "NodePorts", pod: `{"spec":{"containers":[{"name":"c","ports":[{"containerPort":80,"hostPort":80}]}]}}`,
			bound:  []string{`{"spec":{"nodeName":"bad","containers":[{"name":"c","ports":[{"containerPort":81,"hostPort":80}]}]}}`},
			plugin: "NodePorts", reason: "node(s) didn't have free ports for the requested pod ports",
		}, {
			name: "NodeResourcesFit counts what is bound", pod: pod("a", "3", ""),
			bound:  []string{pod("b", "2", `"nodeName":"bad"`)},
			plugin: "NodeResourcesFit", reason: "Insufficient cpu",
		}, {
			name: "NodeResourcesFit takes limits for requests",
			bad:  `{"metadata":{"name":"bad"},"status":{"allocatable":{"cpu":"1","memory":"1Gi","pods":"10"}}}`,
			pod:  `{"spec":{"containers":[{"name":"c","resources":{"limits":{"memory":"2Gi"}}}]}}`, plugin: "NodeResourcesFit",
			reason: "Insufficient memory",
		}, {
			name: "NodeResourcesFit counts pods",
			bad:  `{"metadata":{"name":"bad"},"status":{"allocatable":{"cpu":"4","memory":"8Gi","pods":"0"}}}`,
			pod:  pod("a", "1", ""), plugin: "NodeResourcesFit", reason: "Too many pods",
		}, {
			name: "NodeResourcesFit knows extended resources",
			good: `{"metadata":{"name":"good"},"status":{"capacity":{"cpu":"4","pods":"9","example.com/gpu":"1"}}}`,
			pod: `{"spec":{"containers":[{"name":"c","resources":{"requests":{"example.com/gpu":"1"},
				"limits":{"example.com/gpu":"1"}}}]}}`,
			plugin: "NodeResourcesFit", reason: "Insufficient example.com/gpu",
		}, {
			name: "VolumeRestrictions", pod: pod("a", "1", `"volumes":[{"name":"v","awsElasticBlockStore":{"volumeID":"vol-1"}}]`),
			bound:  []string{pod("b", "1", `"nodeName":"bad","volumes":[{"name":"v","awsElasticBlockStore":{"volumeID":"vol-1"}}]`)},
			plugin: "VolumeRestrictions", reason: "node(s) had no available disk",
		}, {
			name: "NodeVolumeLimits", pod: pod("a", "1", claimed("mine")),
			bound: []string{pod("b", "1", `"nodeName":"bad",`+claimed("other"))},
			more: `"pvcs":[` + boundClaim("mine") + `,` + boundClaim("other") + `],
				"pvs":[` + csiVolume("mine", "") + `,` + csiVolume("other", "") + `],
				"csiDrivers":[{"metadata":{"name":"ebs.csi.aws.com"}}],
				"csiNodes":[{"metadata":{"name":"good"},"spec":{"drivers":[{"name":"ebs.csi.aws.com","nodeID":"g","allocatable":{"count":1}}]}},
					{"metadata":{"name":"bad"},"spec":{"drivers":[{"name":"ebs.csi.aws.com","nodeID":"b","allocatable":{"count":1}}]}}]`,
			plugin: "NodeVolumeLimits", reason: "node(s) exceed max volume count",
		}, {
			name: "VolumeBinding of a bound claim", good: inZones.good, bad: inZones.bad,
			pod: pod("a", "1", claimed("mine")), more: `"pvcs":[` + boundClaim("mine") + `],
				"pvs":[` + csiVolume("mine", `"nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":[`+zoneOfGood+`]}]}}`) + `]`,
			plugin: "VolumeBinding", reason: "node(s) didn't match PersistentVolume's node affinity",
		}, {
			name: "VolumeBinding of a claim to provision", good: inZones.good, bad: inZones.bad,
			pod: pod("a", "1", claimed("new")), more: `"pvcs":[` + newClaim("new") + `],
				"storageClasses":[{"metadata":{"name":"late"},"provisioner":"ebs.csi.aws.com","volumeBindingMode":"WaitForFirstConsumer",
				"allowedTopologies":[{"matchLabelExpressions":[{"key":"topology.kubernetes.io/zone","values":["good"]}]}]}]`,
			plugin: "VolumeBinding", reason: "node(s) didn't find available persistent volumes to bind",
		}, {
			name: "VolumeZone", good: inZones.good, bad: inZones.bad,
			pod: pod("a", "1", claimed("mine")), more: `"pvcs":[` + boundClaim("mine") + `],
				"pvs":[{"metadata":{"name":"mine","labels":{"topology.kubernetes.io/zone":"good"}},"spec":{"capacity":{"storage":"1Gi"},
				"accessModes":["ReadWriteOnce"],"csi":{"driver":"ebs.csi.aws.com","volumeHandle":"mine"}}}]`,
			plugin: "VolumeZone", reason: "node(s) had no available volume zone",
		}, {
			name: "PodTopologySpread", good: inZones.good, bad: inZones.bad,
			pod: `{"metadata":{"labels":{"app":"web"}},"spec":` + spec("1", `"topologySpreadConstraints":[{"maxSkew":1,
				"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"}}}]`) + `}`,
			bound:  []string{`{"metadata":{"labels":{"app":"web"}},"spec":` + spec("1", `"nodeName":"bad"`) + `}`},
			plugin: "PodTopologySpread", reason: "node(s) didn't match pod topology spread constraints",
		}, {
			name: "InterPodAffinity", pod: pod("a", "1", podAffinity("podAffinity", `"labelSelector":{"matchLabels":{"app":"db"}}`)),
			bound:  []string{pod("db", "1", `"nodeName":"good"`)},
			plugin: "InterPodAffinity", reason: "node(s) didn't match pod affinity rules",
		}, {
			name: "InterPodAffinity in another namespace", pod: pod("a", "1", podAffinity("podAffinity",
				`"labelSelector":{"matchLabels":{"app":"db"}},"namespaceSelector":{"matchLabels":{"team":"storage"}}`)),
			bound: []string{`{"metadata":{"name":"db","namespace":"s","labels":{"app":"db"}},"spec":` + spec("1", `"nodeName":"good"`) + `}`,
				`{"metadata":{"name":"db","namespace":"t","labels":{"app":"db"}},"spec":` + spec("1", `"nodeName":"bad"`) + `}`},
			more:   `"namespaces":[{"metadata":{"name":"s","labels":{"team":"storage"}}}]`,
			plugin: "InterPodAffinity", reason: "node(s) didn't match pod affinity rules",
		}, {
			name: "InterPodAffinity against", pod: pod("a", "1", podAffinity("podAntiAffinity", `"labelSelector":{"matchLabels":{"app":"db"}}`)),
			bound:  []string{pod("db", "1", `"nodeName":"bad"`)},
			plugin: "InterPodAffinity", reason: "node(s) didn't match pod anti-affinity rules",
		}, {
			name: "InterPodAffinity by labels of its own", pod: pod("a", "1", podAffinity("podAffinity", `"labelSelector":{},"matchLabelKeys":["app"]`)),
			bound:  []string{`{"metadata":{"name":"b","labels":{"app":"a"}},"spec":` + spec("1", `"nodeName":"good"`) + `}`, pod("c", "1", `"nodeName":"bad"`)},
			plugin: "InterPodAffinity", reason: "node(s) didn't match pod affinity rules",
		}, {
			name: "InterPodAffinity against other labels than its own", pod: pod("a", "1", podAffinity("podAntiAffinity", `"labelSelector":{},"mismatchLabelKeys":["app"]`)),
			bound:  []string{`{"metadata":{"name":"b","labels":{"app":"a"}},"spec":` + spec("1", `"nodeName":"good"`) + `}`, pod("c", "1", `"nodeName":"bad"`)},
			plugin: "InterPodAffinity", reason: "node(s) didn't match pod anti-affinity rules",
		}, {
			name: "InterPodAffinity of those that are there", pod: pod("a", "1", ""),
			bound:  []string{pod("loner", "1", `"nodeName":"bad",`+podAffinity("podAntiAffinity", `"labelSelector":{"matchLabels":{"app":"a"}}`))},
			plugin: "InterPodAffinity", reason: "node(s) didn't satisfy existing pods anti-affinity rules",
		}, {
			name: "DynamicResources", pod: pod("a", "1", `"resourceClaims":[{"name":"gpu","resourceClaimName":"gpu"}]`),
			more:   `"resourceClaims":[` + deviceClaim("gpu") + `],` + oneDeviceOn("good"),
			plugin: "DynamicResources", reason: "cannot allocate all claims",
		},
	}
}

func podAffinity(kind, term string) string {
	return `"affinity":{"` + kind + `":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"kubernetes.io/hostname",` + term + `}]}}`
}

func boundClaim(name string) string {
	return `{"metadata":{"name":"` + name + `","annotations":{"pv.kubernetes.io/bind-completed":"yes"}},
		"spec":{"accessModes":["ReadWriteOnce"],"volumeName":"` + name + `","storageClassName":"","resources":{"requests":{"storage":"1Gi"}}},
		"status":{"phase":"Bound"}}`
}

func newClaim(name string) string {
	return `{"metadata":{"name":"` + name + `"},"spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"late",
		"resources":{"requests":{"storage":"1Gi"}}}}`
}

func csiVolume(name, more string) string {
	return `{"metadata":{"name":"` + name + `"},"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],
		"csi":{"driver":"ebs.csi.aws.com","volumeHandle":"` + name + `"}` + comma(more) + `}}`
}

func deviceClaim(name string) string {
	return `{"metadata":{"name":"` + name + `"},"spec":{"devices":{"requests":[{"name":"r","exactly":{"deviceClassName":"gpu"}}]}}}`
}

func oneDeviceOn(node string) string {
	return `"deviceClasses":[{"metadata":{"name":"gpu"}}],
		"resourceSlices":[{"metadata":{"name":"s"},"spec":{"driver":"gpu.example.com","nodeName":"` + node + `",
		"pool":{"name":"p","generation":1,"resourceSliceCount":1},"devices":[{"name":"d0"}]}}]`
}

func (f fits) text(more string) string {
	good, bad := f.good, f.bad
	if good == "" {
		good = node("good", "")
	}
	if bad == "" {
		bad = node("bad", "")
	}
	return `{"id":1,"nodes":` + list(good, bad) + `,"pods":` + list(f.bound...) + `,"ask":[{"pod":` + f.pod + `}]` +
		comma(f.more) + comma(more) + `}`
}

func TestEachFilterPassesAndRefuses(t *testing.T) {
	for _, f := range filterCases() {
		t.Run(f.name, func(t *testing.T) {
			verdict := ask(t, f.text("")).Pods[0]
			if !slices.Equal(verdict.Passes, []string{"good"}) {
				t.Errorf("passes %v", verdict.Passes)
			}
			f.mustRefuse(t, verdict.Refused["bad"])
			if refused := verdict.Refused["good"]; refused != nil {
				t.Errorf("refused on good: %v", refused)
			}
		})
	}
}

// The framework of each plugin alone must come to the same as all together.
func TestEveryNamesThePluginToo(t *testing.T) {
	for _, f := range filterCases() {
		t.Run(f.name, func(t *testing.T) {
			verdict := ask(t, f.text(`"every":true`)).Pods[0]
			if !slices.Equal(verdict.Passes, []string{"good"}) {
				t.Errorf("passes %v", verdict.Passes)
			}
			f.mustRefuse(t, verdict.Refused["bad"])
		})
	}
}

func (f fits) mustRefuse(t *testing.T, refused []Refusal) {
	t.Helper()
	if !slices.ContainsFunc(refused, func(r Refusal) bool {
		return r.Plugin == f.plugin && slices.ContainsFunc(r.Reasons, func(reason string) bool { return strings.HasPrefix(reason, f.reason) })
	}) {
		t.Errorf("not refused by %s for %q: %+v", f.plugin, f.reason, refused)
	}
}

func TestEveryFilterPluginOfTheSchedulerHasACase(t *testing.T) {
	plugins, err := defaultFilterPlugins()
	if err != nil {
		t.Fatal(err)
	}
	// NodeDeclaredFeatures looks at features of nodes that are too old for a pod.
	covered := []string{"NodeDeclaredFeatures"}
	for _, f := range filterCases() {
		covered = append(covered, f.plugin)
	}
	for _, plugin := range plugins {
		if !slices.Contains(covered, plugin) {
			t.Errorf("no case for %s", plugin)
		}
	}
}

func TestEveryNamesAllThatRefuse(t *testing.T) {
	text := `{"nodes":` + list(node("n", `"spec":{"unschedulable":true,"taints":[{"key":"k","effect":"NoSchedule"}]}`)) + `,
		"ask":[{"pod":` + pod("a", "9", `"nodeSelector":{"no":"such"}`) + `}]`
	first := plugins(ask(t, text+`}`).Pods[0].Refused["n"])
	if !slices.Equal(first, []string{"NodeUnschedulable"}) {
		t.Errorf("first %v", first)
	}
	every := plugins(ask(t, text+`,"every":true}`).Pods[0].Refused["n"])
	slices.Sort(every)
	if !slices.Equal(every, []string{"NodeAffinity", "NodeResourcesFit", "NodeUnschedulable", "TaintToleration"}) {
		t.Errorf("every %v", every)
	}
}

func plugins(refused []Refusal) []string {
	var names []string
	for _, refusal := range refused {
		names = append(names, refusal.Plugin)
	}
	return names
}

func TestPreFilterRefusesAllNodes(t *testing.T) {
	verdict := ask(t, `{"nodes":`+list(node("n1", ""), node("n2", ""))+`,"ask":[{"pod":`+pod("a", "1", claimed("missing"))+`}]}`).Pods[0]
	for _, name := range []string{"n1", "n2"} {
		refused := verdict.Refused[name]
		if len(refused) != 1 || refused[0].Plugin != "VolumeRestrictions" || refused[0].Reasons[0] != `persistentvolumeclaim "missing" not found` {
			t.Errorf("%s: %+v", name, refused)
		}
	}
}

func TestAsksAboutTheNamedNodesOnlyAndInTheirOrder(t *testing.T) {
	text := `{"nodes":` + list(node("n1", ""), node("n2", ""), node("n3", "")) + `,"pods":` + list(pod("a", "1", "")) +
		`,"passesOnly":true,"ask":[{"pod":0,"nodes":["n3","n1"]},{"pod":0,"nodes":[]},{"pod":0}]}`
	got := ask(t, text).Pods
	for i, want := range [][]string{{"n3", "n1"}, {}, {"n1", "n2", "n3"}} {
		if !slices.Equal(got[i].Passes, want) {
			t.Errorf("%d: %v", i, got[i].Passes)
		}
	}
}

func TestPodsOfQuestionsAreNotNeighbours(t *testing.T) {
	big := pod("a", "3", "")
	got := ask(t, `{"nodes":`+list(node("n", ""))+`,"ask":[{"pod":`+big+`},{"pod":`+big+`}]}`).Pods
	for _, verdict := range got {
		if !slices.Equal(verdict.Passes, []string{"n"}) {
			t.Errorf("%+v", verdict)
		}
	}
}

func TestEndedPodsTakeNoRoom(t *testing.T) {
	ended := `{"spec":` + spec("4", `"nodeName":"n"`) + `,"status":{"phase":"Succeeded"}}`
	got := ask(t, `{"nodes":`+list(node("n", ""))+`,"pods":`+list(ended)+`,"ask":[{"pod":`+pod("a", "4", "")+`}]}`).Pods[0]
	if !slices.Equal(got.Passes, []string{"n"}) {
		t.Errorf("%+v", got)
	}
}

func TestNominatedPodsAreGivenWay(t *testing.T) {
	nominated := `{"metadata":{"name":"waits"},"spec":` + spec("3", `"priority":10`) + `,"status":{"nominatedNodeName":"n"}}`
	text := `{"nodes":` + list(node("n", "")) + `,"pods":` + list(nominated) + `,"ask":[{"pod":` + pod("low", "2", "") + `},
		{"pod":` + pod("high", "2", `"priority":11`) + `}]}`
	got := ask(t, text).Pods
	if len(got[0].Passes) != 0 || len(got[1].Passes) != 1 {
		t.Errorf("%+v", got)
	}
}
