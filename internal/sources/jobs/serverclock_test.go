package jobs

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/migration"
)

func TestServerClock(t *testing.T) {
	date := func(s int) string { return t0.Add(time.Duration(s) * time.Second).Format(http.TimeFormat) }
	for name, tc := range map[string]struct {
		date, age  string
		sent, came time.Duration
		want       int64
	}{
		"the same":              {date(0), "", 0, 300 * time.Millisecond, 0},
		"little apart":          {date(3), "", 0, time.Second, 0},
		"ahead of the server":   {date(-300), "", 0, time.Second, 299},
		"behind the server":     {date(300), "", 0, time.Second, -298},
		"a slow answer":         {date(0), "", -time.Minute, time.Minute, 0},
		"a slow one, all ahead": {date(-300), "", 0, 2 * time.Minute, 299},
		"of a cache":            {date(-300), "120", 0, time.Second, 0},
		"no date":               {"", "", 0, time.Second, 0},
		"no such date":          {"yesterday", "", 0, time.Second, 0},
	} {
		c := &serverClock{Clock: clock.System()}
		h := http.Header{}
		if tc.date != "" {
			h.Set("Date", tc.date)
		}
		if tc.age != "" {
			h.Set("Age", tc.age)
		}
		c.learn(h, t0.Add(tc.sent), t0.Add(tc.came))
		if got := c.ahead.Load(); got != tc.want {
			t.Errorf("%s: %d s ahead, want %d", name, got, tc.want)
		}
		if (c.note() != "") != (tc.want != 0) || !c.toServer(t0).Equal(t0.Add(-time.Duration(tc.want)*time.Second)) {
			t.Errorf("%s: %q, %s", name, c.note(), c.toServer(t0))
		}
	}
}

// What runs is booked up to the server's present moment, wherever this machine's clock
// stands, and it is said where that is.
func TestThisMachinesClockIsOff(t *testing.T) {
	for name, off := range map[string]time.Duration{"ahead": -time.Hour, "behind": time.Hour, "right": 0} {
		t.Run(name, func(t *testing.T) {
			f := newTroubledAPI(t)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
				f.ServeHTTP(w, r)
			}))
			defer server.Close()
			defer server.CloseClientConnections()
			began := time.Now().Add(off - 100*time.Second)
			second := func(s int) int { return int(began.Add(time.Duration(s)*time.Second).Unix() - t0.Unix()) }
			f.put(lateNode(second(-600), nil))
			f.put(jobObject("a", second(0), nil))
			f.put(podOn("n2", "a-1", "a", second(0), second(1), open))
			s, err := New(Options{
				Connection: &Connection{Config: &rest.Config{Host: server.URL}, Context: "c"}, Attribute: byTenant,
				Cadence: time.Second,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			var held int64
			eventually(t, s, "the pod", func(b migration.Batch, _ error) bool {
				for _, a := range b.Activities {
					for _, h := range a.Usage {
						held += h.PodSeconds
					}
				}
				return held > 0
			})
			if held < 90 || held > 130 {
				t.Errorf("held %d s, want about 100", held)
			}
			b, _ := s.Poll(t.Context(), noFocus)
			if note := healthOf(b, "jobs").Note; strings.Contains(note, "this machine's clock") != (off != 0) {
				t.Errorf("note %q", note)
			}
			if final := healthOf(b, "jobs").FinalTo; final.After(time.Now()) {
				t.Errorf("final to %s", final)
			}
		})
	}
}
