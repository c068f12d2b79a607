package estimate

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/yamldoc"
)

// Fixed is a monthly cost of a shape that does not depend on its runs.
type Fixed struct {
	cost.FixedPart
	// On is the platform that has it, "" for all of the Jobs.
	On string
}

// What a fixed cost can be on, other than a single platform.
const (
	onJobs    = "jobs"    // EKS Fargate, ECS Fargate and nodes
	onCluster = "cluster" // EKS Fargate and nodes
	onAll     = "all"
)

// The names of single platforms.
const (
	onLambda     = "lambda"
	onEKSFargate = "eks-fargate"
	onECSFargate = "ecs-fargate"
	onNodes      = "nodes"
)

var fixedSides = []string{onLambda, onJobs, onCluster, onEKSFargate, onECSFargate, onNodes, onAll}

// on reports whether a platform has the cost.
func (f *Fixed) on(platform string) bool {
	switch f.On {
	case "", onJobs:
		return platform != onLambda
	case onCluster:
		return platform == onEKSFargate || platform == onNodes
	case onAll:
		return true
	}
	return f.On == platform
}

// itemName is what an item of the price book is called.
var itemName = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_-]+)+$`)

// mostDollars bounds a fixed cost.
var mostDollars = decimal.New(1, 12)

const fixedForm = `want NAME=USD or NAME=ITEM of the price book, such as "NAT gateway=32.85" or "NAT gateway=nat.hour", got %q`

// parseFixed reads fixed costs that are joined by commas:
//
//	NAME=USD[@SIDE]
//	NAME=ITEM[*QUANTITY][@SIDE]
func parseFixed(text string) ([]Fixed, error) {
	var out []Fixed
	for _, t := range strings.Split(text, ",") {
		t = strings.TrimSpace(t)
		name, value, ok := strings.Cut(t, "=")
		value, side, sided := strings.Cut(value, "@")
		f := Fixed{On: strings.TrimSpace(side)}
		f.Name = strings.TrimSpace(name)
		if !ok || f.Name == "" {
			return nil, fmt.Errorf(fixedForm, t)
		}
		if sided && !slices.Contains(fixedSides, f.On) {
			return nil, fmt.Errorf("want @ and one of %s, got %q", strings.Join(fixedSides, ", "), t)
		}
		value = strings.TrimSpace(value)
		if amount, err := parseDecimal(value); err == nil {
			f.Month = migration.Some(migration.Dollars(amount))
			out = append(out, f)
			continue
		}
		item, times, counted := strings.Cut(value, "*")
		if f.Item = strings.TrimSpace(item); !itemName.MatchString(f.Item) {
			return nil, fmt.Errorf(fixedForm, t)
		}
		if counted {
			n, err := parseDecimal(strings.TrimSpace(times))
			if err != nil {
				return nil, fmt.Errorf("want ITEM*QUANTITY, an amount of the item's unit a month such as nat.hour*1460, got %q", t)
			}
			f.Quantity = migration.Some(n)
		}
		out = append(out, f)
	}
	return out, nil
}

// readFixed reads the fixed costs of a file: in the notation of the flag, or a list of that and of
// mappings with name, month or item and quantity, and on.
func readFixed(s *Shape, n yamldoc.Node) error {
	if text, err := n.Scalar("fixed"); err == nil {
		parts, err := parseFixed(text)
		if err != nil {
			return n.Errorf("fixed: %v", err)
		}
		s.Fixed = append(s.Fixed, parts...)
		return nil
	}
	list, err := n.Sequence("fixed")
	if err != nil {
		return err
	}
	for _, item := range list {
		if _, err := item.Scalar("fixed"); err == nil {
			if err := readFixed(s, item); err != nil {
				return err
			}
			continue
		}
		f, err := readFixedMapping(item)
		if err != nil {
			return err
		}
		s.Fixed = append(s.Fixed, f)
	}
	return nil
}

func readFixedMapping(n yamldoc.Node) (Fixed, error) {
	var f Fixed
	entries, err := n.Mapping("a fixed cost")
	if err != nil {
		return f, err
	}
	for _, e := range entries {
		text, err := e.Value.Scalar(e.Key)
		if err != nil {
			return f, err
		}
		amount, numeric := parseDecimal(text)
		wrong := ""
		switch e.Key {
		case "name":
			f.Name = text
		case "month":
			f.Month = migration.Some(migration.Dollars(amount))
			if numeric != nil {
				wrong = "dollars a month, such as 32.85"
			}
		case "item":
			if f.Item = text; !itemName.MatchString(text) {
				wrong = "an item of the price book, such as nat.hour (migtop prices list names them)"
			}
		case "quantity":
			f.Quantity = migration.Some(amount)
			if numeric != nil {
				wrong = "an amount of the item's unit a month, such as 1460"
			}
		case "on":
			if f.On = text; !slices.Contains(fixedSides, text) {
				wrong = "one of " + strings.Join(fixedSides, ", ")
			}
		default:
			return f, e.At.Errorf("unknown key %q in a fixed cost; known: name, month, item, quantity, on", e.Key)
		}
		if wrong != "" {
			return f, e.Value.Errorf("fixed: %s: want %s, got %q", e.Key, wrong, text)
		}
	}
	if err := f.check(); err != nil {
		return f, n.Errorf("%v", err)
	}
	return f, nil
}

func (f *Fixed) check() error {
	switch {
	case f.Name == "":
		return errors.New("fixed: a cost without a name: name: NAT gateway")
	case f.Month.Known() == (f.Item != ""), f.Month.Known() && f.Quantity.Known():
		return fmt.Errorf("fixed: %q: want either month, or item and its quantity", f.Name)
	case f.Month.Or(migration.USD{}).Decimal().GreaterThan(mostDollars):
		return fmt.Errorf("fixed: %q: %s is more than there is", f.Name, f.Month.Or(migration.USD{}))
	}
	return nil
}
