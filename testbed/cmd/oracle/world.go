package main

import (
	"context"
	"fmt"
	"os/signal"
	"sync"
	"syscall"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	resourcev1 "k8s.io/api/resource/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	configv1 "k8s.io/kube-scheduler/config/v1"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/names"
	clocktesting "k8s.io/utils/clock/testing"
)

// firstOwnVersion is beyond what a real cluster has counted to.
const firstOwnVersion = 1 << 60

// world is a scheduler and the cluster it sees. It is made for one case and
// belongs to one goroutine.
type world struct {
	ctx       context.Context
	logger    klog.Logger
	scheduler *scheduler.Scheduler
	profile   framework.Framework
	snapshot  *internalcache.Snapshot

	pods   *memoryInformer
	claims *memoryInformer
	// clock gives each pod its place in the queue.
	clock     *clocktesting.FakeClock
	version   int64
	preempted []string
}

// newWorld builds a scheduler as kube-scheduler does and shows it the case's
// cluster. The scheduler's goroutines end with the context.
//
// Two things differ from its default configuration: VolumeBinding has no
// PreBind, where it would wait for a volume controller, and one worker runs the
// plugins, so that the order of nodes is the same each time.
func newWorld(ctx context.Context, c *Case, profiles ...config.KubeSchedulerProfile) (*world, error) {
	w := &world{
		ctx:     ctx,
		logger:  klog.FromContext(ctx),
		clock:   clocktesting.NewFakeClock(time.Unix(0, 0)),
		version: firstOwnVersion,
	}
	client := &memoryClient{world: w}
	factory := informers.NewSharedInformerFactory(client, 0)
	informer := func(of runtime.Object) *memoryInformer {
		made := newMemoryInformer()
		factory.InformerFor(of, func(kubernetes.Interface, time.Duration) cache.SharedIndexInformer { return made })
		return made
	}
	w.pods = informer(&v1.Pod{})
	w.claims = informer(&resourcev1.ResourceClaim{})
	feeds := []func() error{
		feed(informer(&v1.Namespace{}), c.Namespaces),
		feed(informer(&v1.Service{}), c.Services),
		feed(informer(&v1.ReplicationController{}), c.ReplicationControllers),
		feed(informer(&appsv1.ReplicaSet{}), c.ReplicaSets),
		feed(informer(&appsv1.StatefulSet{}), c.StatefulSets),
		feed(informer(&policyv1.PodDisruptionBudget{}), c.PDBs),
		feed(informer(&storagev1.StorageClass{}), c.StorageClasses),
		feed(informer(&storagev1.CSINode{}), c.CSINodes),
		feed(informer(&storagev1.CSIDriver{}), c.CSIDrivers),
		feed(informer(&storagev1.CSIStorageCapacity{}), c.CSIStorageCapacities),
		feed(informer(&storagev1.VolumeAttachment{}), c.VolumeAttachments),
		feed(informer(&v1.PersistentVolume{}), c.PVs),
		feed(informer(&v1.PersistentVolumeClaim{}), c.PVCs),
		feed(informer(&resourcev1.DeviceClass{}), c.DeviceClasses),
		feed(informer(&resourcev1.ResourceSlice{}), c.ResourceSlices),
		feed(w.claims, c.ResourceClaims),
		feed(informer(&v1.Node{}), c.Nodes),
	}

	made, err := scheduler.New(ctx, client, factory, nil,
		func(string) events.EventRecorderLogger { return &events.FakeRecorder{} },
		scheduler.WithProfiles(append([]config.KubeSchedulerProfile{defaultProfile()}, profiles...)...),
		scheduler.WithParallelism(1),
		scheduler.WithPercentageOfNodesToScore(c.PercentageOfNodesToScore),
		scheduler.WithClock(w.clock))
	// It listens for a signal that makes it dump its cache, and would for ever.
	signal.Reset(syscall.SIGUSR2)
	if err != nil {
		return nil, err
	}
	w.scheduler = made
	w.profile = made.Profiles[v1.DefaultSchedulerName]
	w.snapshot = w.profile.SnapshotSharedLister().(*internalcache.Snapshot)

	for _, show := range feeds {
		if err := show(); err != nil {
			return nil, err
		}
	}
	return w, w.addPods(c)
}

func feed[T object](to *memoryInformer, objects []T) func() error {
	return func() error {
		for _, obj := range objects {
			if err := to.add(obj); err != nil {
				return err
			}
		}
		return nil
	}
}

// addPods adds the bound ones first, as if they had been there before; pending
// ones, those of questions too, enter the queue in their order. A filter case
// asks without them: the pods of its questions are nobody's neighbours.
func (w *world) addPods(c *Case) error {
	var pending []*v1.Pod
	for _, pod := range c.Pods {
		if pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed {
			continue // the scheduler does not watch these
		}
		if pod.Spec.NodeName == "" {
			pending = append(pending, pod)
		} else if err := w.pods.add(pod); err != nil {
			return err
		}
	}
	if c.Mode != modeFilter {
		for _, question := range c.Ask {
			if question.Pod.pod != nil {
				pending = append(pending, question.Pod.pod)
			}
		}
	}
	for _, pod := range pending {
		if err := w.pods.add(pod); err != nil {
			return err
		}
		w.clock.Step(time.Millisecond)
	}
	return nil
}

// refresh makes what happened visible to the plugins.
func (w *world) refresh() error {
	return w.scheduler.Cache.UpdateSnapshot(w.logger, w.snapshot)
}

// asked returns the pod of a question.
func asked(c *Case, question Question) (*v1.Pod, error) {
	if question.Pod.pod != nil {
		return question.Pod.pod, nil
	}
	if question.Pod.index < 0 || question.Pod.index >= len(c.Pods) {
		return nil, fmt.Errorf("no pod %d, there are %d", question.Pod.index, len(c.Pods))
	}
	pod := c.Pods[question.Pod.index]
	if pod.Spec.NodeName != "" {
		return nil, fmt.Errorf("pod %s is bound to %s already. Maybe leave out its spec.nodeName, to ask where it could go", podKey(pod), pod.Spec.NodeName)
	}
	return pod, nil
}

func podKey(pod *v1.Pod) string { return pod.Namespace + "/" + pod.Name }

// defaultConfiguration is what kube-scheduler runs with when it is given none.
var defaultConfiguration = sync.OnceValue(func() *config.KubeSchedulerConfiguration {
	versioned := configv1.KubeSchedulerConfiguration{}
	scheme.Scheme.Default(&versioned)
	internal := &config.KubeSchedulerConfiguration{}
	if err := scheme.Scheme.Convert(&versioned, internal, nil); err != nil {
		panic(err)
	}
	return internal
})

func defaultProfile() config.KubeSchedulerProfile {
	profile := *defaultConfiguration().Profiles[0].DeepCopy()
	profile.Plugins.PreBind.Disabled = append(profile.Plugins.PreBind.Disabled, config.Plugin{Name: names.VolumeBinding})
	return profile
}

// profileOf runs one plugin alone, under its own name.
func profileOf(plugin string) config.KubeSchedulerProfile {
	profile := *defaultConfiguration().Profiles[0].DeepCopy()
	profile.SchedulerName = plugin
	profile.Plugins = &config.Plugins{MultiPoint: config.PluginSet{Enabled: []config.Plugin{
		{Name: names.PrioritySort},
		{Name: plugin, Weight: 1},
		{Name: names.DefaultBinder},
	}}}
	return profile
}
