package main

import (
	"context"
	"fmt"
	"sync"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// filtering is one pod's way through PreFilter, to ask about nodes.
type filtering struct {
	world     *world
	framework framework.Framework
	state     fwk.CycleState
	pod       *v1.Pod
	// everywhere is why PreFilter refuses all nodes.
	everywhere []Refusal
	// among are the only nodes that PreFilter leaves, nil when it leaves all, and
	// elsewhere is why not the others.
	among     sets.Set[string]
	elsewhere []Refusal
}

// preFilter runs PreFilter as scheduler.findNodesThatFitPod does.
func (w *world) preFilter(with framework.Framework, pod *v1.Pod) *filtering {
	f := &filtering{world: w, framework: with, state: framework.NewCycleState(), pod: pod}
	result, status, plugins := with.RunPreFilterPlugins(w.ctx, f.state, pod)
	if !status.IsSuccess() {
		f.everywhere = refusals(status, plugins)
	} else if !result.AllNodes() {
		f.among = result.NodeNames
		f.elsewhere = refusals(fwk.NewStatus(fwk.UnschedulableAndUnresolvable,
			fmt.Sprintf("node(s) didn't satisfy plugin(s) %v", sets.List(plugins))), plugins)
	}
	return f
}

// on returns why the pod can't be on the node; nothing when it can.
func (f *filtering) on(node fwk.NodeInfo) []Refusal {
	if f.everywhere != nil {
		return f.everywhere
	}
	if f.among != nil && !f.among.Has(node.Node().Name) {
		return f.elsewhere
	}
	status := f.framework.RunFilterPluginsWithNominatedPods(f.world.ctx, f.state, f.pod, node)
	if status.IsSuccess() {
		return nil
	}
	return refusals(status, nil)
}

// refusals names the plugin of the status, or those that were at it together.
func refusals(status *fwk.Status, plugins sets.Set[string]) []Refusal {
	by := sets.List(plugins)
	if status.Plugin() != "" || len(by) == 0 {
		by = []string{status.Plugin()}
	}
	all := make([]Refusal, 0, len(by))
	for _, plugin := range by {
		all = append(all, Refusal{Plugin: plugin, Code: status.Code().String(), Reasons: status.Reasons()})
	}
	return all
}

// filter answers a filter case: each pod as if it were the next, on the cluster
// as it is.
func (w *world) filter(c *Case) ([]PodVerdict, error) {
	if err := w.refresh(); err != nil {
		return nil, err
	}
	frameworks := []framework.Framework{w.profile}
	if c.Every {
		frameworks = nil
		for _, plugin := range filterPlugins(w.profile) {
			frameworks = append(frameworks, w.scheduler.Profiles[plugin])
		}
	}
	verdicts := make([]PodVerdict, 0, len(c.Ask))
	for _, question := range c.Ask {
		pod, err := asked(c, question)
		if err != nil {
			return nil, err
		}
		nodes, err := w.nodes(question.Nodes)
		if err != nil {
			return nil, err
		}
		verdicts = append(verdicts, w.verdict(frameworks, pod, nodes, !c.PassesOnly))
	}
	return verdicts, nil
}

func (w *world) verdict(frameworks []framework.Framework, pod *v1.Pod, nodes []fwk.NodeInfo, explain bool) PodVerdict {
	verdict := PodVerdict{Pod: podKey(pod), Passes: []string{}}
	if explain {
		verdict.Refused = map[string][]Refusal{}
	}
	filterings := make([]*filtering, 0, len(frameworks))
	for _, with := range frameworks {
		filterings = append(filterings, w.preFilter(with, pod))
	}
	for _, node := range nodes {
		var refused []Refusal
		for _, f := range filterings {
			refused = append(refused, f.on(node)...)
		}
		name := node.Node().Name
		if refused == nil {
			verdict.Passes = append(verdict.Passes, name)
		} else if explain {
			verdict.Refused[name] = refused
		}
	}
	return verdict
}

// nodes returns the named ones, or all in the scheduler's order.
func (w *world) nodes(named []string) ([]fwk.NodeInfo, error) {
	if named == nil {
		return w.snapshot.List()
	}
	nodes := make([]fwk.NodeInfo, 0, len(named))
	for _, name := range named {
		node, err := w.snapshot.Get(name)
		if err != nil {
			return nil, fmt.Errorf("no node %q", name)
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}

// filterPlugins are the plugins that can refuse a node, in the order of their calls.
func filterPlugins(profile framework.Framework) []string {
	var plugins []string
	seen := sets.New[string]()
	for _, set := range []config.PluginSet{profile.ListPlugins().PreFilter, profile.ListPlugins().Filter} {
		for _, plugin := range set.Enabled {
			if !seen.Has(plugin.Name) {
				seen.Insert(plugin.Name)
				plugins = append(plugins, plugin.Name)
			}
		}
	}
	return plugins
}

// profilesFor returns the profiles that a case needs besides the default one:
// when every plugin is to be asked, one of each, because a framework stops at
// the first refusal.
func profilesFor(c *Case) ([]config.KubeSchedulerProfile, error) {
	if !c.Every {
		return nil, nil
	}
	plugins, err := defaultFilterPlugins()
	if err != nil {
		return nil, err
	}
	profiles := make([]config.KubeSchedulerProfile, 0, len(plugins))
	for _, plugin := range plugins {
		profiles = append(profiles, profileOf(plugin))
	}
	return profiles, nil
}

var defaultFilterPlugins = sync.OnceValues(func() ([]string, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w, err := newWorld(ctx, &Case{})
	if err != nil {
		return nil, err
	}
	return filterPlugins(w.profile), nil
})
