package pricelist

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
)

// Shape is the size of an instance type as the price list states it.
type Shape struct {
	Type   string
	CPU    migration.CPU
	Memory migration.Bytes
	Arch   migration.Arch
	// GPUs counts whole GPUs, unknown where the list has no count. GPUMemory is that of all of them together.
	GPUs      migration.Opt[int]
	GPUMemory migration.Opt[migration.Bytes]
}

// The most that an instance can have: ten times the largest of today.
const (
	mostVCPU   = 10_000
	mostMemory = 1 << 28 // MiB
)

// shape reads the size of an instance. Its error says what the list does not tell.
func (a *attributes) shape() (Shape, error) {
	s := Shape{Type: a.InstanceType}
	vcpu, err := strconv.Atoi(a.VCPU)
	if err != nil || vcpu < 1 || vcpu > mostVCPU {
		return s, fmt.Errorf("%q is no count of vCPUs", a.VCPU)
	}
	s.CPU = migration.CPU(vcpu) * migration.Core
	if s.Memory, err = size(a.Memory, "GiB"); err != nil {
		return s, err
	}
	// The list has no attribute for the architecture: only the processor tells.
	switch processor := strings.ToLower(a.Processor); {
	case strings.Contains(processor, "graviton"), strings.HasPrefix(processor, "apple"):
		s.Arch = migration.Arm64
	case strings.Contains(processor, "intel"), strings.Contains(processor, "amd"):
		s.Arch = migration.X86
	default:
		return s, fmt.Errorf("the processor %q has no known architecture", a.Processor)
	}
	if n, err := strconv.Atoi(a.GPU); err == nil && n >= 0 && n <= mostVCPU {
		s.GPUs = migration.Some(n)
	} else if a.GPU == "" {
		s.GPUs = migration.Some(0)
	}
	if m, err := size(a.GPUMemory, "GB", "GiB"); err == nil {
		s.GPUMemory = migration.Some(m)
	}
	return s, nil
}

// size reads an amount of memory such as "1,952 GiB". It is exact to the MiB. "GB" of a GPU are GiB too.
func size(text string, units ...string) (migration.Bytes, error) {
	number, unit, _ := strings.Cut(text, " ")
	d, err := exact(strings.ReplaceAll(number, ",", ""))
	known := false
	for _, u := range units {
		known = known || u == unit
	}
	mib := d.Mul(decimal.NewFromInt(1024))
	if err != nil || !known || !mib.IsInteger() || !mib.IsPositive() || mib.GreaterThan(decimal.NewFromInt(mostMemory)) {
		return 0, fmt.Errorf("%q is no amount of memory", text)
	}
	return migration.Bytes(mib.IntPart()) * migration.MiB, nil
}
