package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/text"
)

// identity makes the service account, and the trust policy that lets its pods act
// as the function's role.
func (c *conversion) identity() {
	account := object{{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", c.accountMeta()}}
	c.add(AccountFile, "ServiceAccount", c.ServiceAccount, account)
	c.plan.Trust.RoleARN = c.d.Role.ARN
	if c.role.service != "iam" {
		c.note(Unknown, "role", fmt.Sprintf("the execution role %q is no ARN of a role", c.d.Role.ARN), "")
		return
	}
	c.policies()
	if !c.Identity.decided() {
		c.note(Act, "role", "nothing lets the Job act as the role "+c.d.Role.ARN+" yet: its pods have no AWS credentials but the node's",
			"run this again with --pod-identity, or with --oidc-provider and what this prints: aws eks describe-cluster --name CLUSTER --query "+
				"cluster.identity.oidc.issuer --output text")
		return
	}
	c.trust()
	if c.Identity.PodIdentity {
		c.note(Act, "role", "EKS joins the service account and the role by an association, which migtop does not make",
			"make it, where the Pod Identity agent runs (Fargate has none: use --oidc-provider there):")
		c.snippet("aws eks create-pod-identity-association --cluster-name CLUSTER --namespace " + c.Namespace +
			" --service-account " + c.ServiceAccount + " --role-arn " + shellQuoted(c.d.Role.ARN))
	}
}

// accountMeta is the metadata of the service account: with an OIDC provider the
// role is named in it.
func (c *conversion) accountMeta() object {
	m := c.meta(c.ServiceAccount)
	if c.Identity.Provider == "" || c.role.service != "iam" {
		return m
	}
	return annotated(m, "eks.amazonaws.com/role-arn", c.d.Role.ARN)
}

// policies says what the role may do, which stays as it is.
func (c *conversion) policies() {
	attached, known := c.d.Role.Attached.Get()
	inline, inlineKnown := c.d.Role.Inline.Get()
	if !known && !inlineKnown {
		return // the gaps say so
	}
	var parts []string
	for _, p := range attached {
		a, _ := parseARN(p)
		parts = append(parts, a.name())
	}
	for _, p := range inline {
		parts = append(parts, p+" (its own)")
	}
	text := "the role has no policies"
	if len(parts) > 0 {
		text = "the role keeps its policies: " + strings.Join(parts, ", ")
	}
	c.note(Carried, "role", text, "")
	for _, p := range attached {
		if a, _ := parseARN(p); a.name() == "AWSLambdaBasicExecutionRole" || a.name() == "AWSLambdaVPCAccessExecutionRole" {
			c.note(Changed, "role", "policy "+a.name()+
				" is for what Lambda does around the code (log streams, network interfaces); a Job does not need it",
				"detach it when nothing runs on Lambda any more")
		}
	}
	if c.d.Role.Boundary != "" {
		c.note(Carried, "role", "the permissions boundary "+c.d.Role.Boundary+" stays", "")
	}
}

// trust rewrites the trust policy.
func (c *conversion) trust() {
	t := &c.plan.Trust
	document, known := c.d.Role.Trust.Get()
	var r *rewriting
	var err error
	if known {
		r, err = rewriteTrust(document, c.Identity, c.role, c.Namespace, c.ServiceAccount)
	}
	if !known || err != nil {
		why := "the role's trust policy could not be read"
		if err != nil {
			why = "the role's trust policy cannot be understood: " + err.Error()
		}
		added := entry{statement(c.Identity, c.role, c.Namespace, c.ServiceAccount, nil), true}
		t.Alone, t.Both = true, indented(object{{"Version", "2012-10-17"}, {"Statement", listOf([]entry{added})}})
		c.note(Unknown, "role", why, "add this statement to it by hand:")
		c.snippet(indented(listOf([]entry{added})[0]))
		return
	}
	t.Rewritten, t.Both, t.Already = indented(r.rewritten), indented(r.both), r.already
	switch {
	case r.already:
		c.note(Carried, "role", "the role trusts service account "+c.Namespace+"/"+c.ServiceAccount+" already", "")
	default:
		c.note(Act, "role", "the role has to trust service account "+c.Namespace+"/"+c.ServiceAccount+
			"; as long as the function runs too, it has to trust both",
			"set this policy: aws iam update-assume-role-policy --role-name "+shellQuoted(c.d.Role.Name)+
				" --policy-document file://trust-policy-both.json")
		c.snippet(t.Both)
	}
	if r.found {
		c.note(Act, "role", "in the end the role needs to trust Lambda no more; every other function with this role stops then too",
			"when nothing of it runs on Lambda: aws iam update-assume-role-policy --role-name "+shellQuoted(c.d.Role.Name)+
				" --policy-document file://trust-policy.json")
		c.snippet(t.Rewritten)
	} else {
		c.note(Unknown, "role", "no statement of the trust policy lets Lambda in: Lambda cannot use this role either",
			"check that this is the function's role")
	}
	if len(r.dropped) > 0 {
		c.note(Changed, "role", "conditions that were about Lambda's calls are not in the Job's statement, where they would never hold: "+
			strings.Join(r.dropped, ", "),
			"the Job's statement is held to one service account instead")
	}
	if len(r.blocking) > 0 {
		c.note(Blocks, "role", "conditions of Lambda's statement are in the Job's too, and no pod can take the role unless its requests "+
			"fulfil them: "+strings.Join(r.blocking, ", "),
			"check each of them, and take those out of the Job's statement that its requests do not fulfil")
	}
	if rest := slices.DeleteFunc(slices.Clone(r.kept), func(k string) bool { return fateOf(k) != carried }); len(rest) > 0 {
		c.note(Carried, "role", "conditions that do not depend on who calls stay in the Job's statement: "+strings.Join(rest, ", "), "")
	}
	if len(r.denied) > 0 {
		c.note(Blocks, "role", "a statement of the trust policy denies by conditions about the calling service, which a Job is not: "+
			strings.Join(r.denied, ", "),
			"check that it does not deny the Job, and except the Job's principal where it does")
	}
	if r.edge {
		c.note(Changed, "role", "the role is also one of Lambda@Edge, which stays", "")
	}
	if r.everybody {
		c.note(Act, "role", "a statement of the trust policy trusts every account (\"*\"); it is carried over as it is", "narrow it down")
	}
	if r.excluded {
		c.note(Act, "role", "a statement with NotPrincipal is carried over as it is", "check whom it trusts")
	}
	if r.denies > 0 {
		c.note(Act, "role", text.PluralOf(r.denies, "statement of the trust policy denies", "statements of the trust policy deny")+
			" something; carried over as they are", "check that they do not deny the Job")
	}
	for _, policy := range []string{t.Both, t.Rewritten} {
		if n := len(strings.Join(strings.Fields(policy), "")); n > maxTrust {
			c.note(Act, "role", fmt.Sprintf("a trust policy has %d characters, and IAM takes %d unless the quota is raised to 4096", n, maxTrust),
				"raise the quota, or take out what is old")
			break
		}
	}
}
