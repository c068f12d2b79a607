package prices

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Instance is the shape of an EC2 instance type, for estimates without a node. Live nodes
// state their own. What is not known of a type is unknown, or empty.
type Instance struct {
	Type   string          `json:"type"`
	CPU    migration.CPU   `json:"cpu"`
	Memory migration.Bytes `json:"memory_bytes"`
	Arch   migration.Arch  `json:"arch"`
	// MaxPods is the number of pods that the network interfaces have addresses for,
	// without prefix delegation; 0 where it is unknown.
	MaxPods int `json:"max_pods"`
	// Allocatable and AllocatableMemory are what is left for pods: a low estimate, see
	// [Instance.reserve].
	Allocatable       migration.CPU   `json:"allocatable_cpu"`
	AllocatableMemory migration.Bytes `json:"allocatable_memory_bytes"`
	// ENIs are network interfaces, IPv4PerENI the addresses of each, and BranchENIs those
	// for pods with security groups of their own.
	ENIs       migration.Opt[int] `json:"enis"`
	IPv4PerENI migration.Opt[int] `json:"ipv4_per_eni"`
	BranchENIs migration.Opt[int] `json:"branch_enis"`
	// GPUs counts whole GPUs: 0 with a GPU name is a part of one. GPUMemory is that of all
	// of them together.
	GPUs      migration.Opt[int]             `json:"gpus"`
	GPU       string                         `json:"gpu"`
	GPUMemory migration.Opt[migration.Bytes] `json:"gpu_memory_bytes"`
	// LocalDisk is the size of the instance store, in GB of 10^9 bytes.
	LocalDisk migration.Opt[int]  `json:"local_disk_gb"`
	Burstable migration.Opt[bool] `json:"burstable"`
	BareMetal migration.Opt[bool] `json:"bare_metal"`
}

// kubeletMaxPods is the kubelet's own limit of pods, which counts for the memory that is
// reserved where the network interfaces of a type are unknown.
const kubeletMaxPods = 110

// reserve sets what is left for pods, as Amazon EKS reserves it and as Karpenter assumes it
// before it has seen a node:
//
//	CPU     less 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the others
//	memory  less 7.5 % (and 64 MiB on arm64) that the hypervisor and the system take, rounded up,
//	        less 255 MiB + 11 MiB * MaxPods for the kubelet, less 100 MiB for eviction
//
// Real nodes lose 3 to 6 % of their memory, so that this is a low estimate.
// Source: bootstrap of the EKS AMI; defaults of Karpenter.
func (i *Instance) reserve() {
	cores := i.CPU / migration.Core
	cut := 60*min(cores, 1) + 10*min(max(cores-1, 0), 1) + 5*min(max(cores-2, 0), 2)
	i.Allocatable = i.CPU - (cut*10+25*max(cores-4, 0))*migration.Millicore/10
	mib := int64(i.Memory / migration.MiB)
	if i.Arch != migration.X86 {
		mib -= 64
	}
	pods := int64(i.MaxPods)
	if pods == 0 {
		pods = kubeletMaxPods
	}
	mib -= (mib*75 + 999) / 1000
	i.AllocatableMemory = migration.Bytes(max(mib-255-11*pods-100, 0)) * migration.MiB
}

// shapeColumn is one column of a table of shapes, read into an Instance and written from it.
type shapeColumn struct {
	name string
	set  func(*Instance, yamldoc.Cell) error
	get  func(*Instance) string // "" where it is unknown
}

// neededColumns are how many of shapeColumns every table has, in any order.
const neededColumns = 4

var shapeColumns = []shapeColumn{
	{"type", func(i *Instance, c yamldoc.Cell) error { i.Type = c.Text; return nil }, func(i *Instance) string { return i.Type }},
	number("vcpu", 4096, func(i *Instance, n int64) { i.CPU = migration.CPU(n) * migration.Core },
		func(i *Instance) int64 { return int64(i.CPU / migration.Core) }),
	number("mib", 1<<26, func(i *Instance, n int64) { i.Memory = migration.Bytes(n) * migration.MiB },
		func(i *Instance) int64 { return int64(i.Memory / migration.MiB) }),
	{"arch", func(i *Instance, c yamldoc.Cell) error {
		if i.Arch = migration.Arch(c.Text); i.Arch != migration.X86 && i.Arch != migration.Arm64 {
			return c.Errorf("want arch as x86_64 or arm64, got %q", c.Text)
		}
		return nil
	}, func(i *Instance) string { return string(i.Arch) }},
	number("pods", 1<<16, func(i *Instance, n int64) { i.MaxPods = int(n) }, func(i *Instance) int64 { return int64(i.MaxPods) }),
	count("eni", func(i *Instance) *migration.Opt[int] { return &i.ENIs }),
	count("ipv4_per_eni", func(i *Instance) *migration.Opt[int] { return &i.IPv4PerENI }),
	count("branch_eni", func(i *Instance) *migration.Opt[int] { return &i.BranchENIs }),
	count("gpus", func(i *Instance) *migration.Opt[int] { return &i.GPUs }),
	{"gpu", func(i *Instance, c yamldoc.Cell) error {
		i.GPU = strings.ReplaceAll(c.Text, "_", " ")
		return nil
	}, func(i *Instance) string { return strings.ReplaceAll(i.GPU, " ", "_") }},
	number("gpu_mib", 1<<26, func(i *Instance, n int64) { i.GPUMemory = migration.Some(migration.Bytes(n) * migration.MiB) },
		func(i *Instance) int64 { return int64(i.GPUMemory.Or(0) / migration.MiB) }),
	count("disk_gb", func(i *Instance) *migration.Opt[int] { return &i.LocalDisk }),
	flag("burstable", func(i *Instance) *migration.Opt[bool] { return &i.Burstable }),
	flag("metal", func(i *Instance) *migration.Opt[bool] { return &i.BareMetal }),
}

// number is a column of whole numbers from 1, of which 0 is unknown.
func number(name string, most int64, set func(*Instance, int64), get func(*Instance) int64) shapeColumn {
	return shapeColumn{name, func(i *Instance, c yamldoc.Cell) error {
		n, err := c.Integer(name, 1, most)
		set(i, n)
		return err
	}, func(i *Instance) string {
		if n := get(i); n > 0 {
			return strconv.FormatInt(n, 10)
		}
		return ""
	}}
}

// count is a column of whole numbers from 0.
func count(name string, of func(*Instance) *migration.Opt[int]) shapeColumn {
	return shapeColumn{name, func(i *Instance, c yamldoc.Cell) error {
		n, err := c.Integer(name, 0, 1<<26)
		*of(i) = migration.Some(int(n))
		return err
	}, func(i *Instance) string {
		if n, ok := of(i).Get(); ok {
			return strconv.Itoa(n)
		}
		return ""
	}}
}

// flag is a column of yes and no.
func flag(name string, of func(*Instance) *migration.Opt[bool]) shapeColumn {
	return shapeColumn{name, func(i *Instance, c yamldoc.Cell) error {
		if c.Text != "yes" && c.Text != "no" {
			return c.Errorf("want %s as yes or no, got %q", name, c.Text)
		}
		*of(i) = migration.Some(c.Text == "yes")
		return nil
	}, func(i *Instance) string {
		is, ok := of(i).Get()
		switch {
		case !ok:
			return ""
		case is:
			return "yes"
		}
		return "no"
	}}
}

// readShapes reads a table of shapes.
func (c *contents) readShapes(n yamldoc.Node) error {
	rows, err := n.Table("shapes")
	if err != nil {
		return err
	}
	columns, err := shapeHead(n, rows[0])
	if err != nil {
		return err
	}
	for _, row := range rows[1:] {
		if len(row) != len(columns) {
			return row[0].Errorf("want %d columns, got %d; what is unknown is -", len(columns), len(row))
		}
		var i Instance
		for at, col := range columns {
			if row[at].Text == "-" && !slices.Contains(shapeNames(neededColumns), col.name) {
				continue
			}
			if err := col.set(&i, row[at]); err != nil {
				return err
			}
		}
		if _, twice := c.instances[i.Type]; twice {
			return row[0].Errorf("%s is here twice", i.Type)
		}
		i.reserve()
		c.instances[i.Type] = i
	}
	return nil
}

// shapeHead finds the columns of a table of shapes by their names.
func shapeHead(n yamldoc.Node, row []yamldoc.Cell) ([]shapeColumn, error) {
	var out []shapeColumn
	var names []string
	for _, cell := range row {
		at := slices.IndexFunc(shapeColumns, func(c shapeColumn) bool { return c.name == cell.Text })
		if at < 0 {
			return nil, cell.Errorf("unknown column %q in shapes; known: %s", cell.Text, strings.Join(shapeNames(len(shapeColumns)), ", "))
		}
		if slices.Contains(names, cell.Text) {
			return nil, cell.Errorf("column %s is here twice", cell.Text)
		}
		out, names = append(out, shapeColumns[at]), append(names, cell.Text)
	}
	for _, need := range shapeNames(neededColumns) {
		if !slices.Contains(names, need) {
			return nil, n.Errorf("shapes have no column %s: want at least %s", need, strings.Join(shapeNames(neededColumns), ", "))
		}
	}
	return out, nil
}

// shapeNames are the names of the first columns.
func shapeNames(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = shapeColumns[i].name
	}
	return out
}

// encodeShapes writes a table of shapes, with the columns that anything is known of.
func encodeShapes(b *strings.Builder, shapes []Instance) {
	shapes = slices.SortedFunc(slices.Values(shapes), func(x, y Instance) int { return cmp.Compare(x.Type, y.Type) })
	rows := make([][]string, len(shapes)+1)
	for at, col := range shapeColumns {
		known := at < neededColumns
		for i := range shapes {
			known = known || col.get(&shapes[i]) != ""
		}
		if !known {
			continue
		}
		rows[0] = append(rows[0], col.name)
		for i := range shapes {
			rows[i+1] = append(rows[i+1], cmp.Or(col.get(&shapes[i]), "-"))
		}
	}
	b.WriteString("shapes: |2\n")
	for _, row := range rows {
		fmt.Fprintf(b, "  %s\n", strings.Join(row, "  "))
	}
}

// instanceType is the instance type at the end of an item, "" where an item names none.
func (c *contents) instanceType(item string) string {
	if !strings.HasPrefix(item, "ec2.") {
		return ""
	}
	for at := strings.LastIndexByte(item, '.'); at > 0; at = strings.LastIndexByte(item[:at], '.') {
		if _, ok := c.units[item[:at]+".*"]; ok {
			return item[at+1:]
		}
	}
	return ""
}

func (c *contents) readSizes(n yamldoc.Node) error {
	rows, err := n.Table("fargate_sizes")
	if err != nil {
		return err
	}
	if err := head(rows[0], "vcpu", "under", "gb"); err != nil {
		return err
	}
	for _, row := range rows[1:] {
		var s FargateSize
		if s.VCPU, err = row[0].Number("vcpu"); err != nil {
			return err
		}
		if k := len(c.sizes); !s.VCPU.IsPositive() || (k > 0 && !s.VCPU.GreaterThan(c.sizes[k-1].VCPU)) {
			return row[0].Errorf("vcpu must ascend")
		}
		if len(row) < 3 || (row[1].Text != "all" && row[1].Text != "ecs") {
			return row[0].Errorf("want vcpu, all or ecs, and the amounts of memory")
		}
		s.ECSOnly = row[1].Text == "ecs"
		for _, g := range row[2:] {
			d, err := g.Number("gb")
			if err != nil {
				return err
			}
			if k := len(s.GB); !d.IsPositive() || (k > 0 && !d.GreaterThan(s.GB[k-1])) {
				return g.Errorf("gb must ascend")
			}
			s.GB = append(s.GB, d)
		}
		c.sizes = append(c.sizes, s)
	}
	return nil
}

// head checks the first row of a table.
func head(row []yamldoc.Cell, want ...string) error {
	for i, w := range want {
		if i >= len(row) || row[i].Text != w {
			return row[min(i, len(row)-1)].Errorf("want column %d to be %s", i+1, w)
		}
	}
	return nil
}
