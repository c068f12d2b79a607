package convert

import "strings"

// fate is what becomes of a condition of Lambda's statement in the Job's.
type fate uint8

const (
	// blocking conditions stay, and may keep every pod from the role: whether a
	// Job's requests fulfil them cannot be known from here.
	blocking fate = iota
	// carried conditions stay and do not depend on who asks.
	carried
	// dropped conditions restrict the service that calls for another principal. The
	// Job's statement is for one service account instead.
	dropped
)

// fates are the condition keys that do not block, in lower case: IAM ignores the case
// of keys. Every other key blocks: keys of the principal (aws:PrincipalArn,
// aws:PrincipalTag/...), its session (aws:MultiFactorAuthPresent, aws:TokenIssueTime,
// sts:RoleSessionName), the network (aws:SourceIp, aws:SourceVpc) and the request
// (aws:RequestedRegion, aws:UserAgent), and keys that are newer than this list.
// Source: IAM user guide, "AWS global condition context keys" and "IAM and AWS STS
// condition context keys".
var fates = map[string]fate{
	// The resource or account for which a service calls.
	"aws:sourcearn": dropped, "aws:sourceaccount": dropped, "aws:sourceorgid": dropped, "aws:sourceorgpaths": dropped,
	"aws:sourceowner": dropped, // what aws:SourceAccount was called before
	// That a service calls, and which one. Pod Identity's calls come from a service too,
	// another one; those with a token from none.
	"aws:principalisawsservice": dropped, "aws:principalservicename": dropped, "aws:principalservicenameslist": dropped,
	// Through which services a request came.
	"aws:calledvia": dropped, "aws:calledviafirst": dropped, "aws:calledvialast": dropped, "aws:viaawsservice": dropped,
	"aws:calledviaawsmcp": dropped, "aws:viaawsmcpservice": dropped,
	// Where on a service the credentials of a caller are from.
	"lambda:sourcefunctionarn": dropped, "ec2:sourceinstancearn": dropped, "ec2:roledelivery": dropped, "ssm:sourceinstancearn": dropped,
	"glue:roleassumedby": dropped, "glue:credentialissuingservice": dropped, "aws:chatbotsourcearn": dropped,
	"aws:ec2instancesourcevpc": dropped, "aws:ec2instancesourceprivateipv4": dropped,
	// Set by a third party that assumes a role. A pod never sets it.
	"sts:externalid": dropped,
	// Of time and of TLS, without which no request is made.
	"aws:currenttime": carried, "aws:epochtime": carried, "aws:securetransport": carried,
}

// fateOf is what becomes of a condition by its key, whatever its operator is:
// ForAnyValue:, ForAllValues:, ...IfExists and Null ask about the same key.
func fateOf(key string) fate { return fates[strings.ToLower(strings.TrimSpace(key))] }

// aboutCalls lists the keys of a statement's conditions that are about the calling
// service.
func aboutCalls(s object) (keys []string) {
	value, _ := s.get("Condition")
	conditions, _ := value.(object)
	for _, operator := range conditions {
		of, _ := operator.value.(object)
		for _, m := range of {
			if fateOf(m.key) == dropped {
				keys = appendNew(keys, m.key)
			}
		}
	}
	return keys
}
