package convert

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Identity is how a Job's pods get to act as an IAM role. The zero value is not
// decided yet: the Job gets a service account, and no role.
type Identity struct {
	// PodIdentity is EKS Pod Identity: an association in EKS joins the service
	// account and the role.
	PodIdentity bool
	// Provider is the OIDC provider of the cluster as IAM names it, without
	// "https://": "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE". Empty without
	// one.
	Provider string
	// Account and Partition come from the provider's ARN, empty where its URL was given.
	Account, Partition string
}

// decided reports whether there is any way to a role.
func (i Identity) decided() bool { return i.PodIdentity || i.Provider != "" }

// providerPattern is a host and a path. Source: IAM API reference,
// CreateOpenIDConnectProvider, Url.
var providerPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]+)?$`)

// ParseProvider reads the ARN or the URL of a cluster's OIDC provider.
func ParseProvider(s string) (Identity, error) {
	text := strings.TrimSpace(s)
	var i Identity
	switch {
	case strings.HasPrefix(text, "arn:"):
		a, ok := parseARN(text)
		name, isProvider := strings.CutPrefix(a.resource, "oidc-provider/")
		if !ok || a.service != "iam" || !isProvider || a.account == "" {
			return Identity{}, fmt.Errorf("%q is no ARN of an OIDC provider: want arn:PARTITION:iam::ACCOUNT:oidc-provider/HOST/PATH", s)
		}
		i = Identity{Provider: name, Account: a.account, Partition: a.partition}
	case strings.Contains(text, "://"):
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return Identity{}, fmt.Errorf("%q is no URL of an OIDC provider: want https://HOST/PATH, as aws eks describe-cluster shows it", s)
		}
		i = Identity{Provider: u.Host + strings.TrimSuffix(u.EscapedPath(), "/")}
	default:
		i = Identity{Provider: strings.TrimSuffix(text, "/")}
	}
	if !providerPattern.MatchString(i.Provider) || !strings.Contains(i.Provider, ".") {
		return Identity{}, fmt.Errorf("%q is neither the ARN nor the URL of an OIDC provider: aws eks describe-cluster --query "+
			"cluster.identity.oidc.issuer has it", s)
	}
	return i, nil
}

// fits reports whether the provider can be trusted by a role: IAM looks for it in
// the role's own account.
func (i Identity) fits(role arn) error {
	if i.Account != "" && i.Account != role.account {
		return fmt.Errorf("the OIDC provider is in account %s and the role in %s: a role can trust providers of its own account only; "+
			"create the provider there too, and give its ARN", i.Account, role.account)
	}
	if i.Partition != "" && i.Partition != role.partition {
		return fmt.Errorf("the OIDC provider is in partition %s and the role in %s", i.Partition, role.partition)
	}
	return nil
}
