package convert

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/migtop/migtop/internal/migration"
)

// What becomes of IAM's global keys, and of those of STS and of other services that can be
// in a trust policy. Source: the IAM user guide's two lists.
var conditionKeys = map[fate][]string{
	dropped: {
		"aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceOwner",
		"aws:PrincipalIsAWSService", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList",
		"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:ViaAWSService",
		"lambda:SourceFunctionArn", "ec2:SourceInstanceArn", "ec2:RoleDelivery", "ssm:SourceInstanceArn", "glue:RoleAssumedBy",
		"glue:CredentialIssuingService",
		"aws:ChatbotSourceArn", "aws:Ec2InstanceSourceVpc", "aws:Ec2InstanceSourcePrivateIPv4", "sts:ExternalId",
	},
	carried: {"aws:SecureTransport", "aws:CurrentTime", "aws:EpochTime"},
	blocking: {
		"aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalTag/team", "aws:PrincipalType",
		"aws:userid", "aws:username",
		"aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime", "aws:FederatedProvider", "aws:SourceIdentity",
		"aws:AssumedRoot",
		"aws:SourceIp", "aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:VpcSourceIp", "aws:VpceAccount", "aws:VpceOrgID",
		"aws:VpceOrgPaths",
		"aws:RequestedRegion", "aws:RequestTag/team", "aws:TagKeys", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceTag/team",
		"aws:UserAgent", "aws:referer",
		"sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys", "aws:SomethingNewer",
	},
}

var conditionOperators = []string{
	"StringEquals", "StringLike", "StringNotEquals", "stringequals", "Bool", "ArnLike", "IpAddress", "StringEqualsIfExists", "BoolIfExists",
	"Null",
	"ForAnyValue:StringEquals", "ForAllValues:StringLike", "DateGreaterThan",
}

// A condition about the calling service is in Lambda's statement and in no statement of the
// Job, and the report names it; what stays and cannot be known to hold blocks.
func TestConditionsOfLambdasStatement(t *testing.T) {
	for want, keys := range conditionKeys {
		for i, key := range keys {
			for _, key := range []string{key, strings.ToUpper(key), strings.ToLower(key)} {
				operator := conditionOperators[i%len(conditionOperators)]
				value, err := json.Marshal(map[string]any{operator: map[string]any{key: []string{"lambda.amazonaws.com", "true"}}})
				if err != nil {
					t.Fatal(err)
				}
				for _, id := range []Identity{byPods, {Provider: provider}} {
					d := thumbnails()
					d.Role.Trust = migration.Some(encoded(statements(strings.TrimSuffix(ofLambda, "}") + `,"Condition":` + string(value) + "}")))
					p := converted(t, d, Options{Identity: id})
					inBoth, inRewritten := 2, 1
					if want == dropped {
						inBoth, inRewritten = 1, 0
					}
					quoted := `"` + key + `"`
					if got := strings.Count(p.Trust.Both, quoted); got != inBoth {
						t.Errorf("%s under %s is %d times in the trust of both, want %d:\n%s", key, operator, got, inBoth, p.Trust.Both)
					}
					if got := strings.Count(p.Trust.Rewritten, quoted); got != inRewritten {
						t.Errorf("%s under %s is %d times in the rewritten trust, want %d", key, operator, got, inRewritten)
					}
					said := map[fate]Kind{dropped: Changed, carried: Carried, blocking: Blocks}[want]
					if !slices.ContainsFunc(p.Notes, func(n Note) bool { return n.Kind == said && n.Topic == "role" && strings.Contains(n.Text, key) }) {
						t.Errorf("%s: no note of kind %s names it:\n%s", key, said, p.Report())
					}
				}
			}
		}
	}
}

// A trust that an earlier program wrote, with a condition that never holds, is not taken for
// one that lets the Job in.
func TestConditionsThatNeverHoldAreNoTrust(t *testing.T) {
	broken := strings.Replace(jobByPods, `"aws:RequestTag/kubernetes-namespace"`,
		`"aws:PrincipalServiceName":"lambda.amazonaws.com","aws:RequestTag/kubernetes-namespace"`, 1)
	r, err := rewriteTrust(statements(ofLambda, broken), byPods, plainRole, "ns", "sa")
	if err != nil || r.already {
		t.Errorf("already %v, %v", r.already, err)
	}
	d := thumbnails()
	d.Role.Trust = migration.Some(encoded(statements(ofLambda, broken)))
	if p := converted(t, d, Options{Identity: byPods}); p.Trust.Already || strings.Count(p.Trust.Both, "PrincipalServiceName") != 1 {
		t.Errorf("%s", p.Trust.Both)
	}
}

// A statement that denies whoever is not Lambda denies the Job.
func TestDeniesAboutTheCallingService(t *testing.T) {
	deny := `{"Effect":"Deny","Principal":"*","Action":"sts:*",` +
		`"Condition":{"StringNotEquals":{"aws:PrincipalServiceName":"lambda.amazonaws.com"}}}`
	for _, id := range []Identity{byPods, {Provider: provider}} {
		d := thumbnails()
		d.Role.Trust = migration.Some(encoded(statements(ofLambda, deny)))
		p := converted(t, d, Options{Identity: id})
		if !slices.ContainsFunc(p.Notes, func(n Note) bool {
			return n.Kind == Blocks && strings.Contains(n.Text, "denies") && strings.Contains(n.Text, "aws:PrincipalServiceName")
		}) {
			t.Errorf("%s", p.Report())
		}
	}
}

// Where the role trusts the Job already, nothing is added, and no condition of Lambda's
// statement blocks.
func TestConditionsOfLambdaDoNotBlockWhereTheJobIsTrusted(t *testing.T) {
	withIP := strings.TrimSuffix(ofLambda, "}") + `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`
	d := thumbnails()
	own := strings.NewReplacer(`"ns"`, `"default"`, `"sa"`, `"acme-thumbnails-prod"`).Replace(jobByPods)
	d.Role.Trust = migration.Some(encoded(statements(withIP, own)))
	p := converted(t, d, Options{Identity: byPods})
	if !p.Trust.Already || slices.ContainsFunc(p.Notes, func(n Note) bool { return strings.Contains(n.Text, "aws:SourceIp") }) {
		t.Errorf("%s", p.Report())
	}
}
