package prices

import (
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

func (c *contents) readInstances(n yamldoc.Node) error {
	rows, err := n.Table("instances")
	if err != nil {
		return err
	}
	if err := head(rows[0], "type", "vcpu", "gib", "arch", "pods", "allocatable_mcpu", "allocatable_mib"); err != nil {
		return err
	}
	for _, row := range rows[1:] {
		if len(row) != len(rows[0]) {
			return row[0].Errorf("want %d columns, got %d", len(rows[0]), len(row))
		}
		var num [7]int64
		for i := range num {
			if i == 0 || i == 3 {
				continue
			}
			if num[i], err = row[i].Integer(rows[0][i].Text, 1, 1<<25); err != nil {
				return err
			}
		}
		arch := migration.Arch(row[3].Text)
		if arch != migration.X86 && arch != migration.Arm64 {
			return row[3].Errorf("want arch as x86_64 or arm64, got %q", arch)
		}
		typ := row[0].Text
		if _, twice := c.instances[typ]; twice {
			return row[0].Errorf("%s is here twice", typ)
		}
		c.instances[typ] = Instance{
			Type: typ, Arch: arch, MaxPods: int(num[4]),
			CPU: migration.CPU(num[1]) * migration.Core, Memory: migration.Bytes(num[2]) * migration.GiB,
			Allocatable: migration.CPU(num[5]) * migration.Millicore, AllocatableMemory: migration.Bytes(num[6]) * migration.MiB,
		}
	}
	return nil
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
