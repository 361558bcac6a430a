package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	resourcev1 "k8s.io/api/resource/v1"
	storagev1 "k8s.io/api/storage/v1"
	kjson "sigs.k8s.io/json"
)

// The modes of a case.
const (
	modeFilter   = "filter"
	modeSequence = "sequence"
	modeSchedule = "schedule"
)

// Case is one line of input: a cluster, and what is asked about it. Objects are
// those of the API; what the API server would default may be left out.
type Case struct {
	// ID is copied to the answer.
	ID json.RawMessage `json:"id"`
	// Mode is "filter" when it is missing.
	Mode string `json:"mode"`

	Nodes                  []*v1.Node                      `json:"nodes"`
	Pods                   []*v1.Pod                       `json:"pods"`
	Namespaces             []*v1.Namespace                 `json:"namespaces"`
	Services               []*v1.Service                   `json:"services"`
	ReplicationControllers []*v1.ReplicationController     `json:"replicationControllers"`
	ReplicaSets            []*appsv1.ReplicaSet            `json:"replicaSets"`
	StatefulSets           []*appsv1.StatefulSet           `json:"statefulSets"`
	PDBs                   []*policyv1.PodDisruptionBudget `json:"pdbs"`
	PVCs                   []*v1.PersistentVolumeClaim     `json:"pvcs"`
	PVs                    []*v1.PersistentVolume          `json:"pvs"`
	StorageClasses         []*storagev1.StorageClass       `json:"storageClasses"`
	CSINodes               []*storagev1.CSINode            `json:"csiNodes"`
	CSIDrivers             []*storagev1.CSIDriver          `json:"csiDrivers"`
	CSIStorageCapacities   []*storagev1.CSIStorageCapacity `json:"csiStorageCapacities"`
	VolumeAttachments      []*storagev1.VolumeAttachment   `json:"volumeAttachments"`
	ResourceClaims         []*resourcev1.ResourceClaim     `json:"resourceClaims"`
	ResourceSlices         []*resourcev1.ResourceSlice     `json:"resourceSlices"`
	DeviceClasses          []*resourcev1.DeviceClass       `json:"deviceClasses"`

	Ask []Question `json:"ask"`

	// Every makes a filter case name all plugins that refuse, not only the first.
	Every bool `json:"every"`
	// PassesOnly leaves the refusals out of a filter case's answer.
	PassesOnly bool `json:"passesOnly"`
	// Seed makes a schedule case choose at random among the best nodes.
	Seed *uint64 `json:"seed"`
	// PercentageOfNodesToScore is the scheduler's own option of that name.
	PercentageOfNodesToScore *int32 `json:"percentageOfNodesToScore"`
	// Preemption is true when it is missing.
	Preemption *bool `json:"preemption"`
}

// Question asks about one pod. Nodes are for a filter case, all when they are
// missing; Node is for a sequence.
type Question struct {
	Pod   PodRef   `json:"pod"`
	Nodes []string `json:"nodes"`
	Node  string   `json:"node"`
}

// PodRef is an index in the case's pods, or a pod that is not among them.
type PodRef struct {
	index int
	pod   *v1.Pod
}

// UnmarshalJSON reads a number or an object.
func (r *PodRef) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] != '{' {
		return kjson.UnmarshalCaseSensitivePreserveInts(text, &r.index)
	}
	return unmarshalStrict(text, &r.pod)
}

// Refusal says which plugin refused and why, in the scheduler's words.
type Refusal struct {
	Plugin  string   `json:"plugin"`
	Code    string   `json:"code"`
	Reasons []string `json:"reasons"`
}

// Answer is one line of output. Of Pods, Steps and Scheduled with Pending, those
// of the case's mode are there.
type Answer struct {
	ID    json.RawMessage `json:"id"`
	Error string          `json:"error,omitempty"`

	Pods  []PodVerdict `json:"pods,omitempty"`
	Steps []Step       `json:"steps,omitempty"`

	*Schedule
}

// PodVerdict is the answer to a question of a filter case. Each node asked about
// is in one of both.
type PodVerdict struct {
	Pod     string               `json:"pod"`
	Passes  []string             `json:"passes"`
	Refused map[string][]Refusal `json:"refused,omitempty"`
}

// Step is the answer to a question of a sequence.
type Step struct {
	Pod     string    `json:"pod"`
	Node    string    `json:"node"`
	Placed  bool      `json:"placed"`
	Refused []Refusal `json:"refused,omitempty"`
}

// Schedule is the answer to a schedule case: what was bound, in this order, and
// what was not, in the order of the case.
type Schedule struct {
	Scheduled []Binding `json:"scheduled"`
	Pending   []Pending `json:"pending"`
	// Preempted are the pods that were deleted to make room.
	Preempted []string `json:"preempted,omitempty"`
}

// Binding is a pod that found its node.
type Binding struct {
	Pod  string `json:"pod"`
	Node string `json:"node"`
	// Feasible is the number of nodes that passed the filters.
	Feasible int `json:"feasible"`
	// Score is the node's total, and Ties are the nodes that have it, when there
	// was a choice.
	Score int64    `json:"score,omitempty"`
	Ties  []string `json:"ties,omitempty"`
	// Attempts is more than 1 when the pod was refused before.
	Attempts int `json:"attempts"`
}

// Pending is a pod that found none.
type Pending struct {
	Pod string `json:"pod"`
	// Reason is the message of the pod's PodScheduled condition.
	Reason        string   `json:"reason"`
	Plugins       []string `json:"plugins,omitempty"`
	NominatedNode string   `json:"nominatedNode,omitempty"`
	Attempts      int      `json:"attempts"`
}

// readCase returns what it could read along with the error, so that the answer
// can carry the id.
func readCase(line []byte) (*Case, error) {
	c := &Case{Mode: modeFilter}
	if err := unmarshalStrict(line, c); err != nil {
		return c, err
	}
	if !slices.Contains([]string{modeFilter, modeSequence, modeSchedule}, c.Mode) {
		return c, fmt.Errorf("no mode %q, there are %s, %s, %s", c.Mode, modeFilter, modeSequence, modeSchedule)
	}
	if c.Mode == modeSchedule && len(c.Ask) > 0 {
		return c, errors.New("a schedule case asks about its pending pods, so it has no \"ask\"")
	}
	if c.Every && c.Mode != modeFilter {
		return c, errors.New("\"every\" is for filter cases")
	}
	return c, nil
}

// unmarshalStrict takes an unknown or a doubled field for a mistake: ignored, it
// would make the scheduler answer another question.
func unmarshalStrict(text []byte, into any) error {
	mistakes, err := kjson.UnmarshalStrict(text, into)
	if err != nil {
		return err
	}
	return errors.Join(mistakes...)
}
