package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// maxName leaves room for what Kubernetes and KEDA append to the names of Jobs and
// pods: 63 is the most that a label takes, and a CronJob's name may have 52.
// Source: Kubernetes, "Object Names and IDs"; validation of CronJob.
const maxName = 52

// objectName makes a name for Kubernetes of any text: lower case letters, digits
// and dashes. What had to be cut ends with a piece of a hash, so that two long
// names stay two.
func objectName(s string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			out.WriteRune(r)
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
	}
	name := strings.Trim(out.String(), "-")
	if name == "" || len(name) > maxName {
		sum := sha256.Sum256([]byte(s))
		hash := hex.EncodeToString(sum[:4])
		name = strings.TrimLeft(strings.TrimRight(name[:min(len(name), maxName-9)], "-")+"-"+hash, "-")
	}
	return name
}

var (
	dnsLabel   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	labelValue = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)
	// variable is the names that every shell and every Kubernetes takes. ConfigMap
	// keys may have dashes and dots too, variables made of them may not.
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)
