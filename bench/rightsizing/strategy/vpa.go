package strategy

import (
	"context"
	"fmt"
	"time"

	autoscaling "k8s.io/api/autoscaling/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	vpatypes "k8s.io/autoscaler/vertical-pod-autoscaler/pkg/apis/autoscaling.k8s.io/v1"
	"k8s.io/autoscaler/vertical-pod-autoscaler/pkg/recommender/config"
	"k8s.io/autoscaler/vertical-pod-autoscaler/pkg/recommender/logic"
	"k8s.io/autoscaler/vertical-pod-autoscaler/pkg/recommender/model"
	"k8s.io/autoscaler/vertical-pod-autoscaler/pkg/recommender/routines"
	controllerfetcher "k8s.io/autoscaler/vertical-pod-autoscaler/pkg/target/controller_fetcher"

	"github.com/migtop/migtop/bench/rightsizing/trace"
)

// VPA is the recommender of the Kubernetes Vertical Pod Autoscaler, its own code
// with its own defaults: one VerticalPodAutoscaler a workload, on the CronJob that
// makes the Jobs. Each attempt is a pod with one container. Its peak enters as one
// sample when it ends, which favours VPA: the real one polls metrics once a minute
// and never sees most short pods. A killed attempt enters as VPA's observer
// reports it, by RecordOOM with the pod's request. Sizes are targets.
type VPA struct {
	recommender logic.PodResourceRecommender
	format      logic.RecommendationFormat
	states      map[string]*vpaState
	pods        int
}

// vpaState is what VPA knows of one workload: a cluster with nothing else in it.
type vpaState struct {
	cluster model.ClusterState
	vpa     *model.Vpa
	target  int64 // bytes; 0 is not computed since the last sample
}

const (
	vpaNamespace = "jobs"
	vpaName      = "workload"
	vpaContainer = "job"
	// vpaGarbage is how often the recommender looks for aggregates that expired.
	vpaGarbage = time.Hour
)

// NewVPA returns the recommender with the defaults of its command line.
func NewVPA() *VPA {
	c := config.DefaultRecommenderConfig()
	return &VPA{
		recommender: logic.CreatePodResourceRecommender(logic.RecommendationConfig{
			SafetyMarginFraction:       c.SafetyMarginFraction,
			PodMinCPUMillicores:        c.PodMinCPUMillicores,
			PodMinMemoryMb:             c.PodMinMemoryMb,
			TargetCPUPercentile:        c.TargetCPUPercentile,
			LowerBoundCPUPercentile:    c.LowerBoundCPUPercentile,
			UpperBoundCPUPercentile:    c.UpperBoundCPUPercentile,
			ConfidenceIntervalCPU:      c.ConfidenceIntervalCPU,
			TargetMemoryPercentile:     c.TargetMemoryPercentile,
			LowerBoundMemoryPercentile: c.LowerBoundMemoryPercentile,
			UpperBoundMemoryPercentile: c.UpperBoundMemoryPercentile,
			ConfidenceIntervalMemory:   c.ConfidenceIntervalMemory,
		}),
		format: logic.RecommendationFormat{
			HumanizeMemory: c.HumanizeMemory, RoundCPUMillicores: c.RoundCPUMillicores, RoundMemoryBytes: c.RoundMemoryBytes,
		},
		states: map[string]*vpaState{},
	}
}

// Name is what the strategy is called in the table.
func (*VPA) Name() string { return "VPA" }

// Size is the target that VPA recommends now.
func (v *VPA) Size(r *trace.Run) (int64, bool) {
	s := v.states[r.Workload]
	if s == nil {
		return 0, false
	}
	s.expire(r.Start)
	if s.target == 0 {
		s.target = v.recommend(s)
	}
	return s.target, s.target > 0
}

// recommend is what the recommender's loop does for one VerticalPodAutoscaler.
func (v *VPA) recommend(s *vpaState) int64 {
	list := logic.MapToListOfRecommendedContainerResources(
		v.recommender.GetRecommendedPodResources(routines.GetContainerNameToAggregateStateMap(s.vpa)), v.format)
	s.vpa.UpdateRecommendation(list)
	for _, c := range list.ContainerRecommendations {
		if c.ContainerName == vpaContainer {
			return c.Target.Memory().Value()
		}
	}
	return 0
}

// Killed records an OOM of a pod that requested the limit.
func (v *VPA) Killed(r *trace.Run, limit int64, at time.Time) {
	v.attempt(r, limit, at, func(s *vpaState, container model.ContainerID) error {
		return s.cluster.RecordOOM(container, at, model.MemoryAmountFromBytes(float64(limit)))
	})
}

// Ended records the run's peak as its pod's greatest use.
func (v *VPA) Ended(r *trace.Run, at time.Time) {
	v.attempt(r, 0, at, func(s *vpaState, container model.ContainerID) error {
		return s.cluster.AddSample(&model.ContainerUsageSampleWithKey{
			Container: container,
			ContainerUsageSample: model.ContainerUsageSample{
				MeasureStart: at, Resource: model.ResourceMemory, Usage: model.MemoryAmountFromBytes(float64(r.Peak)),
			},
		})
	})
}

// attempt lives through one pod's life in VPA's model. The CPU sample is what
// VPA counts samples and forgets aggregates by.
func (v *VPA) attempt(r *trace.Run, request int64, at time.Time, memory func(*vpaState, model.ContainerID) error) {
	s := v.states[r.Workload]
	if s == nil {
		s = newVPAState()
		v.states[r.Workload] = s
	}
	v.pods++
	pod := model.PodID{Namespace: vpaNamespace, PodName: fmt.Sprintf("%d", v.pods)}
	container := model.ContainerID{PodID: pod, ContainerName: vpaContainer}
	s.cluster.AddOrUpdatePod(pod, labels.Set{"workload": vpaName}, core.PodRunning)
	resources := model.Resources{model.ResourceMemory: model.MemoryAmountFromBytes(float64(request))}
	cores := 0.0
	if r.CPUKnown && r.Duration > 0 {
		cores = r.CPUSeconds / r.Duration.Seconds()
	}
	must(s.cluster.AddOrUpdateContainer(container, resources))
	must(s.cluster.AddSample(&model.ContainerUsageSampleWithKey{
		Container: container,
		ContainerUsageSample: model.ContainerUsageSample{
			MeasureStart: at, Resource: model.ResourceCPU, Usage: model.CPUAmountFromCores(cores),
		},
	}))
	must(memory(s, container))
	s.cluster.DeletePod(pod)
	s.target = 0
}

// Retry is VPA's own next recommendation, which the OOM has entered.
func (v *VPA) Retry(r *trace.Run, limit int64) int64 {
	if size, ok := v.Size(r); ok {
		return size
	}
	return limit
}

func newVPAState() *vpaState {
	s := &vpaState{cluster: model.NewClusterState(vpaGarbage)}
	selector := labels.SelectorFromSet(labels.Set{"workload": vpaName})
	must(s.cluster.AddOrUpdateVpa(&vpatypes.VerticalPodAutoscaler{
		ObjectMeta: meta.ObjectMeta{Namespace: vpaNamespace, Name: vpaName},
		Spec: vpatypes.VerticalPodAutoscalerSpec{
			TargetRef: &autoscaling.CrossVersionObjectReference{APIVersion: "batch/v1", Kind: "CronJob", Name: vpaName},
		},
	}, selector))
	s.vpa = s.cluster.VPAs()[model.VpaID{Namespace: vpaNamespace, VpaName: vpaName}]
	return s
}

// expire lets VPA forget what it forgets: aggregates without a sample for 8 days.
func (s *vpaState) expire(now time.Time) {
	before := s.cluster.StateMapSize()
	s.cluster.RateLimitedGarbageCollectAggregateCollectionStates(context.Background(), now, cronJobStays{})
	if s.cluster.StateMapSize() != before {
		s.target = 0
	}
}

// cronJobStays answers VPA that the CronJob still exists.
type cronJobStays struct{}

func (cronJobStays) FindTopMostWellKnownOrScalable(_ context.Context,
	c *controllerfetcher.ControllerKeyWithAPIVersion,
) (*controllerfetcher.ControllerKeyWithAPIVersion, error) {
	return c, nil
}

// must stops at what VPA's model refuses: the adapter would be wrong then, and so
// would every figure after it.
func must(err error) {
	if err != nil {
		panic("VPA's model: " + err.Error())
	}
}
