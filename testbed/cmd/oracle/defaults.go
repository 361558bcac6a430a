package main

import (
	"errors"
	"fmt"
	"strconv"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1defaults "k8s.io/kubernetes/pkg/apis/core/v1"
	resourcev1defaults "k8s.io/kubernetes/pkg/apis/resource/v1"
	storagev1defaults "k8s.io/kubernetes/pkg/apis/storage/v1"
)

// setDefaults does what the API server does to an object before it stores it,
// except admission: names, namespaces and UIDs where they are missing, the
// defaults of the API's types, and labels that selectors are to take from their
// pod. Namespaces that are used but not listed are made.
func setDefaults(c *Case) error {
	for i, question := range c.Ask {
		if question.Pod.pod != nil {
			setPodDefaults(question.Pod.pod, "asked-"+strconv.Itoa(i))
		}
	}
	for i, pod := range c.Pods {
		if pod != nil { // the error is below
			setPodDefaults(pod, "pod-"+strconv.Itoa(i))
		}
	}
	err := errors.Join(
		each("pods", c.Pods, true, nil),
		each("nodes", c.Nodes, false, corev1defaults.SetObjectDefaults_Node),
		each("services", c.Services, true, nil),
		each("replicationControllers", c.ReplicationControllers, true, nil),
		each("replicaSets", c.ReplicaSets, true, nil),
		each("statefulSets", c.StatefulSets, true, nil),
		each("pdbs", c.PDBs, true, nil),
		each("pvcs", c.PVCs, true, corev1defaults.SetObjectDefaults_PersistentVolumeClaim),
		each("pvs", c.PVs, false, corev1defaults.SetObjectDefaults_PersistentVolume),
		each("storageClasses", c.StorageClasses, false, storagev1defaults.SetObjectDefaults_StorageClass),
		each("csiNodes", c.CSINodes, false, nil),
		each("csiDrivers", c.CSIDrivers, false, storagev1defaults.SetObjectDefaults_CSIDriver),
		each("csiStorageCapacities", c.CSIStorageCapacities, true, nil),
		each("volumeAttachments", c.VolumeAttachments, false, storagev1defaults.SetObjectDefaults_VolumeAttachment),
		each("resourceClaims", c.ResourceClaims, true, resourcev1defaults.SetObjectDefaults_ResourceClaim),
		each("resourceSlices", c.ResourceSlices, false, resourcev1defaults.SetObjectDefaults_ResourceSlice),
		each("deviceClasses", c.DeviceClasses, false, nil),
		each("namespaces", c.Namespaces, false, nil),
	)
	if err != nil {
		return err
	}
	addNamespaces(c)
	return each("namespaces", c.Namespaces, false, corev1defaults.SetObjectDefaults_Namespace)
}

func setPodDefaults(pod *v1.Pod, name string) {
	if pod.Name == "" {
		pod.Name = name
	}
	setIdentity(pod, true)
	corev1defaults.SetObjectDefaults_Pod(pod)
	mergeLabelKeys(pod)
}

// mergeLabelKeys writes a pod's own labels into the selectors that name them by
// key, as the API server does when a pod is created (mutatePodAffinity and
// mutateTopologySpreadConstraints in pkg/registry/core/pod/strategy.go). The
// scheduler itself knows nothing of keys in affinity terms.
func mergeLabelKeys(pod *v1.Pod) {
	for i := range pod.Spec.TopologySpreadConstraints {
		constraint := &pod.Spec.TopologySpreadConstraints[i]
		mergeLabels(constraint.LabelSelector, constraint.MatchLabelKeys, metav1.LabelSelectorOpIn, pod.Labels)
	}
	var terms []*v1.PodAffinityTerm
	add := func(required []v1.PodAffinityTerm, preferred []v1.WeightedPodAffinityTerm) {
		for i := range required {
			terms = append(terms, &required[i])
		}
		for i := range preferred {
			terms = append(terms, &preferred[i].PodAffinityTerm)
		}
	}
	if affinity := pod.Spec.Affinity; affinity != nil {
		if near := affinity.PodAffinity; near != nil {
			add(near.RequiredDuringSchedulingIgnoredDuringExecution, near.PreferredDuringSchedulingIgnoredDuringExecution)
		}
		if apart := affinity.PodAntiAffinity; apart != nil {
			add(apart.RequiredDuringSchedulingIgnoredDuringExecution, apart.PreferredDuringSchedulingIgnoredDuringExecution)
		}
	}
	for _, term := range terms {
		mergeLabels(term.LabelSelector, term.MatchLabelKeys, metav1.LabelSelectorOpIn, pod.Labels)
		mergeLabels(term.LabelSelector, term.MismatchLabelKeys, metav1.LabelSelectorOpNotIn, pod.Labels)
	}
}

// mergeLabels leaves a missing selector alone: it selects nothing anyway.
func mergeLabels(selector *metav1.LabelSelector, keys []string, operator metav1.LabelSelectorOperator, labels map[string]string) {
	for _, key := range keys {
		if value, ok := labels[key]; ok && selector != nil {
			selector.MatchExpressions = append(selector.MatchExpressions,
				metav1.LabelSelectorRequirement{Key: key, Operator: operator, Values: []string{value}})
		}
	}
}

func each[T any, P interface {
	object
	*T
}](field string, objects []P, namespaced bool, setTypeDefaults func(P)) error {
	for i, obj := range objects {
		if obj == nil {
			return fmt.Errorf("%s[%d] is null", field, i)
		}
		setIdentity(obj, namespaced)
		if setTypeDefaults != nil {
			setTypeDefaults(obj)
		}
	}
	return nil
}

func setIdentity(obj object, namespaced bool) {
	if namespaced && obj.GetNamespace() == "" {
		obj.SetNamespace(v1.NamespaceDefault)
	}
	if obj.GetUID() == "" {
		obj.SetUID(types.UID(obj.GetNamespace() + "/" + obj.GetName()))
	}
	// The scheduler's caches compare versions as numbers.
	if _, err := strconv.ParseInt(obj.GetResourceVersion(), 10, 64); err != nil {
		obj.SetResourceVersion("1")
	}
}

func addNamespaces(c *Case) {
	known := map[string]bool{}
	for _, namespace := range c.Namespaces {
		known[namespace.Name] = true
	}
	add := func(name string) {
		if !known[name] {
			known[name] = true
			namespace := &v1.Namespace{}
			namespace.Name = name
			c.Namespaces = append(c.Namespaces, namespace)
		}
	}
	for _, pod := range c.Pods {
		add(pod.Namespace)
	}
	for _, question := range c.Ask {
		if question.Pod.pod != nil {
			add(question.Pod.pod.Namespace)
		}
	}
}
