package attribution_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/migration"
)

var (
	jobs      = []id{{Platform: migration.Jobs, Name: "j-1", Labels: kv{"tenant": "acme"}}}
	functionA = id{Platform: migration.Lambda, Name: "acme-thumbs"}
)

// long is longer than any test takes; short is as long as one must wait.
const (
	long  = time.Minute
	short = 10 * time.Millisecond
)

func TestSourcesLearnFromEachOther(t *testing.T) {
	l := attribution.NewLearner(attribution.New(attribution.Rules{}), 2)
	var lambda, kubernetes *attribution.Attributor
	var wg sync.WaitGroup
	wg.Go(func() { lambda = l.Join(t.Context(), []id{functionA}, long) })
	wg.Go(func() { kubernetes = l.Join(t.Context(), jobs, long) })
	wg.Wait()
	if lambda != kubernetes {
		t.Error("the two sources got different answers")
	}
	if got := lambda.Attribute(functionA).Tenant; got != "acme" {
		t.Errorf("the function went to %s", got)
	}
}

func TestNobodyWaitsForASourceThatIsGone(t *testing.T) {
	l := attribution.NewLearner(attribution.New(attribution.Rules{}), 2)
	l.Leave()
	if got := l.Join(t.Context(), jobs, long).Attribute(functionA).Tenant; got != "acme" {
		t.Errorf("the function went to %s", got)
	}
}

func TestPatienceEnds(t *testing.T) {
	l := attribution.NewLearner(attribution.New(attribution.Rules{}), 2)
	first := l.Join(t.Context(), []id{functionA}, short)
	if got := first.Attribute(functionA).Tenant; got != migration.Unattributed {
		t.Errorf("the function went to %s", got)
	}
	// Who comes later gets the same: figures that are kept already go by it.
	if late := l.Join(t.Context(), jobs, long); late != first {
		t.Error("the answer changed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if attribution.NewLearner(first, 2).Join(ctx, nil, long) == nil {
		t.Error("no answer after the context ended")
	}
	if attribution.NewLearner(first, 0).Join(t.Context(), nil, long) == nil {
		t.Error("no answer without sources")
	}
}
