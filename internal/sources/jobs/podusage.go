package jobs

import (
	"bytes"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// The largest usage of a container that is accepted. No machine has as much: a larger
// value is an error of the metrics provider.
const (
	mostUsedCPU    = 1 << 20 * migration.Core
	mostUsedMemory = migration.Bytes(mostPeak)
)

// futureAfter is how far ahead of this machine's clock a sample's time may be
// before it is said: clocks differ by less.
const futureAfter = 5 * time.Minute

// oddities counts what could not be decoded in a list: single values and whole items.
// The rest of the list is used.
type oddities struct {
	values, items, undated, ahead int
	value, example                string // the first value and the first item
}

// wrong counts a value that cannot be, of the container of a pod.
func (o *oddities) wrong(what string, s *sample) {
	if o.values++; o.value == "" {
		o.value = fmt.Sprintf("%s of %s/%s", what, s.namespace, s.name)
	}
}

// item counts an item that cannot be read at all.
func (o *oddities) item(err error) {
	if o.items++; o.example == "" {
		o.example = text.OneLine(err.Error())
	}
}

// notes say what was counted, a clause each.
func (o *oddities) notes() []string {
	var out []string
	if o.values > 0 {
		out = append(out, fmt.Sprintf("%s unknown, the first: %s", text.PluralOf(o.values, "value cannot be and is", "values cannot be and are"),
			o.value))
	}
	if o.items > 0 {
		out = append(out, fmt.Sprintf("%s left out, the first: %s",
			text.PluralOf(o.items, "item cannot be read and is", "items cannot be read and are"), o.example))
	}
	if o.undated > 0 {
		out = append(out, fmt.Sprintf("%s without a time and left out", text.Plural(o.undated, "sample")))
	}
	if o.ahead > 0 {
		out = append(out, fmt.Sprintf("%s dated in the future: the clocks differ, and the time of the poll is used",
			text.Plural(o.ahead, "sample")))
	}
	return out
}

// containerUsage is what one container of a sample is said to use.
type containerUsage struct {
	name        []byte
	cpu, memory usageValue
}

// usageValue is a value with what is wrong with it; "" is nothing.
type usageValue struct {
	value  int64
	stated bool
	wrong  string
}

// set takes a quantity as the API writes it. Resources other than CPU and memory
// are not read.
func (c *containerUsage) set(resourceName string, quantity []byte) {
	switch resourceName {
	case "cpu":
		c.cpu = usageOf(quantity, -9, int64(mostUsedCPU))
	case "memory":
		c.memory = usageOf(quantity, 0, int64(mostUsedMemory))
	}
}

func usageOf(quantity []byte, scale resource.Scale, most int64) usageValue {
	v, err := parseQuantity(quantity, scale)
	switch {
	case err != nil:
		return usageValue{stated: true, wrong: text.OneLine(err.Error())}
	case v > most:
		return usageValue{stated: true, wrong: fmt.Sprintf("quantity %q is more than a machine has", quantity)}
	}
	return usageValue{value: v, stated: true}
}

// unknown is why a value is not known, "" where it is.
func (v *usageValue) unknown() string {
	if !v.stated {
		return "no quantity"
	}
	return v.wrong
}

// summer adds the containers of one sample up. It is used again for the next.
type summer struct{ containers []containerUsage }

func (u *summer) reset() { u.containers = u.containers[:0] }

// into sums the containers up. A container that is listed twice counts once where
// both say the same, and makes the sum unknown where they do not.
func (u *summer) into(s *sample, odd *oddities) {
	s.containers, s.parts = len(u.containers), u.containers
	var cpu, memory int64
	goodCPU, goodMemory := true, true
	for i := range u.containers {
		c := &u.containers[i]
		if first := u.twin(i); first != nil {
			if first.cpu != c.cpu && first.cpu.unknown() == "" && c.cpu.unknown() == "" {
				goodCPU = false
				odd.wrong(fmt.Sprintf("two CPU values of container %q", c.name), s)
			}
			if first.memory != c.memory && first.memory.unknown() == "" && c.memory.unknown() == "" {
				goodMemory = false
				odd.wrong(fmt.Sprintf("two memory values of container %q", c.name), s)
			}
			continue
		}
		if why := c.cpu.unknown(); why != "" {
			goodCPU = false
			odd.wrong("CPU, "+why+",", s)
		}
		if why := c.memory.unknown(); why != "" {
			goodMemory = false
			odd.wrong("memory, "+why+",", s)
		}
		cpu, memory = saturatingAdd(cpu, c.cpu.value), saturatingAdd(memory, c.memory.value)
	}
	if goodCPU {
		s.cpu = migration.Some(migration.CPU(cpu))
	}
	if goodMemory {
		s.memory = migration.Some(migration.Bytes(memory))
	}
}

// twin is the first container before i that has its name, nil for none.
func (u *summer) twin(i int) *containerUsage {
	if len(u.containers[i].name) == 0 {
		return nil
	}
	for k := range i {
		if bytes.Equal(u.containers[k].name, u.containers[i].name) {
			return &u.containers[k]
		}
	}
	return nil
}

// parseQuantity reads a quantity of usage in units of 10^scale, which is never
// negative. metrics-server writes whole nanocores and KiB, and those are read
// without a copy.
func parseQuantity(b []byte, scale resource.Scale) (int64, error) {
	var n int64
	i := 0
	for ; i < len(b) && i < 15 && b[i] >= '0' && b[i] <= '9'; i++ {
		n = n*10 + int64(b[i]-'0')
	}
	if i > 0 {
		switch string(b[i:]) {
		case "n":
			if scale == -9 {
				return n, nil
			}
		case "Ki":
			if scale == 0 {
				return n << 10, nil
			}
		case "":
			if scale == 0 {
				return n, nil
			}
		}
	}
	q, err := resource.ParseQuantity(string(b))
	if err != nil {
		return 0, fmt.Errorf("quantity %q: %w", b, err)
	}
	if q.Sign() < 0 {
		return 0, fmt.Errorf("quantity %q is negative", b)
	}
	return scaled(&q, scale), nil
}
