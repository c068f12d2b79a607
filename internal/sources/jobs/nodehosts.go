package jobs

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
)

// Hosts lists the kinds of nodes that the cluster has now, each once, in no order: for who needs their types and regions without
// a [Source]. The connection stays open. The error is a [migration.Problem].
func Hosts(ctx context.Context, access sources.Access, env *sources.Env) ([]migration.Host, error) {
	o, err := optionsOf(access, env)
	if err != nil {
		return nil, err
	}
	s, err := New(o)
	if err != nil {
		return nil, err
	}
	defer s.shut()
	seen := map[migration.Host]bool{}
	var out []migration.Host
	for page := (metav1.ListOptions{Limit: pageSize}); ; {
		list, err := s.client.nodes().list(ctx, page)
		if err != nil {
			return nil, problem(err, "list", "nodes", s.client.server)
		}
		nodes, ok := list.(*corev1.NodeList)
		if !ok {
			return nil, fmt.Errorf("jobs: a list of nodes is a %T", list)
		}
		for i := range nodes.Items {
			h := nodeHost(&nodes.Items[i], o.SpotLabels...)
			if !seen[h] {
				seen[h] = true
				out = append(out, h)
			}
		}
		if page.Continue = nodes.Continue; page.Continue == "" {
			return out, nil
		}
	}
}
