package convert

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	plainRole = arn{"aws", "iam", "", "123456789012", "role/r"}
	byOIDC    = Identity{Provider: "oidc.example/id/A"}
	byPods    = Identity{PodIdentity: true}
)

const (
	jobByOIDC = `{"Sid":"KubernetesJob","Effect":"Allow",` +
		`"Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/oidc.example/id/A"},"Action":"sts:AssumeRoleWithWebIdentity",` +
		`"Condition":{"StringEquals":{"oidc.example/id/A:aud":"sts.amazonaws.com","oidc.example/id/A:sub":"system:serviceaccount:ns:sa"}}}`
	jobByPods = `{"Sid":"KubernetesJob","Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},` +
		`"Action":["sts:AssumeRole","sts:TagSession"],` +
		`"Condition":{"StringEquals":{"aws:RequestTag/kubernetes-namespace":"ns","aws:RequestTag/kubernetes-service-account":"sa"}}}`
	ofLambda = `{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`
)

// statements is a policy of these statements.
func statements(s ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(s, ",") + `]}`
}

func compact(t *testing.T, tree object) string {
	t.Helper()
	b, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRewriteTrust(t *testing.T) {
	withCondition := func(condition string) string {
		return strings.Replace(jobByOIDC, `"system:serviceaccount:ns:sa"}`, `"system:serviceaccount:ns:sa"`+condition, 1)
	}
	for _, c := range []struct {
		name, document  string
		id              Identity
		rewritten, both string
		check           func(*rewriting) bool
	}{
		{
			"Lambda alone, by OIDC", statements(ofLambda), byOIDC, statements(jobByOIDC), statements(ofLambda, jobByOIDC),
			func(r *rewriting) bool { return r.found && !r.already },
		},
		{"Lambda alone, by Pod Identity", statements(ofLambda), byPods, statements(jobByPods), statements(ofLambda, jobByPods), nil},
		{
			"one statement without a list", `{"Statement":` + ofLambda + `}`, byOIDC,
			`{"Statement":[` + jobByOIDC + `]}`, `{"Statement":[` + ofLambda + `,` + jobByOIDC + `]}`, nil,
		},
		{"encoded as in a URL", encoded(statements(ofLambda)), byOIDC, statements(jobByOIDC), statements(ofLambda, jobByOIDC), nil},
		{
			"keys in another case", `{"version":"2012-10-17","statement":[{"effect":"Allow","principal":{"service":"Lambda.amazonaws.com"},` +
				`"action":"sts:AssumeRole"}]}`, byOIDC,
			`{"version":"2012-10-17","statement":[` + jobByOIDC + `]}`,
			`{"version":"2012-10-17","statement":[{"effect":"Allow","principal":{"service":"Lambda.amazonaws.com"},"action":"sts:AssumeRole"},` +
				jobByOIDC + `]}`, nil,
		},
		{
			"Lambda among services", statements(`{"Sid":"A","Effect":"Allow","Principal":{"Service":["ecs-tasks.amazonaws.com",` +
				`"lambda.amazonaws.com","edgelambda.amazonaws.com"]},"Action":"sts:AssumeRole"}`), byPods,
			statements(`{"Sid":"A","Effect":"Allow","Principal":{"Service":["ecs-tasks.amazonaws.com","edgelambda.amazonaws.com"]},`+
				`"Action":"sts:AssumeRole"}`, jobByPods),
			statements(`{"Sid":"A","Effect":"Allow","Principal":{"Service":["ecs-tasks.amazonaws.com","lambda.amazonaws.com",`+
				`"edgelambda.amazonaws.com"]},"Action":"sts:AssumeRole"}`, jobByPods),
			func(r *rewriting) bool { return r.edge },
		},
		{
			"Lambda next to an account", statements(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root",` +
				`"Service":["lambda.amazonaws.com"]},"Action":["sts:AssumeRole"]}`), byOIDC,
			statements(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":["sts:AssumeRole"]}`, jobByOIDC),
			statements(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root","Service":["lambda.amazonaws.com"]},"Action":["sts:AssumeRole"]}`,
				jobByOIDC), nil,
		},
		{
			"conditions about Lambda's calls", statements(`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},` +
				`"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"1","aws:RequestedRegion":"eu-west-1"},` +
				`"ArnLike":{"AWS:SourceArn":"arn:x"},"Bool":{"aws:SecureTransport":"true"}}}`), byOIDC,
			statements(withCondition(`,"aws:RequestedRegion":"eu-west-1"},"Bool":{"aws:SecureTransport":"true"}`)), "",
			func(r *rewriting) bool {
				return cmp.Equal(r.dropped, []string{"aws:SourceAccount", "AWS:SourceArn"}) &&
					cmp.Equal(r.kept, []string{"aws:RequestedRegion", "aws:SecureTransport"}) && cmp.Equal(r.blocking, []string{"aws:RequestedRegion"})
			},
		},
		{
			"two statements of Lambda become one", statements(ofLambda,
				`{"Sid":"Again","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`), byOIDC,
			statements(jobByOIDC), "", nil,
		},
		{
			"trusted already", statements(ofLambda, jobByOIDC), byOIDC, statements(jobByOIDC), statements(ofLambda, jobByOIDC),
			func(r *rewriting) bool { return r.already },
		},
		{
			"trusted already, Lambda gone", statements(jobByPods), byPods, statements(jobByPods), statements(jobByPods),
			func(r *rewriting) bool { return r.already && !r.found },
		},
		{
			"another service account is trusted", statements(ofLambda, strings.ReplaceAll(jobByOIDC, "ns:sa", "ns:other")), byOIDC,
			statements(strings.Replace(jobByOIDC, "KubernetesJob", "KubernetesJob2", 1), strings.ReplaceAll(jobByOIDC, "ns:sa", "ns:other")), "",
			func(r *rewriting) bool { return !r.already },
		},
		{"nobody is trusted", statements(), byOIDC, statements(jobByOIDC), statements(jobByOIDC), func(r *rewriting) bool { return !r.found }},
		{
			"denied, excluded and everybody", statements(`{"Effect":"Deny","Principal":{"Service":"lambda.amazonaws.com"},`+
				`"Action":"sts:AssumeRole"}`, `{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"Action":"sts:AssumeRole"}`,
				`{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"sts:AssumeRole"}`), byOIDC,
			statements(`{"Effect":"Deny","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`,
				`{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"Action":"sts:AssumeRole"}`,
				`{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"sts:AssumeRole"}`, jobByOIDC), "",
			func(r *rewriting) bool { return !r.found && r.denies == 1 && r.excluded && r.everybody },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := rewriteTrust(c.document, c.id, plainRole, "ns", "sa")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.rewritten, compact(t, r.rewritten)); diff != "" {
				t.Errorf("rewritten (-want +got):\n%s", diff)
			}
			if both := compact(t, r.both); c.both != "" && both != c.both {
				t.Errorf("both (-want +got):\n%s", cmp.Diff(c.both, both))
			}
			if c.check != nil && !c.check(r) {
				t.Errorf("%+v", r)
			}
			if strings.Contains(compact(t, r.rewritten), `"Allow","Principal":{"Service":"lambda.amazonaws.com"}`) {
				t.Error("Lambda is still trusted")
			}
		})
	}
}

func TestTrustInOtherPartitions(t *testing.T) {
	for partition, want := range map[string]string{
		"aws-cn":     "arn:aws-cn:iam::123456789012:oidc-provider/",
		"aws-us-gov": "arn:aws-us-gov:iam::123456789012:oidc-provider/",
	} {
		r, err := rewriteTrust(statements(ofLambda), byOIDC, arn{partition, "iam", "", "123456789012", "role/r"}, "ns", "sa")
		if err != nil {
			t.Fatal(err)
		}
		if got := compact(t, r.rewritten); !strings.Contains(got, want) || !strings.Contains(got, `:aud":"sts.amazonaws.com"`) {
			t.Errorf("%s: %s", partition, got)
		}
	}
}

func TestWhatIsNoTrustPolicy(t *testing.T) {
	for _, document := range []string{
		"", "null", "[]", `"x"`, `{}`, `{"Statement":7}`, `{"Statement":[7]}`, `{"Statement":[]} x`, `{"Statement":[],"Statement":[]}`, `%zz`,
		`%7B`, "<html>", `{"Statement":[{"Effect":}]}`,
		strings.Repeat(`{"a":`, 100), `{"Statement":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
		"{" + strings.Repeat(" ", 70<<10), "{\"Statement\":[{\"Sid\":\"\xff\"}]}",
	} {
		if r, err := rewriteTrust(document, byOIDC, plainRole, "ns", "sa"); err == nil {
			t.Errorf("%.60q was taken for a policy: %+v", document, r)
		}
	}
}

func TestParseProvider(t *testing.T) {
	for in, want := range map[string]Identity{
		"https://oidc.eks.eu-west-1.amazonaws.com/id/ABC":  {Provider: "oidc.eks.eu-west-1.amazonaws.com/id/ABC"},
		"https://oidc.eks.eu-west-1.amazonaws.com/id/ABC/": {Provider: "oidc.eks.eu-west-1.amazonaws.com/id/ABC"},
		"oidc.eks.eu-west-1.amazonaws.com/id/ABC":          {Provider: "oidc.eks.eu-west-1.amazonaws.com/id/ABC"},
		"arn:aws-cn:iam::123456789012:oidc-provider/oidc.eks.cn-north-1.amazonaws.com.cn/id/A": {
			Provider: "oidc.eks.cn-north-1.amazonaws.com.cn/id/A", Account: "123456789012", Partition: "aws-cn",
		},
	} {
		if got, err := ParseProvider(in); err != nil || got != want {
			t.Errorf("%s: %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", "http://oidc.example/id/A", "https://user@oidc.example/id", "https://oidc.example/id?x=1", "arn:aws:iam::123456789012:role/x",
		"arn:aws:iam:::oidc-provider/a.b", "ABC", "a b.c/d", `a.b/"c`, "https://",
	} {
		if got, err := ParseProvider(in); err == nil {
			t.Errorf("%q was taken for %+v", in, got)
		}
	}
}

// policy draws a trust policy of the forms that there are.
func policy(t *rapid.T) string {
	one := rapid.Custom(func(t *rapid.T) map[string]any {
		service := rapid.SampledFrom([]string{
			"lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "edgelambda.amazonaws.com",
			"pods.eks.amazonaws.com",
		})
		s := map[string]any{"Effect": rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(t, "effect"), "Action": "sts:AssumeRole"}
		switch rapid.IntRange(0, 3).Draw(t, "principal") {
		case 0:
			s["Principal"] = map[string]any{"Service": service.Draw(t, "service")}
		case 1:
			s["Principal"] = map[string]any{"Service": rapid.SliceOfN(service, 1, 3).Draw(t, "services"), "AWS": "arn:aws:iam::1:root"}
		case 2:
			s["Principal"] = "*"
		case 3:
			s["NotPrincipal"] = map[string]any{"AWS": "1"}
		}
		if rapid.Bool().Draw(t, "sid") {
			s["Sid"] = rapid.SampledFrom([]string{"KubernetesJob", "KubernetesJob2", "A"}).Draw(t, "name")
		}
		if rapid.Bool().Draw(t, "condition") {
			s["Condition"] = map[string]any{"StringEquals": map[string]any{rapid.SampledFrom([]string{
				"aws:SourceAccount", "aws:RequestedRegion",
				"aws:RequestTag/kubernetes-namespace",
			}).Draw(t, "key"): "v"}}
		}
		return s
	})
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": rapid.SliceOfN(one, 0, 4).Draw(t, "statements")})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Of any policy: what is rewritten lets the Job in and Lambda out, what is both
// lets both in, doing it again changes nothing, and names are unique.
func TestRewritingHoldsForAnyPolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.SampledFrom([]Identity{byOIDC, byPods}).Draw(t, "identity")
		document := policy(t)
		r, err := rewriteTrust(document, id, plainRole, "ns", "sa")
		if err != nil {
			t.Fatal(err)
		}
		again, err := rewriteTrust(indented(r.rewritten), id, plainRole, "ns", "sa")
		if err != nil || indented(again.rewritten) != indented(r.rewritten) || indented(again.both) != indented(r.rewritten) || !again.already {
			t.Fatalf("a second rewriting differs: %v\n%s\n%s", err, indented(r.rewritten), indented(again.rewritten))
		}
		if again.found {
			t.Fatalf("Lambda is still trusted: %s", indented(r.rewritten))
		}
		both, err := rewriteTrust(indented(r.both), id, plainRole, "ns", "sa")
		if err != nil || !both.already || both.found != r.found || indented(both.both) != indented(r.both) {
			t.Fatalf("both: %v\n%s", err, indented(r.both))
		}
		list, err := statementsOf(r.both)
		if err != nil {
			t.Fatal(err)
		}
		original, _ := parseTree([]byte(document))
		before, _ := statementsOf(original.(object))
		seen := map[any]int{}
		for _, s := range list {
			if name, ok := s.get("Sid"); ok {
				seen[name]++
			}
		}
		for _, s := range before {
			if name, ok := s.get("Sid"); ok {
				seen[name]--
			}
		}
		for name, n := range seen {
			if n > 1 {
				t.Fatalf("%v names %d new statements", name, n)
			}
		}
	})
}

func FuzzRewriteTrust(f *testing.F) {
	for _, seed := range []string{
		lambdaTrust, encoded(lambdaTrust), statements(jobByOIDC), statements(jobByPods), `{"Statement":{"Effect":"Allow","Principal":"*"}}`,
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":[7,null]},"Condition":7}]}`,
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Condition":{"StringEquals":"x","Bool":{"a":[]}}}]}`, `{`,
		"%7B%7D", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		for _, id := range []Identity{byOIDC, byPods} {
			r, err := rewriteTrust(document, id, plainRole, "ns", "sa")
			if err != nil {
				continue
			}
			again, err := rewriteTrust(indented(r.rewritten), id, plainRole, "ns", "sa")
			if err != nil {
				t.Fatalf("what was written cannot be read: %v\n%s", err, indented(r.rewritten))
			}
			if again.found || !again.already {
				t.Errorf("rewritten from %q: Lambda %v, the Job %v\n%s", document, again.found, again.already, indented(r.rewritten))
			}
		}
	})
}
