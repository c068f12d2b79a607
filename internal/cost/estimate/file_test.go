package estimate

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

const shapes = `shapes:
- name: thumbnails
  region: us-east-1
  runs: 3000000
  duration: 120ms
  memory: 1536MB
  free-tier: false
  spot: 0.25
- region: eu-west-1
  job-runs: "150"
  job-cpu: 500m
  job-memory: 1.5Gi
  job-duration: 2h30m
`

func TestParse(t *testing.T) {
	got, err := Parse("s.yaml", []byte(shapes))
	if err != nil {
		t.Fatal(err)
	}
	first, second := New(), New()
	first.Name, first.Region = "thumbnails", "us-east-1"
	first.Lambda.Runs, first.Lambda.Duration, first.Lambda.Memory, first.Lambda.FreeTier = 3e6, 120*time.Millisecond, 1536*migration.MiB, false
	first.Job.Spot = decimal.New(25, -2)
	second.Region = "eu-west-1"
	second.Job = Job{
		Runs: migration.Some[int64](150), CPU: 500 * migration.Millicore, Memory: 1536 * migration.MiB,
		Duration: 150 * time.Minute,
	}
	if diff := cmp.Diff([]Shape{first, second}, got, cmp.Comparer(decimal.Decimal.Equal), cmp.Comparer(func(a,
		b migration.Opt[int64],
	) bool {
		return a == b
	}), cmp.Comparer(func(a, b migration.Opt[decimal.Decimal]) bool {
		return a.Or(decimal.Decimal{}).Equal(b.Or(decimal.Decimal{}))
	})); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsTellThePlace(t *testing.T) {
	edit := func(old, replacement string) string {
		if !strings.Contains(shapes, old) {
			t.Fatalf("nothing to edit: %s", old)
		}
		return strings.Replace(shapes, old, replacement, 1)
	}
	for name, tc := range map[string]struct{ in, want string }{
		"not yaml":      {"shapes: [", "s.yaml:1:9: sequence end token ']' not found"},
		"no shapes":     {"shapes: []", "s.yaml:1:1: want 1 to 10000 shapes, got 0"},
		"other key":     {"shape: []", `s.yaml:1:1: unknown key "shape" in the file; known: shapes`},
		"unknown key":   {edit("memory:", "memroy:"), `s.yaml:6:3: unknown key "memroy" in a shape; known: name, region, runs, duration, `},
		"negative runs": {edit("3000000", "-1"), `s.yaml:4:9: runs: want a whole number from 0 to 1000000000000, got "-1"`},
		"absurd runs": {
			edit("3000000", "99999999999999999999"),
			`s.yaml:4:9: runs: want a whole number from 0 to 1000000000000, got "99999999999999999999"`,
		},
		"fractional runs":   {edit("3000000", "1.5"), `s.yaml:4:9: runs: want a whole number`},
		"no unit":           {edit("1536MB", "1536"), `s.yaml:6:11: memory: want a size with its unit, such as 512MB or 2Gi, got "1536"`},
		"other M":           {edit("1536MB", "1536M"), `s.yaml:6:11: memory: want a size with its unit, such as 512MB or 2Gi, got "1536M"`},
		"negative memory":   {edit("1536MB", "-1536MB"), `s.yaml:6:11: memory: want a size with its unit`},
		"too little memory": {edit("1536MB", "64MB"), `s.yaml:6:11: memory: want 128 MB or more, got "64MB"`},
		"absurd memory":     {edit("1536MB", "999999999999TB"), `s.yaml:6:11: memory: "999999999999TB" is more than there is`},
		"duration":          {edit("120ms", "120"), `s.yaml:5:13: duration: want a duration such as 120ms, 3s or 10m, at most a year, got "120"`},
		"negative duration": {edit("120ms", "-3s"), `s.yaml:5:13: duration: want a duration`},
		"share":             {edit("0.25", "1.25"), `s.yaml:8:9: spot: want a share from 0 to 1, got "1.25"`},
		"bool":              {edit("false", "no"), `s.yaml:7:14: free-tier: want true or false, got "no"`},
		"CPU":               {edit("500m", "0"), `s.yaml:11:12: job-cpu: want CPU such as 500m or 2, at most 1024, got "0"`},
		"list":              {edit("500m", "[1]"), `s.yaml:11:12: want job-cpu as one value, got a list`},
		"nothing":           {edit("500m", ""), `s.yaml:11:11: want job-cpu as one value, got nothing`},
		"region missing":    {edit("- region: eu-west-1\n  job-runs", "- job-runs"), `s.yaml:9:3: region is missing: prices differ by region`},
		"runs missing":      {edit("  runs: 3000000\n", ""), `s.yaml:2:3: runs is missing: how often does it run in a month?`},
		"memory missing":    {edit("  memory: 1536MB\n", ""), `s.yaml:2:3: runs on Lambda need duration and memory`},
		"job without size": {
			edit("  job-cpu: 500m\n", ""),
			`s.yaml:9:3: without a Lambda side, job-runs need job-cpu, job-memory and job-duration`,
		},
		"no hours":        {edit("free-tier: false", "provisioned: 5"), `s.yaml:2:3: provisioned needs provisioned-hours`},
		"no poller hours": {edit("free-tier: false", "sqs-pollers: 5"), `s.yaml:2:3: provisioned pollers need poller-hours`},
		"hours of nothing": {
			edit("free-tier: false", "provisioned-hours: 5"),
			`s.yaml:2:3: provisioned-hours needs provisioned, and has no effect without`,
		},
		"poller hours of nothing": {
			edit("free-tier: false", "poller-hours: 5"),
			`s.yaml:2:3: poller-hours needs sqs-pollers or kafka-pollers, and has no effect without`,
		},
		"managed hours of nothing": {edit("free-tier: false", "managed-hours: 5"), `s.yaml:2:3: managed-hours needs managed-type`},
		"snapshots of nothing":     {edit("free-tier: false", "microvm-kept: 5GB"), `s.yaml:2:3: microvm-kept needs microvm-vcpu`},
		"logs of nothing":          {edit("  job-cpu: 500m\n", "  job-cpu: 500m\n  logs: 5GB\n"), `s.yaml:9:3: logs needs runs`},
		"hours": {
			edit("free-tier: false", "poller-hours: 9000"),
			`s.yaml:7:17: poller-hours: want a number of hours from 0 to 8784, got "9000"`,
		},
		"coverage":         {edit("free-tier: false", "coverage: 0.5"), `s.yaml:2:3: coverage needs savings-plan`},
		"no managed hours": {edit("free-tier: false", "managed-type: m7g.large"), `s.yaml:2:3: managed-type needs managed-hours`},
		"vCPUs": {
			edit("free-tier: false", "microvm-vcpu: 5000"),
			`s.yaml:7:17: microvm-vcpu: want a number of vCPUs from 0 to 1024, got "5000"`,
		},
		"plan":         {edit("free-tier: false", "savings-plan: 2y"), `s.yaml:7:17: savings-plan: want 1y or 3y, got "2y"`},
		"architecture": {edit("free-tier: false", "arch: amd64"), `s.yaml:7:9: arch: want x86_64 or arm64, got "amd64"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("s.yaml", []byte(tc.in))
			var ye *yamldoc.Error
			if !errors.As(err, &ye) || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(shapes))
	f.Add([]byte("shapes:\n- {region: sa-east-1, runs: 1, duration: 900s, memory: 10240MB, payload: 1MB, provisioned: 3, " +
		"provisioned-hours: 0.1, logs: 1TB, stream: 7MB, coverage: 1, savings-plan: 3y}\n"))
	f.Add([]byte("shapes:\n- {region: x, job-runs: 1, job-cpu: 1024, job-memory: 1TiB, job-duration: 1ns, spot: 1, auto-mode: true, " +
		"job-storage: 99GB}\n"))
	p := cost.New(prices.Default(), cost.Options{})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Parse("fuzz.yaml", data)
		if err != nil {
			var ye *yamldoc.Error
			if !errors.As(err, &ye) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("not one line with its place: %q", err)
			}
			return
		}
		for _, s := range got[:min(len(got), 3)] {
			r := Estimate(p, s, november)
			for name, platform := range r.Platforms.all() {
				if platform == nil {
					continue
				}
				if u, ok := platform.Total.Get(); ok && u.Sign() < 0 {
					t.Fatalf("%s of %+v costs %s", name, s, u)
				}
			}
		}
	})
}
