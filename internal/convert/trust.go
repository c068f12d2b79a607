package convert

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// maxTrust bounds a trust policy: IAM takes 2,048 characters, or up to 4,096 by
// request. Source: IAM quotas, "Role trust policy length".
const (
	maxTrust     = 2048
	maxTrustText = 64 << 10
)

// Trust is the trust policy of the execution role, for a Job to act as that role.
type Trust struct {
	RoleARN string `json:"role_arn"`
	// Rewritten trusts the cluster instead of Lambda. Both trusts both, for the time in
	// which the work runs on both sides. They are JSON, and empty where no statement is
	// possible.
	Rewritten string `json:"rewritten,omitempty"`
	Both      string `json:"both,omitempty"`
	// Already is set where the role trusts the Job as it is.
	Already bool `json:"already,omitempty"`
	// Alone is set where the policy could not be read: then Both is one statement
	// to add to it, in a policy of its own.
	Alone bool `json:"alone,omitempty"`
}

// The service principals. Lambda's is the same in every partition; China's had an
// ending of its own once.
var lambdaPrincipals = []string{"lambda.amazonaws.com", "lambda.amazonaws.com.cn"}

const podIdentityPrincipal = "pods.eks.amazonaws.com"

// audience is what tokens of service accounts are made for. It is a name and no
// host: it is the same in every partition.
// Source: Amazon EKS Pod Identity webhook, --token-audience.
const audience = "sts.amazonaws.com"

// subject is a service account in words of OIDC.
func subject(namespace, account string) string {
	return "system:serviceaccount:" + namespace + ":" + account
}

// decodeTrust is a trust policy as text: IAM sends it encoded as in a URL.
func decodeTrust(document string) (string, error) {
	text := strings.TrimSpace(document)
	if len(text) > maxTrustText {
		return "", fmt.Errorf("it has %d bytes, which no trust policy has", len(text))
	}
	if strings.HasPrefix(text, "{") {
		return text, nil
	}
	plain, err := url.PathUnescape(text)
	if err != nil {
		return "", fmt.Errorf("it is neither JSON nor JSON in a URL's encoding: %w", err)
	}
	return plain, nil
}

// rewriting is what became of a trust policy.
type rewriting struct {
	rewritten, both object
	already         bool
	found           bool     // Lambda was trusted
	edge            bool     // so is Lambda@Edge
	dropped         []string // condition keys that cannot hold any more
	kept            []string // condition keys that are in the Job's statement too
	blocking        []string // kept conditions that may or may not hold
	denied          []string // condition keys about the calling service in statements that deny
	everybody       bool     // some statement trusts everybody
	excluded        bool     // some statement has a NotPrincipal
	denies          int      // statements that deny
}

// rewriteTrust adds a Job's pods to a trust policy, once instead of Lambda and once in
// addition to it. Everything else stays unchanged, in its order.
func rewriteTrust(document string, id Identity, role arn, namespace, account string) (*rewriting, error) {
	text, err := decodeTrust(document)
	if err != nil {
		return nil, err
	}
	tree, err := parseTree([]byte(text))
	if err != nil {
		return nil, err
	}
	policy, ok := tree.(object)
	if !ok {
		return nil, errors.New("it is no JSON object")
	}
	statements, err := statementsOf(policy)
	if err != nil {
		return nil, err
	}
	r := &rewriting{}
	var replaced, appended []entry
	for _, s := range statements {
		rest, conditions, ofLambda := r.look(s)
		r.already = r.already || (!ofLambda && trusts(s, id, role, namespace, account))
		appended = append(appended, entry{statement: s})
		if !ofLambda {
			replaced = append(replaced, entry{statement: s})
			continue
		}
		if rest != nil {
			replaced = append(replaced, entry{statement: rest})
		}
		added := entry{statement(id, role, namespace, account, r.move(conditions, id)), true}
		replaced, appended = added.addTo(replaced), added.addTo(appended)
	}
	switch {
	case r.already:
		r.dropped, r.kept, r.blocking = nil, nil, nil // nothing is added
		old := func(e entry) bool { return e.added }
		replaced, appended = slices.DeleteFunc(replaced, old), slices.DeleteFunc(appended, old)
	case !r.found:
		added := entry{statement(id, role, namespace, account, nil), true}
		replaced, appended = added.addTo(replaced), added.addTo(appended)
	}
	r.rewritten = policy.set("Statement", listOf(replaced))
	r.both = policy.set("Statement", listOf(appended))
	return r, nil
}

// entry is a statement of the policy to be, and whether it is new.
type entry struct {
	statement object
	added     bool
}

// addTo appends a new statement, unless it is there.
func (e entry) addTo(list []entry) []entry {
	if slices.ContainsFunc(list, func(o entry) bool { return indented(o.statement) == indented(e.statement) }) {
		return list
	}
	return append(list, e)
}

// sid is the Job's statement ID, with a number added where it is taken.
const sid = "KubernetesJob"

// listOf is the statements, the new ones with names that no other has.
func listOf(entries []entry) []any {
	taken := map[any]bool{}
	for _, e := range entries {
		name, _ := e.statement.get("Sid")
		if text, ok := name.(string); ok {
			taken[text] = true
		}
	}
	out := make([]any, len(entries))
	for i, e := range entries {
		if e.added {
			name := sid
			for n := 2; taken[name]; n++ {
				name = fmt.Sprintf("%s%d", sid, n)
			}
			taken[name] = true
			e.statement = append(object{{"Sid", name}}, e.statement...)
		}
		out[i] = e.statement
	}
	return out
}

// statementsOf are the statements of a policy, of which there may be one without a
// list around it.
func statementsOf(policy object) ([]object, error) {
	value, ok := policy.get("Statement")
	if !ok {
		return nil, errors.New("it has no statement")
	}
	if one, ok := value.(object); ok {
		return []object{one}, nil
	}
	list, ok := value.([]any)
	if !ok {
		return nil, errors.New("its Statement is no list")
	}
	var out []object
	for _, v := range list {
		s, ok := v.(object)
		if !ok {
			return nil, errors.New("one of its statements is no object")
		}
		out = append(out, s)
	}
	return out, nil
}

// look finds Lambda in a statement. rest is the statement without it, nil where Lambda is
// its only principal.
func (r *rewriting) look(s object) (rest object, conditions object, ofLambda bool) {
	effect, _ := s.get("Effect")
	if effect != "Allow" {
		r.denies++
		for _, key := range aboutCalls(s) {
			r.denied = appendNew(r.denied, key)
		}
		return nil, nil, false
	}
	if _, ok := s.get("NotPrincipal"); ok {
		r.excluded = true
		return nil, nil, false
	}
	value, _ := s.get("Principal")
	principal, ok := value.(object)
	if !ok {
		r.everybody = r.everybody || value == "*"
		return nil, nil, false
	}
	if people, _ := principal.get("AWS"); slices.Contains(texts(people), "*") {
		r.everybody = true
	}
	value, _ = principal.get("Service")
	var others []string
	for _, service := range texts(value) {
		switch {
		case slices.ContainsFunc(lambdaPrincipals, func(l string) bool { return strings.EqualFold(service, l) }):
			ofLambda = true
		default:
			r.edge = r.edge || strings.EqualFold(service, "edgelambda.amazonaws.com")
			others = append(others, service)
		}
	}
	if !ofLambda {
		return nil, nil, false
	}
	r.found = true
	switch len(others) {
	case 0:
		principal = principal.without("Service")
	case 1:
		principal = principal.set("Service", others[0])
	default:
		principal = principal.set("Service", strs(others))
	}
	if len(principal) > 0 {
		rest = s.set("Principal", principal)
	}
	value, _ = s.get("Condition")
	conditions, _ = value.(object)
	return rest, conditions, true
}

// texts is a text or a list of texts.
func texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, item := range v {
			if s, ok := item.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// move is Lambda's conditions without what cannot hold for a Job.
func (r *rewriting) move(conditions object, id Identity) (kept object) {
	own := ownConditions(id, "", "")
	for _, operator := range conditions {
		keys, ok := operator.value.(object)
		if !ok {
			continue // no condition at all; IAM would not take it
		}
		var rest object
		for _, m := range keys {
			isOwn := slices.ContainsFunc(own, func(o member) bool { return strings.EqualFold(o.key, m.key) })
			if isOwn || fateOf(m.key) == dropped {
				r.dropped = appendNew(r.dropped, m.key)
				continue
			}
			r.kept = appendNew(r.kept, m.key)
			if fateOf(m.key) == blocking {
				r.blocking = appendNew(r.blocking, m.key)
			}
			rest = append(rest, m)
		}
		if len(rest) > 0 {
			kept = append(kept, member{operator.key, rest})
		}
	}
	return kept
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// ownConditions are what holds a role to one service account. Pod Identity tags
// its sessions with them. Source: Amazon EKS user guide, "IAM roles for service
// accounts" and "Create IAM role with trust policy required by EKS Pod Identity".
func ownConditions(id Identity, namespace, account string) object {
	if id.PodIdentity {
		return object{{"aws:RequestTag/kubernetes-namespace", namespace}, {"aws:RequestTag/kubernetes-service-account", account}}
	}
	return object{{id.Provider + ":aud", audience}, {id.Provider + ":sub", subject(namespace, account)}}
}

// statement lets a Job's pods assume the role.
func statement(id Identity, role arn, namespace, account string, conditions object) object {
	out := object{{"Effect", "Allow"}}
	if id.PodIdentity {
		out = append(out, member{"Principal", object{{"Service", podIdentityPrincipal}}},
			member{"Action", []any{"sts:AssumeRole", "sts:TagSession"}})
	} else {
		out = append(out, member{"Principal", object{{
			"Federated",
			"arn:" + role.partition + ":iam::" + role.account + ":oidc-provider/" + id.Provider,
		}}},
			member{"Action", "sts:AssumeRoleWithWebIdentity"})
	}
	equals := ownConditions(id, namespace, account)
	merged := object{}
	for _, operator := range conditions {
		if keys, ok := operator.value.(object); ok && strings.EqualFold(operator.key, "StringEquals") {
			equals = append(equals, keys...)
			continue
		}
		merged = append(merged, operator)
	}
	return append(out, member{"Condition", append(object{{"StringEquals", equals}}, merged...)})
}

// trusts reports whether a statement lets the Job in already: the principal, and
// the service account by its name. With a condition about a calling service it lets
// no pod in.
func trusts(s object, id Identity, role arn, namespace, account string) bool {
	effect, _ := s.get("Effect")
	value, _ := s.get("Principal")
	principal, ok := value.(object)
	if !ok || effect != "Allow" || len(aboutCalls(s)) > 0 {
		return false
	}
	want := statement(id, role, namespace, account, nil)
	wantPrincipal, _ := want.get("Principal")
	kind := wantPrincipal.(object)[0] // this package made it
	who, _ := principal.get(kind.key)
	if !slices.Contains(texts(who), kind.value.(string)) {
		return false
	}
	value, _ = s.get("Action")
	does := texts(value)
	wantAction, _ := want.get("Action")
	for _, action := range texts(wantAction) {
		if !slices.ContainsFunc(does, func(a string) bool { return strings.EqualFold(a, action) }) {
			return false
		}
	}
	value, _ = s.get("Condition")
	conditions, _ := value.(object)
	value, _ = conditions.get("StringEquals")
	equals, _ := value.(object)
	for _, own := range ownConditions(id, namespace, account) {
		value, ok := equals.get(own.key)
		if !ok || !slices.Contains(texts(value), own.value.(string)) {
			return false
		}
	}
	return true
}
