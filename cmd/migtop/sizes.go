package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/migtop/migtop/internal/migration"
)

// The largest sizes that flags accept: no machine has more, so a larger value is a typing error.
const (
	mostMemory = migration.Bytes(1) << 50 // 1 PiB
	mostCPU    = 1 << 20 * migration.Core
)

// memoryFlag reads memory as Kubernetes writes it, part of a byte rounded up: from 1
// MiB to 1 PiB.
func memoryFlag(flag, text string) (migration.Bytes, error) {
	q, err := resource.ParseQuantity(text)
	switch {
	case err != nil, q.CmpInt64(int64(migration.MiB)) < 0:
		return 0, fmt.Errorf("--%s %q: want memory as Kubernetes writes it, such as 61Gi", flag, text)
	case q.CmpInt64(int64(mostMemory)) > 0:
		return 0, fmt.Errorf("--%s %q: want at most 1Pi, such as 61Gi", flag, text)
	}
	return migration.Bytes(q.Value()), nil
}

// cpuFlag reads CPU as Kubernetes writes it, part of a millicore rounded up: above 0,
// up to 1,048,576 cores.
func cpuFlag(flag, text string) (migration.CPU, error) {
	q, err := resource.ParseQuantity(text)
	switch {
	case err != nil, q.Sign() <= 0:
		return 0, fmt.Errorf("--%s %q: want CPU as Kubernetes writes it, such as 15890m", flag, text)
	case q.CmpInt64(int64(mostCPU/migration.Core)) > 0:
		return 0, fmt.Errorf("--%s %q: want at most %d cores, such as 15890m", flag, text, mostCPU/migration.Core)
	}
	return migration.CPU(q.MilliValue()) * migration.Millicore, nil
}
