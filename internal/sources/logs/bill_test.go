package logs

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/history"
	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
)

// What a reading is said to have cost is what the account's own counter says, to the
// last digit, and what was read for good costs nothing a second time.
func TestTheCostThatIsShownIsWhatIsBilled(t *testing.T) {
	lines := map[string][]awsapi.LogEvent{}
	functions := []migration.Function{function("f"), function("g")}
	for i := range 500 {
		lines[group("f")] = append(lines[group("f")], ran(at(50).Add(time.Duration(i)*time.Second), i, time.Second, ""))
		lines[group("g")] = append(lines[group("g")], awsapi.LogEvent{At: at(40), Message: "noise"})
	}
	b := newBench(t, lines, nil)
	kept := history.New("", history.Options{})
	t.Cleanup(func() { _ = kept.Close() })
	c := &loginsights.Collector{
		Reader: b.Reader, History: kept, Clock: b.clock, Cost: cost.New(prices.Default(), cost.Options{}),
		Region: "us-east-1",
	}
	q, err := c.Quote(t.Context(), functions, noon.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if b.server.Billed().Scanned != 0 || q.AskedLow != b.server.Billed().Low {
		t.Errorf("the quote took %d metrics of %d billed, and scanned %d bytes", q.AskedLow, b.server.Billed().Low, b.server.Billed().Scanned)
	}
	elsewhere := *c
	elsewhere.Region = "us-gov-west-1"
	if q, err := elsewhere.Quote(t.Context(), functions, noon.Add(-time.Hour)); err != nil || q.Cost.Known() ||
		!strings.Contains(q.PriceNote, "region us-gov-west-1 has no price of cloudwatch.logs.insights") {
		t.Errorf("without a price: cost %v, %q, %v", q.Cost, q.PriceNote, err)
	}
	r, err := c.Read(t.Context(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	billed := b.server.Billed().Scanned
	want := decimal.RequireFromString("0.005").Mul(migration.Bytes(billed).GiB())
	if usd, known := r.Cost.Get(); billed == 0 || r.Scanned != billed || !known || !usd.Decimal().Equal(want) || q.Bytes != billed {
		t.Errorf("scanned %d bytes for %v, billed for %d: %v", r.Scanned, r.Cost, billed, want)
	}
	if r.Runs != 500 {
		t.Errorf("%d runs", r.Runs)
	}
	// Only the last five minutes were not final, and they contain nothing.
	if q, err = c.Quote(t.Context(), functions, noon.Add(-time.Hour)); err != nil || !q.Nothing() {
		t.Errorf("again: %+v, %v", q, err)
	}
	if _, err := c.Read(t.Context(), q, nil); err != nil || b.server.Billed().Scanned != billed {
		t.Errorf("read again, %d bytes were billed on top, %v", b.server.Billed().Scanned-billed, err)
	}
}
