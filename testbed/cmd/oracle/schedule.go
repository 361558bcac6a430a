package main

import (
	"cmp"
	"context"
	"errors"
	"hash/fnv"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/names"
)

// scheduling runs the scheduler's cycle until its queue has nothing more to try.
type scheduling struct {
	world      *world
	scores     *scoreKeeper
	preemption bool
	answer     *Schedule
	// failures are the last ones of pods that are pending.
	failures map[string]Pending
}

// schedule answers a schedule case.
func (w *world) schedule(c *Case) (*Schedule, error) {
	s := &scheduling{
		world:      w,
		scores:     &scoreKeeper{Framework: w.profile, seed: c.Seed},
		preemption: c.Preemption == nil || *c.Preemption,
		answer:     &Schedule{Scheduled: []Binding{}, Pending: []Pending{}},
		failures:   map[string]Pending{},
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	bound := sets.New[string]()
	for _, binding := range s.answer.Scheduled {
		bound.Insert(binding.Pod)
	}
	for _, pod := range c.Pods {
		if pod.Spec.NodeName == "" && !bound.Has(podKey(pod)) {
			s.answer.Pending = append(s.answer.Pending, s.pending(pod))
		}
	}
	s.answer.Preempted = w.preempted
	return s.answer, nil
}

// run takes pods until none is left to try. What the placement of a pod or the
// end of another makes worth trying again, the queue brings back by itself; it
// does not wait for the backoff when it has nothing else to do.
func (s *scheduling) run() error {
	queue := s.world.scheduler.SchedulingQueue
	for {
		// Taking from an empty queue would block, and counting copies it.
		waiting := len(queue.PodsInActiveQ()) + len(queue.PodsInBackoffQ())
		if waiting == 0 {
			return nil
		}
		for range waiting {
			if err := s.cycle(); err != nil {
				return err
			}
		}
	}
}

// cycle is scheduler.scheduleOnePod for the next pod of the queue.
func (s *scheduling) cycle() error {
	w := s.world
	pod, err := w.scheduler.NextPod(w.logger)
	if err != nil {
		return err
	}
	if pod.Pod.DeletionTimestamp != nil {
		w.scheduler.SchedulingQueue.Done(pod.Pod.UID)
		return nil
	}
	if err := w.refresh(); err != nil {
		return err
	}
	state := framework.NewCycleState()
	state.Write(framework.PodsToActivateKey, framework.NewPodsToActivate())
	s.scores.forget()
	result, err := w.scheduler.SchedulePod(w.ctx, s.scores, state, pod)
	if err != nil {
		s.refused(state, pod, err)
		return nil
	}
	if status := w.bind(state, pod.Pod, result.SuggestedHost); !status.IsSuccess() {
		s.notBound(pod, result.SuggestedHost, status)
		return nil
	}
	s.answer.Scheduled = append(s.answer.Scheduled, Binding{
		Pod:      podKey(pod.Pod),
		Node:     result.SuggestedHost,
		Feasible: result.FeasibleNodes,
		Score:    s.scores.best,
		Ties:     s.scores.ties,
		Attempts: pod.Attempts,
	})
	return nil
}

// refused goes on as scheduler.schedulingAlgorithm does when there is no node:
// preemption may make room.
func (s *scheduling) refused(state fwk.CycleState, pod *framework.QueuedPodInfo, err error) {
	var unfit *framework.FitError
	if !errors.As(err, &unfit) {
		s.failed(pod, fwk.AsStatus(err), nil)
		return
	}
	var nominating *fwk.NominatingInfo
	if s.preemption {
		result, status := s.world.profile.RunPostFilterPlugins(s.world.ctx, state, pod.Pod, unfit.Diagnosis.NodeToStatus)
		unfit.Diagnosis.PostFilterMsg = status.Message()
		if result != nil {
			nominating = result.NominatingInfo
		}
	}
	s.failed(pod, fwk.NewStatus(fwk.Unschedulable).WithError(unfit), nominating)
}

// notBound goes on as scheduler.assumeAndReserve does when a plugin refuses the
// node that was chosen.
func (s *scheduling) notBound(pod *framework.QueuedPodInfo, node string, status *fwk.Status) {
	if status.IsRejected() {
		unfit := &framework.FitError{NumAllNodes: 1, Pod: pod.Pod,
			Diagnosis: framework.Diagnosis{NodeToStatus: framework.NewDefaultNodeToStatus()}}
		unfit.Diagnosis.NodeToStatus.Set(node, status)
		unfit.Diagnosis.AddPluginStatus(status)
		status = fwk.NewStatus(status.Code()).WithError(unfit)
	}
	s.failed(pod, status, nil)
}

// failed gives a refused pod back to the queue. A pod that met an error is not
// tried again: the scheduler would do that for ever, every ten seconds.
func (s *scheduling) failed(pod *framework.QueuedPodInfo, status *fwk.Status, nominating *fwk.NominatingInfo) {
	w := s.world
	failure := Pending{Pod: podKey(pod.Pod), Reason: status.Message(), Attempts: pod.Attempts}
	var unfit *framework.FitError
	retried := false
	if errors.As(status.AsError(), &unfit) {
		plugins := unfit.Diagnosis.UnschedulablePlugins.Union(unfit.Diagnosis.PendingPlugins)
		failure.Plugins = sets.List(plugins)
		retried = len(plugins) > 0
	}
	if nominating.Mode() == fwk.ModeOverride {
		failure.NominatedNode = nominating.NominatedNodeName
	}
	s.failures[failure.Pod] = failure
	if retried {
		w.scheduler.FailureHandler(w.ctx, w.profile, pod, status, nominating, time.Now())
	} else {
		w.scheduler.SchedulingQueue.Done(pod.Pod.UID)
	}
}

// pending says why a pod is not bound; one that was never tried has a reason too.
func (s *scheduling) pending(pod *v1.Pod) Pending {
	if failure, tried := s.failures[podKey(pod)]; tried {
		return failure
	}
	untried := Pending{Pod: podKey(pod)}
	queued, exists := s.world.scheduler.SchedulingQueue.GetPod(pod.Name, pod.Namespace)
	switch {
	case exists && queued.Gated():
		untried.Plugins = []string{queued.GatingPlugin}
		untried.Reason = "gated by " + queued.GatingPlugin
		if queued.GatingPlugin == names.SchedulingGates {
			untried.Reason = "waiting for its scheduling gates"
		}
	case pod.DeletionTimestamp != nil:
		untried.Reason = "being deleted"
	case pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed:
		untried.Reason = "ended"
	default:
		untried.Reason = "left to the scheduler " + pod.Spec.SchedulerName
	}
	return untried
}

// scoreKeeper is the default profile, and remembers the nodes that scored best.
type scoreKeeper struct {
	framework.Framework
	seed *uint64
	best int64
	ties []string
}

func (k *scoreKeeper) forget() { k.best, k.ties = 0, nil }

// RunScorePlugins draws lots when there is a seed: equal nodes are ordered by
// what the scheduler calls the randomizer, which it leaves at 0.
func (k *scoreKeeper) RunScorePlugins(ctx context.Context, state fwk.CycleState, pod *v1.Pod, nodes []fwk.NodeInfo) ([]fwk.NodePluginScores, *fwk.Status) {
	scores, status := k.Framework.RunScorePlugins(ctx, state, pod, nodes)
	if !status.IsSuccess() {
		return scores, status
	}
	for i := range scores {
		switch cmp.Compare(scores[i].TotalScore, k.best) {
		case 1:
			k.best, k.ties = scores[i].TotalScore, []string{scores[i].Name}
		case 0:
			k.ties = append(k.ties, scores[i].Name)
		}
		if k.seed != nil {
			scores[i].Randomizer = lot(*k.seed, podKey(pod), scores[i].Name)
		}
	}
	return scores, status
}

// lot is a number that only the seed and both names decide.
func lot(seed uint64, pod, node string) int {
	hash := fnv.New64a()
	var text []byte
	for shift := 0; shift < 64; shift += 8 {
		text = append(text, byte(seed>>shift))
	}
	hash.Write(append(append(append(text, pod...), 0), node...))
	// FNV hardly mixes the last bytes into the high ones, which decide the order.
	mixed := hash.Sum64()
	mixed ^= mixed >> 33
	mixed *= 0xff51afd7ed558ccd
	mixed ^= mixed >> 33
	mixed *= 0xc4ceb9fe1a85ec53
	mixed ^= mixed >> 33
	return int(mixed >> 1)
}
