package kubeapi

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/simcloud/world"
)

func FuzzContinue(f *testing.F) {
	f.Add(encodeContinue(continueToken{Version: 5, Start: "batch/x\x00"}))
	f.Add("e30")
	f.Add("!")
	f.Fuzz(func(t *testing.T, in string) {
		token, err := decodeContinue(in)
		if err != nil {
			return
		}
		again, err := decodeContinue(encodeContinue(token))
		if err != nil || again != token {
			t.Errorf("%+v became %+v, %v", token, again, err)
		}
		if strings.Contains("/"+token.Start+"/", "/../") {
			t.Errorf("%q climbs", token.Start)
		}
	})
}

func FuzzRequests(f *testing.F) {
	s := &Server{cfg: Config{Token: token}}
	s.faults.Store(&Faults{})
	f.Add("GET", "/api/v1/namespaces/batch/pods/x/log")
	f.Add("DELETE", "/apis/batch/v1/jobs")
	f.Add("PUT", "//apis/")
	f.Fuzz(func(t *testing.T, method, path string) {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost/", bytes.NewReader(nil))
		if err != nil {
			return
		}
		r.URL.Path = path
		target, ok := parse(r)
		if !ok {
			return
		}
		readOnly := target.verb == "get" || target.verb == "list" || target.verb == "watch"
		review := target.gv.Group == authV1.Group && target.resource == accessReviews && target.verb == "create"
		if s.allowed(user, &target) && !readOnly && !review {
			t.Errorf("%s %s is allowed", method, path)
		}
		if s.allowed("system:anonymous", &target) {
			t.Errorf("%s %s is allowed to everybody", method, path)
		}
	})
}

func BenchmarkListPods(b *testing.B) {
	for name, o := range map[string]world.Options{"story": {Seed: 1}, "10k": {Seed: 1, Pods: 10_000}} {
		b.Run(name, func(b *testing.B) {
			s, clock := start(b, o)
			s.store.advance(clock.Now())
			for b.Loop() {
				r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.URL()+"/api/v1/pods", nil)
				if err != nil {
					b.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("Accept", asProtobuf)
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					b.Fatal(err)
				}
				n, _ := io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				b.SetBytes(n)
			}
			http.DefaultClient.CloseIdleConnections()
		})
	}
}

// BenchmarkStart is from nothing to the first answer.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, _ := start(b, world.Options{Seed: 1})
		if code, _ := ask(b, s, "GET", "/api/v1/nodes"); code != 200 {
			b.Fatal(code)
		}
	}
}
