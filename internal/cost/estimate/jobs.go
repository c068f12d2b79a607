package estimate

import (
	"errors"
	"fmt"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// shape is one run of the Job.
func (j *Job) shape() cost.Shape {
	return cost.Shape{CPU: j.CPU, Memory: j.Memory, Duration: j.Duration, Storage: j.Storage, GPUs: j.GPUs}
}

// host is where the Job's runs take place on a platform.
func (s *Shape) host(kind migration.HostKind) migration.Host {
	return migration.Host{
		Kind: kind, OS: migration.Linux, Place: migration.RegionArch{Region: s.Region, Arch: s.Job.Arch},
		InstanceType: s.Job.NodeType, AutoMode: s.Job.AutoMode,
	}
}

// fargate is the month of the Job's runs on EKS or ECS Fargate.
func (w *work) fargate(kind migration.HostKind) *cost.Month {
	j, m := &w.Job, w.p.MonthOf(w.Region, w.MonthHours)
	rates, err := w.p.RunRates(w.host(kind), j.Spot)
	if !known(err) {
		m.Problem = err.Error()
		return m
	}
	lines, err := rates.Price(nil, j.shape())
	if size, _ := rates.Size(j.shape()); known(err) && kind == migration.HostECSFargate {
		m.Note(fmt.Sprintf("each task gets %s", size))
	} else if known(err) {
		m.Note(fmt.Sprintf("each pod gets %s: its requests and 256 MiB", size))
		// The same request without the 256 MiB on top, where that makes a smaller
		// machine, is a cliff that lowering the request by as much steps back from.
		if less, err := w.p.ECSFargateSize(j.CPU, j.Memory); err == nil && less != size && j.Memory > cost.FargateOverhead {
			m.Note(fmt.Sprintf("256 MiB less memory would fit %s", less))
		}
		if j.Spot.IsPositive() {
			m.Note("EKS Fargate has no Spot")
		}
	}
	m.Runs(j.Runs.Or(0), lines, err)
	return m
}

// known reports whether an error leaves a shape that can run, at a price that may be
// missing.
func known(err error) bool {
	_, missing := errors.AsType[*prices.UnknownError](err)
	return err == nil || missing
}

// onNodes is the month of the Job's runs on EC2 nodes. With choose, a default type that cannot run the
// Job, or has no price, is replaced.
func (w *work) onNodes(choose bool) *cost.Month {
	j, m := &w.Job, w.p.MonthOf(w.Region, w.MonthHours)
	if i, ok := w.p.Book().Instance(j.NodeType); ok && i.Arch != j.Arch {
		m.Problem = fmt.Sprintf("%s is %s, and the Job wants %s", j.NodeType, i.Arch, j.Arch)
		return m
	}
	if choose {
		w.chooseNode(m)
	}
	host := w.host(migration.HostEC2)
	share, err := w.p.Dominant(host, j.shape())
	if err != nil {
		m.Problem = err.Error()
		if larger, ok := w.nodeChoice().Smallest(j.NodeType, j.shape()); ok && !choose {
			m.Problem += fmt.Sprintf("; %s does: node-type %s", larger, larger)
		} else if !ok {
			m.Problem += "; no type with a price in " + w.Region + " does"
		}
		return m
	}
	w.nodeShare = share
	m.Note(fmt.Sprintf("each pod takes %s of a node by its dominant resource; idle time of nodes is not in it", percent(share)))
	rates, _ := w.p.RunRates(host, j.Spot)
	lines, err := rates.InMonthOf(w.MonthHours).Price(nil, j.shape())
	m.Runs(j.Runs.Or(0), lines, err)
	return m
}

// chooseNode replaces the default type where it does not hold the Job or has no price in the region.
func (w *work) chooseNode(m *cost.Month) {
	j, host := &w.Job, w.host(migration.HostEC2)
	why := ""
	if _, err := w.p.Dominant(host, j.shape()); err != nil {
		why = fmt.Sprintf("the default %s does not hold a pod of %d millicores, %d MiB", j.NodeType, j.CPU.Milli(), j.Memory/migration.MiB)
		if j.GPUs > 0 {
			why += " and " + text.Plural(int(j.GPUs), "GPU")
		}
	} else if _, err := w.p.Node(host); err != nil {
		why = fmt.Sprintf("the default %s has no price in %s", j.NodeType, w.Region)
	}
	if why == "" {
		return
	}
	if other, ok := w.nodeChoice().Smallest(j.NodeType, j.shape()); ok {
		name := other
		if i, ok := w.p.Book().Instance(other); ok && i.GPU != "" {
			name += " (" + i.GPU + ")"
		}
		m.Note(fmt.Sprintf("nodes are %s: %s", name, why))
		j.NodeType = other
	}
}

// nodeChoice is read once for all shapes of a place.
func (w *work) nodeChoice() *cost.NodeChoice {
	place := migration.RegionArch{Region: w.Region, Arch: w.Job.Arch}
	if w.choices[place] == nil {
		w.choices[place] = w.p.NodeChoice(place)
	}
	return w.choices[place]
}

func percent(f cost.Fraction) string {
	return f.Of.Shift(2).DivRound(f.Whole, 2).String() + " %"
}

// support is the kind of support that the cluster's version has.
func (j *Job) support() cost.Support {
	if j.Extended {
		return cost.ExtendedSupport
	}
	return cost.StandardSupport
}
