package jobs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/text"
)

// installMetrics is metrics-server's own instruction; on EKS it is an add-on.
const installMetrics = "install metrics-server: kubectl apply -f " +
	"https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml " +
	"(EKS: aws eks create-addon --addon-name metrics-server --cluster-name CLUSTER)"

// problem explains an error of the API: verb and what name the request, server the
// API server.
func problem(err error, verb, what, server string) *migration.Problem {
	p := &migration.Problem{What: fmt.Sprintf("cannot %s %s at %s", verb, what, server), Err: err}
	var known *migration.Problem
	if errors.As(err, &known) {
		return known
	}
	add := func(f migration.Fault, why, fix string) *migration.Problem {
		p.Fault, p.Fix = f, fix
		if why != "" {
			p.What += ": " + why
		}
		return p
	}
	var (
		status  apierrors.APIStatus
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		wrong   x509.HostnameError
		invalid x509.CertificateInvalidError
		alert   tls.AlertError
		plain   tls.RecordHeaderError
	)
	switch {
	case apierrors.IsForbidden(err):
		p.Snippet = sources.RBAC(rules...)
		return add(migration.FaultDenied, "forbidden", "ask an administrator to apply the RBAC rule shown with this")
	case apierrors.IsUnauthorized(err):
		return add(migration.FaultRejected, "the credentials of this context are not accepted",
			"log in again; for EKS: aws sso login, then aws eks update-kubeconfig --name CLUSTER")
	case apierrors.IsTooManyRequests(err):
		return add(migration.FaultThrottled, "too many requests", "migtop asks again later by itself")
	case apierrors.IsServiceUnavailable(err):
		return add(migration.FaultUnreachable, "the service behind it does not answer", "migtop tries again by itself")
	case apierrors.IsNotFound(err) && errors.As(err, &status):
		return add(migration.FaultNotThatAPI, "there is no such resource", "check that the context's server is a Kubernetes API")
	case apierrors.IsTimeout(err), apierrors.IsServerTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return add(migration.FaultUnreachable, "no answer in time", "check the network, VPN or proxy; migtop tries again by itself")
	case errors.As(err, &unknown), errors.As(err, &invalid):
		return add(migration.FaultRejected, text.OneLine(err.Error()),
			"the kubeconfig's certificate authority does not fit this server; fetch the kubeconfig again")
	case errors.As(err, &wrong):
		return add(migration.FaultNotThatAPI, text.OneLine(err.Error()), "check the server's address in the kubeconfig")
	case errors.As(err, &alert):
		return add(migration.FaultRejected, "the server refused the TLS handshake: "+alert.Error(),
			"the client certificate may have expired; fetch the kubeconfig again")
	case errors.As(err, &plain), errors.Is(err, http.ErrSchemeMismatch):
		return add(migration.FaultNotThatAPI, "it does not speak TLS there", "check the server's address in the kubeconfig")
	case errors.As(err, &dns):
		return add(migration.FaultUnreachable, "no such host "+dns.Name, "check the server's address in the kubeconfig, and the network or VPN")
	case isNetwork(err), errors.Is(err, errShort):
		return add(migration.FaultUnreachable, reason(err),
			"check the network or VPN, and the server's address in the kubeconfig; migtop tries again by itself")
	case errors.As(err, &status):
		if s := status.Status(); s.Code == http.StatusOK || s.Code == 0 {
			return add(migration.FaultNotThatAPI, text.OneLine(err.Error()), "check that the context's server is a Kubernetes API")
		}
	}
	return add(migration.FaultOther, text.OneLine(err.Error()), "migtop tries again by itself")
}

func isNetwork(err error) bool {
	var n net.Error
	var u *url.Error
	return errors.As(err, &n) || errors.As(err, &u)
}

// reason is the innermost cause of a network error: "connection refused".
func reason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		s := op.Err.Error()
		return strings.TrimPrefix(s, "connect: ")
	}
	var u *url.Error
	if errors.As(err, &u) && u.Err != nil {
		return text.OneLine(u.Err.Error())
	}
	return text.OneLine(err.Error())
}
