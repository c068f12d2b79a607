package report

import (
	"strings"
	"testing"
)

func join(t testing.TB, field, pattern string) Join {
	t.Helper()
	j, err := NewJoin(field, pattern)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestReadsTheTenantOfARun(t *testing.T) {
	for name, test := range map[string]struct {
		field, pattern, line string
		id, tenant           string
	}{
		"field":            {"tenant_id", "", `{"level":"INFO","requestId":"` + id + `","tenant_id":"acme"}`, id, "acme"},
		"field below":      {"detail.tenant", "", `{"aws_request_id":"` + id + `","detail":{"tenant":"acme"}}`, id, "acme"},
		"number":           {"tenant", "", `{"function_request_id":"` + id + `","tenant":4711}`, id, "4711"},
		"JSON behind text": {"tenant", "", "2026-10-08T07:30:29.470Z\t" + id + "\tINFO\t{\"tenant\":\"acme\"}\n", id, "acme"},
		"pattern": {
			"", "tenant={tenant}", "2026-10-08T07:30:29.470Z\t" + id + "\tINFO\ttenant=acme-eu done", id,
			"acme-eu",
		},
		"pattern with its end":          {"", "[t:{tenant}]", "[INFO]\t" + id + "\t[t:acme & sons] done", id, "acme & sons"},
		"pattern without its end":       {"", "[t:{tenant}]", "[INFO]\t" + id + "\t[t:acme", "", ""},
		"JSON behind a byte order mark": {"tenant", "", "\ufeff" + `{"requestId":"` + id + `","tenant":"acme"}`, id, "acme"},
		"JSON in a list":                {"tenant", "", `[{"requestId":"` + id + `","tenant":"acme"}]`, id, "acme"},
		"behind a brace of the text":    {"tenant", "", "f{x} " + id + ` {"tenant":"acme"}`, id, "acme"},
		"the second JSON value": {
			"tenant", "", `{"requestId":"` + other + `"}` + "\n" + `{"requestId":"` + id + `","tenant":"acme"}`, id,
			"acme",
		},
		"JSON in a message":  {"message.tenant", "", `{"requestId":"` + id + `","message":"{\"tenant\":\"acme\"}"}`, id, "acme"},
		"over several lines": {"tenant", "", "{\n  \"requestId\": \"" + id + "\",\n  \"tenant\": \"acme\"\n}\n", id, "acme"},
		"pattern in JSON": {
			"", "tenant={tenant}",
			`{"trace":"` + other + `","requestId":"` + id + `","message":"tenant=acme done"}`, id, "acme",
		},
		"pattern in escaped JSON":    {"", "[t:{tenant}]", `{"requestId":"` + id + `","message":"[t:acme \u0026 sons]"}`, id, "acme & sons"},
		"pattern below in JSON":      {"", "tenant={tenant}", `{"requestId":"` + id + `","detail":{"text":"tenant=acme"}}`, id, "acme"},
		"pattern in broken JSON":     {"", "tenant={tenant}", `{tenant=acme} ` + id, id, "acme"},
		"pattern in a list":          {"", "tenant={tenant}", `[INFO] ` + id + ` tenant=acme`, id, "acme"},
		"pattern in a report card":   {"", "tenant={tenant}", "REPORT card of " + id + ": tenant=acme", id, "acme"},
		"pattern over several lines": {"", "tenant={tenant}", id + "\ntenant=\n  at tenant=acme\n", id, "acme"},
		"no id":                      {"", "tenant={tenant}", "tenant=acme", "", ""},
		"no tenant":                  {"tenant", "", `{"requestId":"` + id + `"}`, "", ""},
		"an object for a name":       {"tenant", "", `{"requestId":"` + id + `","tenant":{}}`, "", ""},
		"cut JSON":                   {"tenant", "", `{"requestId":"` + id + `","tenant":"ac`, "", ""},
		"a name without an end":      {"tenant", "", `{"requestId":"` + id + `","tenant":"` + strings.Repeat("x", 300) + `"}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			j := join(t, test.field, test.pattern)
			gotID, got, ok := j.Tenant(test.line)
			if ok != (test.id != "") || (ok && (gotID != test.id || got != test.tenant)) {
				t.Errorf("%q %q %t", gotID, got, ok)
			}
			if ok && !strings.Contains(test.line, j.Marker()) {
				t.Errorf("the marker %q would not find the line", j.Marker())
			}
		})
	}
}

func TestRefusesJoinsThatCannotBe(t *testing.T) {
	for _, test := range [][2]string{
		{"", ""},
		{"a", "b={tenant}"},
		{"a..b", ""},
		{"a b", ""},
		{`a"b`, ""},
		{"", "tenant="},
		{"", "{tenant}"},
		{"", "a={tenant}{tenant}"},
	} {
		if j, err := NewJoin(test[0], test[1]); err == nil {
			t.Errorf("%q made %+v", test, j)
		}
	}
}

func FuzzTenant(f *testing.F) {
	f.Add("tenant_id", `{"requestId":"`+id+`","tenant_id":"acme"}`)
	f.Add("a.b", id+"\t{\"a\":{\"b\":1}}")
	f.Fuzz(func(t *testing.T, field, line string) {
		for _, made := range []func() (Join, error){
			func() (Join, error) { return NewJoin(field, "") },
			func() (Join, error) { return NewJoin("", field+placeholder) },
		} {
			j, err := made()
			if err != nil {
				continue
			}
			if requestID, tenant, ok := j.Tenant(line); ok && (requestID == "" || tenant == "") {
				t.Fatalf("%q %q", requestID, tenant)
			}
		}
	})
}
