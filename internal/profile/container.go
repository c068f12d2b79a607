package profile

import (
	"fmt"

	"github.com/migtop/migtop/internal/migration"
)

// mainContainer is the container that does the work, and the requests of the pod's others.
type mainContainer struct {
	name, why string
	others    migration.OtherRequests
}

// container sets the container that the profile sizes: the one of the tenant's latest Job
// run, or without a run the one of another tenant of the workload.
func (t *explanation) container() {
	s := t.sized()
	t.p.Container, t.p.ContainerWhy, t.p.Others = s.name, s.why, s.others
}

func (t *explanation) sized() mainContainer {
	if t.l != nil && t.l.sized.name != "" {
		return t.l.sized
	}
	var found mainContainer
	for l := range t.w.tenants.all() {
		if l.sized.name != "" && (found.name == "" || l.tenant < t.sizedAs) {
			found, t.sizedAs = l.sized, l.tenant
		}
	}
	return found
}

// WholePod is the requests and limits of a pod with this main container: its other
// containers' requests are added. Where no others are known it is the container alone.
func WholePod(p *Profile, main Pod) Pod {
	all := p.Others.Pod(migration.Resources{CPU: main.CPURequest, Memory: migration.Some(main.MemoryRequest)})
	main.CPURequest, main.MemoryRequest = all.CPU, all.Memory.Or(main.MemoryRequest)
	main.MemoryLimit = max(main.MemoryLimit, main.MemoryRequest)
	return main
}

// wordsOfContainer says which container is sized where the pod has others, and what those
// request.
func (t *explanation) wordsOfContainer(say func(string, ...any)) {
	p := t.p
	if p.ContainerWhy != "" {
		say("It sizes the container %s, %s.", p.Container, p.ContainerWhy)
	}
	if p.Others.Names != "" {
		with := p.Others.With
		text := "The pod's other containers (" + p.Others.Names + ") "
		switch {
		case with.Memory.Known() || with.CPU.Known():
			text += "request " + amountsText(with) + " together with it"
		default:
			text += "request nothing together with it"
		}
		pod := WholePod(p, p.Base)
		say("%s: the pod requests %s.", text, amountsText(migration.Resources{CPU: pod.CPURequest, Memory: migration.Some(pod.MemoryRequest)}))
	}
	if limit, ok := p.Others.PodLimit.Get(); ok {
		text := fmt.Sprintf("The pod as a whole is limited to %s, which its containers share", Size(limit))
		if WholePod(p, p.Base).MemoryRequest > limit {
			text += ": raise that limit too"
		}
		say("%s.", text)
	}
}

// amountsText writes what is requested of memory and of CPU.
func amountsText(r migration.Resources) string {
	memory, ok := r.Memory.Get()
	if !ok {
		return cores(r.CPU, "")
	}
	return Size(memory) + cores(r.CPU, " and ")
}
