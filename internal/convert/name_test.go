package convert

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/migtop/migtop/internal/migration"
)

func TestNames(t *testing.T) {
	long := strings.Repeat("abcdefghij-", 10)
	for in, want := range map[[2]string]string{
		{"acme-thumbs", ""}:        "acme-thumbs",
		{"acme-thumbs", "$LATEST"}: "acme-thumbs",
		{"acme-thumbs", "7"}:       "acme-thumbs",       // a version is a later state of the same work
		{"acme-thumbs", "live"}:    "acme-thumbs--live", // an alias is work of its own
		{"9lives", ""}:             "9lives",
		{"LegacyCronRunner", ""}:   "legacycronrunner-#",
		{"log_shipper", ""}:        "log-shipper-#",
		{"log-shipper", ""}:        "log-shipper",
		{"--a__b--", ""}:           "a-b-#",
		{"a", "b-c"}:               "a--b-c",
		{"a-b", "c"}:               "a-b--c",
		{"a", "Live"}:              "a-live-#",
		{long, ""}:                 strings.TrimSuffix(long[:43], "-") + "-#",
		{long + "x", ""}:           strings.TrimSuffix(long[:43], "-") + "-#",
		{"日本", ""}:                 "x-#",
		{"___", ""}:                "x-#",
	} {
		got := objectName(in[0], in[1])
		if start, hashed := strings.CutSuffix(want, "#"); got != want && (!hashed || !strings.HasPrefix(got, start) || len(got) != len(start)+8) {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
		if !dnsLabel.MatchString(got) || len(got) > maxName {
			t.Errorf("%q became %q", in, got)
		}
	}
	if objectName(long, "") == objectName(long+"x", "") {
		t.Error("two long names became one")
	}
}

// Functions, aliases and queues of any names: no two share an object, and no two queues of a
// function a file, even where file names have no case.
func TestNothingIsShared(t *testing.T) {
	name := rapid.OneOf(
		rapid.StringMatching(`[a-bA-B_-]{1,4}`), rapid.StringMatching(`[a-b]{1,2}(-[a-b]{1,2}){0,2}`),
		rapid.StringMatching(`[A-Za-z0-9_-]{50,64}`),
		rapid.SampledFrom([]string{"a", "A", "a-b", "a_b", "a--b", "env", "a-env", "secrets", "a-secrets", "CON", "nul", "x-deadbeef"}),
	)
	queue := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("arn:aws:sqs:%s:%s:%s", rapid.SampledFrom([]string{"eu-west-1", "us-east-1"}).Draw(t, "region"),
			rapid.SampledFrom([]string{"123456789012", "210987654321"}).Draw(t, "account"),
			name.Draw(t, "queue")+rapid.SampledFrom([]string{"", "", ".fifo"}).Draw(t, "kind"))
	})
	rapid.Check(t, func(t *rapid.T) {
		owner := map[string]string{}
		functions := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) [2]string {
			return [2]string{name.Draw(t, "function"), rapid.SampledFrom([]string{"", "live", "b", "B_"}).Draw(t, "alias")}
		}), 1, 6, rapid.ID).Draw(t, "functions")
		for _, f := range functions {
			d := thumbnails()
			d.Name, d.Qualifier, d.ARN = f[0], f[1], "arn:aws:lambda:eu-west-1:123456789012:function:"+f[0]
			queues := rapid.SliceOfNDistinct(queue, 0, 4, rapid.ID).Draw(t, "queues")
			var sources []migration.EventSource
			for i, q := range queues {
				sources = append(sources, migration.EventSource{ID: fmt.Sprint(i), ARN: q, Enabled: true})
			}
			d.EventSources = migration.Some(sources)
			p, err := Convert(d, Options{})
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]bool{}
			for _, file := range p.Files() {
				if lower := strings.ToLower(file.Name); files[lower] {
					t.Fatalf("%q: two files %s", f, file.Name)
				} else {
					files[lower] = true
				}
			}
			scaled := 0
			for _, m := range p.Manifests {
				if m.Kind == "ScaledJob" {
					scaled++
				}
				key := m.Kind + " " + m.Name
				if other, taken := owner[key]; taken {
					t.Fatalf("%s of %q is of %s too", key, f, other)
				}
				owner[key] = fmt.Sprintf("%q", f)
				if !dnsLabel.MatchString(m.Name) {
					t.Fatalf("%s of %q", key, f)
				}
			}
			if scaled != len(queues) {
				t.Fatalf("%d ScaledJobs of %q", scaled, queues)
			}
			if other, taken := owner["Secret "+p.Secret]; taken {
				t.Fatalf("%s of %q is of %s too", p.Secret, f, other)
			}
			owner["Secret "+p.Secret] = fmt.Sprintf("%q", f)
			// Of several queues, the name of one does not depend on the others.
			if len(queues) > 2 {
				d.EventSources = migration.Some(sources[1:])
				fewer, err := Convert(d, Options{})
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range fewer.Manifests {
					if !slices.ContainsFunc(p.Manifests, func(o Manifest) bool { return o.Kind == m.Kind && o.Name == m.Name && o.File == m.File }) {
						t.Fatalf("%s %s in %s is another one without a queue", m.Kind, m.Name, m.File)
					}
				}
			}
		}
	})
}

// Lambda may poll a queue for two aliases: two ScaledJobs would start twice as many Jobs.
func TestAQueueStartsJobsOnce(t *testing.T) {
	d := thumbnails()
	const arn = "arn:aws:sqs:eu-west-1:123456789012:work"
	d.EventSources = migration.Some([]migration.EventSource{
		{ID: "1", ARN: arn, Enabled: true},
		{ID: "2", ARN: arn, Enabled: true, Qualifier: "live"},
	})
	p := converted(t, d, Options{})
	if n := strings.Count(p.YAML(), "kind: ScaledJob"); n != 1 || !strings.Contains(p.Report(), "more than once") {
		t.Errorf("%d ScaledJobs:\n%s", n, p.Report())
	}
}

// A tenant that no label takes is not lost: it is an annotation, and the report says so.
func TestOwnersThatNoLabelTakes(t *testing.T) {
	for _, queues := range []bool{false, true} {
		d := thumbnails()
		if !queues {
			d.EventSources = migration.Some([]migration.EventSource(nil))
		}
		p := converted(t, d, Options{Tenant: "Acme GmbH & Co", Workload: "thumbs"})
		if n := strings.Count(p.YAML(), `tenant: "Acme GmbH & Co"`); n < 3 || strings.Contains(p.YAML(), "labels:\n    tenant") {
			t.Errorf("%d annotations:\n%s", n, p.YAML())
		}
		if notes := notesOf(p, "tenant"); len(notes) != 1 || !strings.Contains(notes[0].Text, `"Acme GmbH & Co" is no value of a label`) {
			t.Errorf("%+v", notes)
		}
		if notes := notesOf(p, "workload"); len(notes) != 0 || !strings.Contains(p.YAML(), "workload: thumbs") {
			t.Errorf("%+v", notes)
		}
	}
	for tenant, notes := range map[migration.Tenant]int{
		"acme": 0, "": 0, "A_b.c-1": 0, "ä": 1, "-a": 1,
		migration.Tenant(strings.Repeat("x", 64)): 1, "x\n---\nkind: Secret": 1,
	} {
		p := converted(t, thumbnails(), Options{Tenant: tenant})
		if got := len(notesOf(p, "tenant")); got != notes || strings.Contains(p.YAML(), "\nkind: Secret") {
			t.Errorf("%q: %d notes, want %d", tenant, got, notes)
		}
	}
}
