package follow

import (
	"github.com/migtop/migtop/internal/cutover"
	"github.com/migtop/migtop/internal/migration"
)

// intake says how messages become runs of a tenant on a platform. Of Lambda it follows from the event source mappings; of other
// platforms nothing says it, and failures are compared by attempt.
func (r *reading) intake(name migration.Tenant, p migration.Platform) (in cutover.Intake) {
	if p != migration.Lambda {
		return cutover.Intake{}
	}
	for _, f := range r.work[name] {
		events := f.fn.EventSources
		if f.alias != nil && f.alias.EventSources.Known() {
			events = f.alias.EventSources
		}
		list, ok := events.Get()
		if !ok {
			return cutover.Intake{} // one that is not known could be anything
		}
		for i := range list {
			e := &list[i]
			if !e.Enabled || f.alias != nil && e.Qualifier != "" && e.Qualifier != f.alias.Name {
				continue
			}
			in.Batch = max(in.Batch, int(e.BatchSize))
			in.Partial = in.Partial || e.PartialBatch
			in.Retried = true // what failed is delivered again, and runs again
		}
	}
	return in
}
