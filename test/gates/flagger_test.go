package gates

import (
	"strings"
	"testing"

	flagger "github.com/fluxcd/flagger/pkg/apis/flagger/v1beta1"
	"github.com/fluxcd/flagger/pkg/controller"
)

// hooks are the webhooks of the manifest, at another address.
func hooks(t *testing.T, url string) (*flagger.Canary, map[flagger.HookType]flagger.CanaryWebhook) {
	t.Helper()
	c := only[flagger.Canary](t, "flagger.yaml", "Canary")[0]
	out := map[flagger.HookType]flagger.CanaryWebhook{}
	for _, h := range c.Spec.Analysis.Webhooks {
		if !strings.HasPrefix(h.URL, gateURL+"/") || out[h.Type].URL != "" {
			t.Errorf("%+v", h)
		}
		h.URL = url + strings.TrimPrefix(h.URL, gateURL)
		out[h.Type] = h
	}
	if len(out) != 4 {
		t.Fatalf("%d types of hooks", len(out))
	}
	return c, out
}

// Flagger's own call of each webhook of the manifest, for each word: only the words that go on confirm, only ROLL BACK rolls back,
// and a gate without data or that does not answer does neither.
func TestFlaggerWaitsForTheWord(t *testing.T) {
	yes := map[string][]flagger.HookType{
		ready.name:    {flagger.ConfirmRolloutHook, flagger.ConfirmTrafficIncreaseHook},
		promote.name:  {flagger.ConfirmTrafficIncreaseHook},
		at50.name:     {flagger.ConfirmTrafficIncreaseHook, flagger.ConfirmPromotionHook},
		rollBack.name: {flagger.RollbackHook},
	}
	call := func(name, url string, want []flagger.HookType) {
		t.Helper()
		canary, all := hooks(t, url)
		for of, h := range all {
			wanted := false
			for _, w := range want {
				wanted = wanted || w == of
			}
			if err := controller.CallWebhook(*canary, flagger.CanaryPhaseProgressing, h); (err == nil) != wanted {
				t.Errorf("%s: %s: %v", name, of, err)
			}
		}
	}
	for _, w := range words {
		g := newGate(t, nil)
		call("a gate without data", g.URL, nil)
		g.say(w)
		call(w.name, g.URL, yes[w.name])
		g.Close()
		call("a gate that is gone", g.URL, nil)
	}
}

// Flagger asks again an interval after it has raised the weight: the same word must not raise it twice.
func TestFlaggerRaisesTheWeightOnce(t *testing.T) {
	g := newGate(t, nil)
	g.say(promote)
	canary, all := hooks(t, g.URL)
	increase := all[flagger.ConfirmTrafficIncreaseHook]
	if err := controller.CallWebhook(*canary, flagger.CanaryPhaseProgressing, increase); err != nil {
		t.Fatal(err)
	}
	err := controller.CallWebhook(*canary, flagger.CanaryPhaseProgressing, increase)
	if err == nil || !strings.Contains(err.Error(), "leaving this step was allowed at 13:00 UTC") {
		t.Errorf("twice: %v", err)
	}
}

// Flagger sends no headers, but the user and password of a URL.
func TestFlaggerSendsTheToken(t *testing.T) {
	g := newGate(t, func() (string, error) { return "s3cret", nil })
	g.say(rollBack)
	canary, all := hooks(t, g.URL)
	back := all[flagger.RollbackHook]
	if err := controller.CallWebhook(*canary, flagger.CanaryPhaseProgressing, back); err == nil {
		t.Error("it rolls back without the token")
	}
	back.URL = strings.Replace(back.URL, "http://", "http://migtop:s3cret@", 1)
	if err := controller.CallWebhook(*canary, flagger.CanaryPhaseProgressing, back); err != nil {
		t.Error(err)
	}
}
