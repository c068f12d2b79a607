package spot

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
	"github.com/migtop/migtop/internal/sources/awsaccess/awsaccesstest"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var epoch = time.Date(2026, 3, 10, 12, 20, 20, 0, time.UTC)

// account has Spot prices.
type account struct {
	awsapi.Fixed
	prices []awsapi.SpotPrice
}

func (a *account) SpotPrices(time.Time) []awsapi.SpotPrice { return a.prices }

// change is a change of the price of a type in a zone of eu-west-1, so long ago.
func change(typ, zone, price string, ago time.Duration) awsapi.SpotPrice {
	return awsapi.SpotPrice{Type: typ, Zone: "eu-west-1" + zone, Price: price, At: epoch.Add(-ago)}
}

type rig struct {
	*Source
	server *awsapi.Server
	clock  *awsaccesstest.Hand
}

func newRig(t *testing.T, prices ...awsapi.SpotPrice) *rig {
	t.Helper()
	a := &account{Fixed: awsapi.Fixed{Number: "123456789012"}, prices: prices}
	src, server, clock := awsaccesstest.Open(t, a, epoch, func(c *awsaccess.Config, h *awsaccesstest.Hand) (*Source, error) {
		return New(c, awspoll.Timing{Clock: h})
	})
	return &rig{src, server, clock}
}

// on are nodes of types in us-east-2a.
func on(types ...string) sources.Focus {
	var f sources.Focus
	for _, t := range types {
		f.Spot = append(f.Spot, migration.SpotPrice{InstanceType: t, Region: "eu-west-1", Zone: "us-east-2a", Nodes: 1})
	}
	return f
}

func (r *rig) calls() int64 { return r.server.Calls(action) }

// uncounted asks without counting.
func uncounted(ask func() (*answer, error)) (*answer, error) { return ask() }

// lines are prices as text.
func lines(b migration.Batch) []string {
	var out []string
	for _, p := range migration.PayloadOf[migration.SpotPrices](b) {
		out = append(out, fmt.Sprintf("%s %s %s %s %s", p.InstanceType, p.Region, p.Zone, p.Hourly, p.Since.Format("15:04")))
	}
	return out
}

// The prices in force are the last changes, of the types that run on Spot; they are read once an hour, and when a type is new.
func TestReadsThePricesInForce(t *testing.T) {
	windows := change("m6i.xlarge", "a", "0.3", time.Hour)
	windows.Product = "Windows"
	r := newRig(t,
		change("m6i.xlarge", "a", "0.0701", 9*time.Hour), change("m6i.xlarge", "a", "0.0712", 2*time.Hour),
		change("m6i.xlarge", "b", "0.0688", 30*time.Hour), windows, change("m5.large", "a", "0.03", time.Hour),
		change("m7g.xlarge", "c", "0.0610", time.Hour), change("m6i.xlarge", "a", "0.9", -time.Hour), // in an hour
	)
	b, err := r.Poll(t.Context(), sources.Focus{})
	h := awsaccesstest.Health(t, b, Name)
	if err != nil || r.calls() != 0 || h.State != migration.HealthOff || h.Note != "no Spot nodes are known in this region" {
		t.Errorf("without Spot nodes: %v, %d calls, %+v", err, r.calls(), h)
	}
	b, err = r.Poll(t.Context(), on("m6i.xlarge", "m6i.xlarge"))
	want := []string{"m6i.xlarge eu-west-1 eu-west-1a 0.0712 10:20", "m6i.xlarge eu-west-1 eu-west-1b 0.0688 06:20"}
	if diff := cmp.Diff(want, lines(b)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	h = awsaccesstest.Health(t, b, Name)
	if h.State != migration.HealthOK || h.Objects != 2 || h.Cadence != everyRead ||
		h.Note != "1 type in 2 zones, read 0 s ago; the oldest is in force for 30 h" {
		t.Errorf("%+v", h)
	}
	for range 3 {
		r.clock.Advance(time.Minute)
		if b, err = r.Poll(t.Context(), on("m6i.xlarge")); err != nil || len(b.Payloads) != 0 || r.calls() != 1 {
			t.Fatalf("%v, %d calls, %v", err, r.calls(), b.Payloads)
		}
	}
	if h = awsaccesstest.Health(t, b, Name); !strings.Contains(h.Note, "read 3 min ago") || h.Calls != 1 {
		t.Errorf("%+v", h)
	}
	if b, err = r.Poll(t.Context(), on("m7g.xlarge", "m6i.xlarge")); err != nil || len(lines(b)) != 3 || r.calls() != 2 {
		t.Errorf("a new type: %v, %d calls, %v", err, r.calls(), lines(b))
	}
	r.clock.Advance(time.Hour) // the change that was in the future then
	b, err = r.Poll(t.Context(), on("m7g.xlarge", "m6i.xlarge"))
	if err != nil || !strings.Contains(strings.Join(lines(b), " "), "eu-west-1a 0.9 13:20") {
		t.Errorf("an hour later: %v, %v", err, lines(b))
	}
	// Nodes elsewhere are another region's.
	elsewhere := on("m6i.xlarge")
	elsewhere.Spot[0].Region = "us-east-2"
	if b, _ = r.Poll(t.Context(), elsewhere); awsaccesstest.Health(t, b, Name).State != migration.HealthOff || r.calls() != 3 {
		t.Errorf("%+v, %d calls", b.Health, r.calls())
	}
}

// Many types make several questions, and a long answer several pages.
func TestPages(t *testing.T) {
	var prices []awsapi.SpotPrice
	var types []string
	for i := range 450 {
		types = append(types, fmt.Sprintf("t%d.large", i))
		for _, zone := range "abcdef" {
			for n := range 3 {
				prices = append(prices, change(types[i], string(zone), fmt.Sprintf("0.%04d", i+n+1), time.Duration(n+1)*time.Hour))
			}
		}
	}
	r := newRig(t, prices...)
	b, err := r.Poll(t.Context(), on(types...))
	if err != nil || len(lines(b)) != 450*6 {
		t.Errorf("%v, %d prices", err, len(lines(b)))
	}
	if n := r.calls(); n != 5 { // a hundred types have six hundred prices
		t.Errorf("%d calls", n)
	}
	// Two hundred types have more than a page.
	api := newClient(r.Access)
	items, err := api.all(t.Context(), types[:200], epoch, uncounted)
	if err != nil || len(items) != 1200 || r.calls() != 7 {
		t.Errorf("%v, %d changes, %d calls", err, len(items), r.calls())
	}
}

// Without the permission the source is off, says so, and asks again in an hour.
func TestDenied(t *testing.T) {
	r := newRig(t, change("m6i.xlarge", "a", "0.07", time.Hour))
	r.server.SetFaults(awsapi.Faults{Denied: []string{action}})
	for range 3 {
		b, err := r.Poll(t.Context(), on("m6i.xlarge"))
		h := awsaccesstest.Health(t, b, Name)
		if err != nil || h.State != migration.HealthOff || r.calls() != 1 ||
			!strings.HasPrefix(h.Note, "not permitted: ec2:DescribeSpotPriceHistory") {
			t.Fatalf("%v, %+v, %d calls", err, h, r.calls())
		}
		r.clock.Advance(time.Minute)
	}
	r.server.SetFaults(awsapi.Faults{})
	r.clock.Advance(time.Hour)
	if b, err := r.Poll(t.Context(), on("m6i.xlarge")); err != nil || len(lines(b)) != 1 {
		t.Errorf("%v, %v", err, lines(b))
	}
}

// Trouble is reported as for every AWS source, and the next poll asks again.
func TestTrouble(t *testing.T) {
	for name, tc := range map[string]struct {
		faults awsapi.Faults
		fault  migration.Fault
	}{
		"expired":  {awsapi.Faults{Expired: true}, migration.FaultExpired},
		"rejected": {awsapi.Faults{Rejected: true}, migration.FaultRejected},
		"offline":  {awsapi.Faults{Offline: true}, migration.FaultUnreachable},
		"a page":   {awsapi.Faults{HTML: true}, migration.FaultNotThatAPI},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, change("m6i.xlarge", "a", "0.07", time.Hour))
			r.server.SetFaults(tc.faults)
			b, err := r.Poll(t.Context(), on("m6i.xlarge"))
			h := awsaccesstest.Health(t, b, Name)
			if err == nil || h.State != migration.HealthFailed || h.Problem == nil || h.Problem.Fault != tc.fault || len(b.Payloads) != 0 {
				t.Errorf("%v, %+v", err, h)
			}
			r.server.SetFaults(awsapi.Faults{})
			if b, err = r.Poll(t.Context(), on("m6i.xlarge")); err != nil || len(lines(b)) != 1 {
				t.Errorf("afterwards: %v, %v", err, lines(b))
			}
		})
	}
}

// A price that cannot be right is an error that names it, and none is used.
func TestAbsurdPrices(t *testing.T) {
	good := item{"m6i.xlarge", linux, "0.0712", "2026-03-10T10:20:20.000Z", "eu-west-1a"}
	changed := func(f func(*item)) item { i := good; f(&i); return i }
	for name, tc := range map[string]struct {
		items []item
		says  string
	}{
		"negative":    {[]item{changed(func(i *item) { i.Price = "-0.1" })}, `"-0.1" is no price`},
		"free":        {[]item{changed(func(i *item) { i.Price = "0.000000" })}, "is no price"},
		"absurd":      {[]item{changed(func(i *item) { i.Price = "5000" })}, `"5000" is no price`},
		"text":        {[]item{changed(func(i *item) { i.Price = "cheap" })}, `"cheap" is no price`},
		"no time":     {[]item{changed(func(i *item) { i.Timestamp = "" })}, `it changed at ""`},
		"tomorrow":    {[]item{changed(func(i *item) { i.Timestamp = "2026-03-11T10:20:20.000Z" })}, "it changed at"},
		"another":     {[]item{changed(func(i *item) { i.Zone = "us-east-2a" })}, "that is no zone of eu-west-1"},
		"no zone":     {[]item{changed(func(i *item) { i.Zone = "" })}, "that is no zone"},
		"two at once": {[]item{good, changed(func(i *item) { i.Price = "0.08" })}, "two prices at that time"},
	} {
		got, err := newest(tc.items, []string{"m6i.xlarge"}, "eu-west-1", epoch)
		if got != nil || err == nil || !strings.Contains(err.Error(), tc.says) ||
			!strings.Contains(err.Error(), "the Spot price of m6i.xlarge") {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	got, err := newest([]item{good, good}, []string{"m6i.xlarge"}, "eu-west-1", epoch)
	if err != nil || len(got) != 1 || !got[0].Hourly.Decimal().Equal(decimal.RequireFromString("0.0712")) {
		t.Errorf("the same again: %v, %v", got, err)
	}
}

// An answer without an end, and one that is something else, are errors.
func TestStrangeAnswers(t *testing.T) {
	const open = `<DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><spotPriceHistorySet/>`
	for body, says := range map[string]string{
		open + `<nextToken>x</nextToken></DescribeSpotPriceHistoryResponse>`: "has no end",
		`<Other/>`: "HTTP 200 without Spot prices",
		`{}`:       "HTTP 200 without Spot prices",
		open:       "HTTP 200 without Spot prices",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		access, err := awsaccess.LoadConfig(t.Context(), awsaccesstest.Options(server.URL))
		if err != nil {
			t.Fatal(err)
		}
		_, err = newClient(access).all(t.Context(), []string{"m6i.xlarge"}, epoch, uncounted)
		var p *migration.Problem
		if !errors.As(err, &p) || p.Fault != migration.FaultNotThatAPI || !strings.Contains(p.What, says) {
			t.Errorf("%s: %v, want %q", body, err, says)
		}
		access.Close()
		server.Close()
	}
}
