package jobs

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/migtop/migtop/internal/migration"
)

// Identities lists whose Jobs exist, before a Source is created: function names are
// matched against the names that Jobs' labels give. One page of each namespace is
// enough. The connection stays open. The error is a [migration.Problem].
func Identities(ctx context.Context, o Options) ([]migration.Identity, error) {
	if o.Attribute == nil {
		o.Attribute = func(migration.Identity) migration.Attribution { return migration.Attribution{} }
	}
	s, err := New(o)
	if err != nil {
		return nil, err
	}
	defer s.shut()
	var out []migration.Identity
	for _, ns := range s.options.Namespaces {
		list, err := s.client.jobs(ns, o.LabelSelector).list(ctx, metav1.ListOptions{Limit: pageSize})
		if err != nil {
			return nil, problem(err, "list", "Jobs", s.client.server)
		}
		page, ok := list.(*batchv1.JobList)
		if !ok {
			return nil, fmt.Errorf("jobs: a list of Jobs is a %T", list)
		}
		for i := range page.Items {
			out = append(out, jobIdentity(&page.Items[i]))
		}
	}
	return out, nil
}
