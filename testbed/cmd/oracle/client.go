package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	v1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	resourcev1client "k8s.io/client-go/kubernetes/typed/resource/v1"
)

// memoryClient carries out the writes of a scheduling cycle on the informers:
// the status of pods, the deletion of preempted pods, and claims of devices.
// Every other interface in it is nil: a call that is not expected ends the case
// with an error instead of going unnoticed.
type memoryClient struct {
	kubernetes.Interface
	world *world
}

func (c *memoryClient) CoreV1() corev1client.CoreV1Interface { return memoryCore{world: c.world} }

func (c *memoryClient) ResourceV1() resourcev1client.ResourceV1Interface {
	return memoryResource{world: c.world}
}

type memoryCore struct {
	corev1client.CoreV1Interface
	world *world
}

func (c memoryCore) Pods(namespace string) corev1client.PodInterface {
	return memoryPods{world: c.world, namespace: namespace}
}

type memoryPods struct {
	corev1client.PodInterface
	world     *world
	namespace string
}

func (p memoryPods) Patch(_ context.Context, name string, _ types.PatchType, patch []byte, _ metav1.PatchOptions, _ ...string) (*v1.Pod, error) {
	return patched(p.world, p.world.pods, p.namespace, name, patch, &v1.Pod{})
}

func (p memoryPods) Delete(_ context.Context, name string, _ metav1.DeleteOptions) error {
	pod, err := found[*v1.Pod](p.world.pods, p.namespace, name)
	if err != nil {
		return err
	}
	p.world.preempted = append(p.world.preempted, podKey(pod))
	return p.world.pods.remove(pod)
}

type memoryResource struct {
	resourcev1client.ResourceV1Interface
	world *world
}

func (r memoryResource) ResourceClaims(namespace string) resourcev1client.ResourceClaimInterface {
	return memoryClaims{world: r.world, namespace: namespace}
}

type memoryClaims struct {
	resourcev1client.ResourceClaimInterface
	world     *world
	namespace string
}

func (c memoryClaims) Get(_ context.Context, name string, _ metav1.GetOptions) (*resourcev1.ResourceClaim, error) {
	claim, err := found[*resourcev1.ResourceClaim](c.world.claims, c.namespace, name)
	if err != nil {
		return nil, err
	}
	return claim.DeepCopy(), nil
}

func (c memoryClaims) Create(_ context.Context, claim *resourcev1.ResourceClaim, _ metav1.CreateOptions) (*resourcev1.ResourceClaim, error) {
	created := claim.DeepCopy()
	created.ResourceVersion = c.world.nextVersion()
	if created.Name == "" {
		created.Name = created.GenerateName + created.ResourceVersion
	}
	created.UID = types.UID(created.Namespace + "/" + created.Name)
	if err := c.world.claims.add(created); err != nil {
		return nil, err
	}
	return created.DeepCopy(), nil
}

func (c memoryClaims) Update(_ context.Context, claim *resourcev1.ResourceClaim, _ metav1.UpdateOptions) (*resourcev1.ResourceClaim, error) {
	old, err := found[*resourcev1.ResourceClaim](c.world.claims, c.namespace, claim.Name)
	if err != nil {
		return nil, err
	}
	updated := claim.DeepCopy()
	updated.ResourceVersion = c.world.nextVersion()
	if err := c.world.claims.update(old, updated); err != nil {
		return nil, err
	}
	return updated.DeepCopy(), nil
}

func (c memoryClaims) UpdateStatus(ctx context.Context, claim *resourcev1.ResourceClaim, options metav1.UpdateOptions) (*resourcev1.ResourceClaim, error) {
	return c.Update(ctx, claim, options)
}

func (c memoryClaims) Patch(_ context.Context, name string, _ types.PatchType, patch []byte, _ metav1.PatchOptions, _ ...string) (*resourcev1.ResourceClaim, error) {
	return patched(c.world, c.world.claims, c.namespace, name, patch, &resourcev1.ResourceClaim{})
}

func (c memoryClaims) Delete(_ context.Context, name string, _ metav1.DeleteOptions) error {
	claim, err := found[*resourcev1.ResourceClaim](c.world.claims, c.namespace, name)
	if err != nil {
		return err
	}
	return c.world.claims.remove(claim)
}

func found[T object](in *memoryInformer, namespace, name string) (T, error) {
	var none T
	obj, exists := in.get(namespace, name)
	if !exists {
		return none, apierrors.NewNotFound(schema.GroupResource{Resource: fmt.Sprintf("%T", none)}, name)
	}
	return obj.(T), nil
}

// patched applies a strategic merge patch, the only kind that the scheduler
// sends, and returns the new object, for which target is the empty one.
func patched[T object](w *world, in *memoryInformer, namespace, name string, patch []byte, target T) (T, error) {
	var none T
	old, err := found[T](in, namespace, name)
	if err != nil {
		return none, err
	}
	before, err := json.Marshal(old)
	if err != nil {
		return none, err
	}
	after, err := strategicpatch.StrategicMergePatch(before, patch, target)
	if err != nil {
		return none, err
	}
	if err := json.Unmarshal(after, target); err != nil {
		return none, err
	}
	target.SetResourceVersion(w.nextVersion())
	return target, in.update(old, target)
}

func (w *world) nextVersion() string {
	w.version++
	return strconv.FormatInt(w.version, 10)
}
