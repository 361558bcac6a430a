package main

import (
	"fmt"

	v1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
)

// sequence answers a sequence case: each pod is put on its node if the filters
// let it, and is there for the next ones.
func (w *world) sequence(c *Case) ([]Step, error) {
	steps := make([]Step, 0, len(c.Ask))
	for _, question := range c.Ask {
		pod, err := asked(c, question)
		if err != nil {
			return nil, err
		}
		if seen, exists := w.pods.get(pod.Namespace, pod.Name); !exists || seen.(*v1.Pod).Spec.NodeName != "" {
			return nil, fmt.Errorf("pod %s is not pending any more", podKey(pod))
		}
		if err := w.refresh(); err != nil {
			return nil, err
		}
		node, err := w.snapshot.Get(question.Node)
		if err != nil {
			return nil, fmt.Errorf("no node %q for pod %s", question.Node, podKey(pod))
		}
		f := w.preFilter(w.profile, pod)
		refused := f.on(node)
		if refused == nil {
			if status := w.bind(f.state, pod, question.Node); !status.IsSuccess() {
				refused = refusals(status, nil)
			}
		}
		steps = append(steps, Step{Pod: podKey(pod), Node: question.Node, Placed: refused == nil, Refused: refused})
	}
	return steps, nil
}

// bind puts a pod on a node as scheduling and binding cycle do, up to the call
// that would bind it, and lets the scheduler see that it is bound. A pod that is
// refused meanwhile is not on the node.
func (w *world) bind(state fwk.CycleState, pod *v1.Pod, node string) *fwk.Status {
	assumed := pod.DeepCopy()
	assumed.Spec.NodeName = node
	if err := w.scheduler.Cache.AssumePod(w.logger, assumed); err != nil {
		return fwk.AsStatus(err)
	}
	w.scheduler.SchedulingQueue.DeleteNominatedPodIfExists(assumed)
	status := w.profile.RunReservePluginsReserve(w.ctx, state, assumed, node)
	if status.IsSuccess() {
		status = w.profile.RunPreBindPlugins(w.ctx, state, assumed, node)
	}
	if !status.IsSuccess() {
		w.profile.RunReservePluginsUnreserve(w.ctx, state, assumed, node)
		if err := w.scheduler.Cache.ForgetPod(w.logger, assumed); err != nil {
			return fwk.AsStatus(err)
		}
		return status
	}
	w.scheduler.SchedulingQueue.Done(assumed.UID)

	seen, exists := w.pods.get(pod.Namespace, pod.Name)
	if !exists {
		return fwk.AsStatus(fmt.Errorf("pod %s is gone", podKey(pod)))
	}
	bound := seen.(*v1.Pod).DeepCopy()
	bound.Spec.NodeName = node
	bound.ResourceVersion = w.nextVersion()
	return fwk.AsStatus(w.pods.update(seen, bound))
}
