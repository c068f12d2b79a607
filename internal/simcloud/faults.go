package simcloud

import (
	"fmt"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/simcloud/kubeapi"
)

// Faults are the kinds of trouble that are on, on both sides. The zero value is
// none.
type Faults struct {
	AWS  awsapi.Faults
	Kube kubeapi.Faults
	// names are the words that they were read from.
	names []string
}

// String is the words that the faults were read from, "" for none.
func (f Faults) String() string { return strings.Join(f.names, ",") }

// What the faults on the Kubernetes side are called.
const (
	faultKubeOffline = "kube-offline"
	faultNoMetrics   = "no-metrics"
	faultForbidden   = "forbidden"
)

// clusterScoped is what "forbidden" forbids: what a user with a Role and
// without a ClusterRole cannot read.
var clusterScoped = []string{"nodes", "nodes.metrics.k8s.io", "namespaces"}

// FaultNames are the words that [ParseFaults] takes, those of the AWS side first.
func FaultNames() []string {
	return append(awsapi.FaultNames(), faultKubeOffline, faultNoMetrics, faultForbidden)
}

// ParseFaults reads a comma-separated list such as "throttle,no-metrics".
// "offline" cuts AWS off, "kube-offline" the cluster. "forbidden" forbids what
// is not in a namespace (nodes), "forbidden:RESOURCE" one resource, written as
// "pods" or "pods.metrics.k8s.io"; "denied:ACTION" and "throttle:ACTION" refuse one
// action of AWS.
// The empty list is no faults.
func ParseFaults(list string) (Faults, error) {
	var f Faults
	var aws []string
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		f.names = append(f.names, word)
		name, argument, _ := strings.Cut(word, ":")
		switch {
		case word == faultKubeOffline:
			f.Kube.Offline = true
		case word == faultNoMetrics:
			f.Kube.NoMetrics = true
		case word == faultForbidden:
			f.Kube.Forbidden = append(f.Kube.Forbidden, clusterScoped...)
		case name == faultForbidden && argument != "":
			f.Kube.Forbidden = append(f.Kube.Forbidden, argument)
		case slices.Contains(awsapi.FaultNames(), name):
			aws = append(aws, word)
		default:
			return Faults{}, fmt.Errorf("unknown fault %q: known are %s", word, strings.Join(FaultNames(), ", "))
		}
	}
	var err error
	if f.AWS, err = awsapi.ParseFaults(aws...); err != nil {
		return Faults{}, err
	}
	return f, nil
}
