package spot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awspoll"
	"github.com/migtop/migtop/internal/text"
)

// Name is the source's.
const Name = "spot prices"

// action is all that is asked.
const action = "ec2:DescribeSpotPriceHistory"

// everyRead is the time between two reads of the same types: EC2 changes its Spot prices every few hours.
const everyRead = time.Hour

// mostTypes is how many instance types one question names.
const mostTypes = 100

// mostSkew is how far in the future a price may have changed, by another machine's clock.
const mostSkew = 5 * time.Minute

var _ sources.Source = (*Source)(nil)

// Source reads the Spot prices of one account and region.
type Source struct {
	*awspoll.Poller
	api *client

	asked  []string // the types of the last answer, sorted
	read   time.Time
	prices []migration.SpotPrice
	// denied is when the permission was missing, zero for not.
	denied time.Time
}

// New makes a source. It asks nothing yet.
func New(access *awsaccess.Config, timing awspoll.Timing) (*Source, error) {
	s := &Source{}
	var err error
	s.Poller, err = awspoll.New(access, timing, awspoll.Work{
		Name: Name, Always: true, // it is free, and asks once an hour
		Connect: func(c *awsaccess.Config) { s.api = newClient(c) },
		Refresh: s.refresh, Report: s.report,
	})
	return s, err
}

// refresh reads the prices of the types that run on Spot in this region, where they are not known or an hour old.
func (s *Source) refresh(ctx context.Context, p *awspoll.Poll) error {
	types := s.wanted(p.Focus)
	if len(types) == 0 {
		s.asked, s.prices = nil, nil
		return nil
	}
	known := slices.Equal(types, s.asked) && !p.ListDue(s.read, everyRead)
	if known || (!s.denied.IsZero() && !p.ListDue(s.denied, everyRead)) {
		return nil
	}
	s.denied = time.Time{}
	var found []migration.SpotPrice
	for part := range slices.Chunk(types, mostTypes) {
		items, err := s.api.all(ctx, part, p.Now, func(question func() (*answer, error)) (*answer, error) {
			return awspoll.Ask(p, action, nil, question)
		})
		if awsaccess.HasFault(err, migration.FaultDenied) {
			s.denied = p.Now
		}
		if err != nil {
			return err
		}
		some, err := newest(items, part, s.Access.Region(), p.Now)
		if err != nil {
			return err
		}
		found = append(found, some...)
	}
	s.asked, s.read, s.prices = types, p.Now, found
	p.Batch.Add(migration.SpotPrices(found))
	return nil
}

// Follows says that what is read depends on the cluster's nodes.
func (s *Source) Follows() bool { return true }

// wanted are the types that run on Spot in this region.
func (s *Source) wanted(focus sources.Focus) []string {
	var out []string
	for _, n := range focus.Spot {
		if migration.ParentRegion(n.Region) == s.Access.Region() && n.InstanceType != "" {
			out = append(out, n.InstanceType)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// newest are the prices in force: of each type and zone the last change. The error says what is no price.
func newest(items []item, types []string, region string, now time.Time) ([]migration.SpotPrice, error) {
	type key struct{ typ, zone string }
	at := map[key]int{}
	var out []migration.SpotPrice
	for i := range items {
		one, err := items[i].price(region, now)
		if err != nil {
			return nil, err
		}
		if items[i].Product != linux || !slices.Contains(types, one.InstanceType) {
			continue
		}
		k := key{one.InstanceType, one.Zone}
		before, known := at[k]
		switch {
		case !known:
			at[k] = len(out)
			out = append(out, one)
		case one.Since.After(out[before].Since):
			out[before] = one
		case one.Since.Equal(out[before].Since) && one.Hourly.Cmp(out[before].Hourly) != 0:
			return nil, absurd(&items[i], "it has two prices at that time")
		}
	}
	slices.SortFunc(out, func(a, b migration.SpotPrice) int {
		return strings.Compare(a.InstanceType+" "+a.Zone, b.InstanceType+" "+b.Zone)
	})
	return out, nil
}

// mostDollars is the highest price of an hour that is believed: several times that of the largest instance.
var mostDollars = decimal.NewFromInt(1000)

// price reads one change.
func (i *item) price(region string, now time.Time) (migration.SpotPrice, error) {
	amount, err := decimal.NewFromString(i.Price)
	if err != nil || !amount.IsPositive() || amount.GreaterThan(mostDollars) {
		return migration.SpotPrice{}, absurd(i, fmt.Sprintf("%q is no price", i.Price))
	}
	since, err := time.Parse(time.RFC3339Nano, i.Timestamp)
	if err != nil || since.After(now.Add(mostSkew)) {
		return migration.SpotPrice{}, absurd(i, fmt.Sprintf("it changed at %q", i.Timestamp))
	}
	in, place, ok := migration.ZonePlace(i.Zone)
	if !ok || in != region {
		return migration.SpotPrice{}, absurd(i, "that is no zone of "+region)
	}
	return migration.SpotPrice{
		InstanceType: i.Type, Region: place, Zone: i.Zone, Hourly: migration.Dollars(amount), Since: since.UTC(),
	}, nil
}

// absurd is the problem of a price that cannot be right.
func absurd(i *item, why string) error {
	return &migration.Problem{
		Fault: migration.FaultNotThatAPI,
		What:  fmt.Sprintf("the Spot price of %s in %s cannot be used: %s", text.Plain(i.Type), text.Plain(i.Zone), text.Plain(why)),
		Fix:   "the next poll asks again; the price before it stays",
	}
}

// report says how many prices there are, and how old they are. A source that is not permitted is not wrong: the price is estimated
// then as it would be without it.
func (s *Source) report(p *awspoll.Poll, h *migration.Health) {
	h.Objects = len(s.prices)
	switch {
	case !s.denied.IsZero():
		h.State, h.Problem, p.Err = migration.HealthOff, nil, nil
		h.Note = "not permitted: " + action + ": Spot nodes are priced by the price book, or not at all"
	case len(s.prices) > 0:
		h.Cadence = max(h.Cadence, everyRead) // polls in between ask only where a type is new
		oldest := slices.MinFunc(s.prices, func(a, b migration.SpotPrice) int { return a.Since.Compare(b.Since) })
		h.Note = fmt.Sprintf("%s in %s, read %s ago; the oldest is in force for %s", text.Plural(len(s.asked), "type"),
			text.Plural(s.zones(), "zone"), short(p.Now.Sub(s.read)), short(p.Now.Sub(oldest.Since)))
	case len(s.asked) > 0:
		h.Note = "EC2 publishes no Spot price of " + strings.Join(s.asked, ", ") + " here"
	case p.Err == nil:
		h.State = migration.HealthOff
		h.Note = "no Spot nodes are known in this region"
	}
}

func (s *Source) zones() int {
	seen := map[string]bool{}
	for i := range s.prices {
		seen[s.prices[i].Zone] = true
	}
	return len(seen)
}

// short writes a time in its largest unit.
func short(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(max(d, 0).Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
