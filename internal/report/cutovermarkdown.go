package report

import (
	"bufio"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// cutoverMarkdown writes the record of a cutover for a ticket: tables of waves and tenants, and per tenant what it says, why, and
// how it came there.
func cutoverMarkdown(w *bufio.Writer, doc *cutoverDoc) {
	title := "Record of the cutover"
	if doc.Name != "" {
		title += ": " + plainMarkdown(doc.Name)
	}
	sides := doc.move.Infos()
	fmt.Fprintf(w, "# %s\n\n%s, from %s to %s", title, ticketTime(doc.At), sides[0].Label, sides[1].Label)
	for _, part := range []string{doc.Region, doc.Context} {
		if part != "" {
			w.WriteString(", " + plainMarkdown(part))
		}
	}
	fmt.Fprintf(w, ". Times are in UTC.\n\n%s\n", cutoverCounts(doc))
	if doc.Missing != "" {
		fmt.Fprintf(w, "\nEarlier changes are missing: %s\n", plainMarkdown(sentence(doc.Missing)))
	}
	if len(doc.Waves) > 0 {
		w.WriteString("\n## Waves\n\n")
		rows := make([][]string, len(doc.Waves))
		for i := range doc.Waves {
			rows[i] = waveCells(&doc.Waves[i], &sides)
		}
		markdownTable(w, []string{"wave", "owners", "tenants", "next step", "cohort", "harmed (e-BH)", "healthy (e-BH)"}, rows)
	}
	if len(doc.Tenants) == 0 {
		w.WriteString("\nNo tenant is in a wave or has a step.\n")
		return
	}
	w.WriteString("\n## Tenants\n\n")
	rows := make([][]string, len(doc.Tenants))
	for i := range doc.Tenants {
		rows[i] = tenantCells(&doc.Tenants[i])
	}
	markdownTable(w, []string{
		"tenant", "wave", "verdict", "step", "observed", "since", sides[0].Label, sides[1].Label, "E", "N",
	}, rows)
	for i := range doc.Tenants {
		tenantMarkdown(w, doc, &doc.Tenants[i])
	}
}

// cutoverCounts says how many tenants have each word.
func cutoverCounts(doc *cutoverDoc) string {
	var count [migration.VerdictMovedCostsMore + 1]int
	for i := range doc.Tenants {
		count[doc.Tenants[i].Now.Word]++
	}
	var parts []string
	for _, word := range migration.VerdictWords() {
		if n := count[word]; n > 0 {
			parts = append(parts, text.Grouped(n)+" "+word.String())
		}
	}
	if len(parts) == 0 {
		return "No tenant has a verdict."
	}
	return text.Plural(len(doc.Tenants), "tenant") + ": " + strings.Join(parts, ", ") + "."
}

func waveCells(w *migration.CutoverWave, sides *[2]migration.PlatformInfo) []string {
	next := "all steps have begun"
	if share, ok := w.Next.Get(); ok {
		next = sharePercent(share)
		if !w.NextAt.IsZero() {
			next += " on " + ticketTime(w.NextAt)
		}
	}
	cohort := "no evidence yet"
	if c := &w.Cohort; c.Tenants > 0 {
		harm, health := c.Limits()
		cohort = fmt.Sprintf("%s: %s %s, %s %s, E %s, N %s", text.Plural(c.Tenants, "tenant"), sides[0].Label, sideCounts(&c.Before),
			sides[1].Label, sideCounts(&c.After), oddsText(c.HarmE, harm), oddsText(c.HealthN, health))
		if c.Promotes {
			cohort += ", promotes"
		}
	}
	return []string{
		w.Name, strings.Join(w.Owners, ", "), tenantNames(w.Tenants), next, cohort, tenantNames(w.Harmed),
		tenantNames(w.Healthy),
	}
}

func tenantCells(t *cutoverTenant) []string {
	d := &t.Now.Detail
	out := []string{
		t.Tenant.String(), d.Wave, verdictWords(&t.Now), knownShare(d.Share), knownShare(d.Observed), ticketTime(d.StepAt), "-", "-", "-",
		"-",
	}
	if d.Judged() {
		harm, health := d.Limits()
		out[6], out[7], out[8], out[9] = sideCounts(&d.Before), sideCounts(&d.After), oddsText(d.HarmE, harm), oddsText(d.HealthN, health)
	}
	return out
}

// verdictWords is the verdict in the words of the VERDICT column.
func verdictWords(c *migration.Cutover) string {
	if c.Text != "" {
		return c.Text
	}
	return c.Word.String()
}

// tenantMarkdown is one tenant: what to do and why, what does not hold, what people decided, and its changes.
func tenantMarkdown(w *bufio.Writer, doc *cutoverDoc, t *cutoverTenant) {
	d := &t.Now.Detail
	fmt.Fprintf(w, "\n### %s: %s\n\n%s\n", plainMarkdown(t.Tenant.String()), plainMarkdown(verdictWords(&t.Now)),
		plainMarkdown(sentence(t.Now.Reason)))
	var points []string
	if d.Rule != "" {
		points = append(points, "ROLL BACK by the rule "+strings.ReplaceAll(d.Rule, "_", " ")+" since "+ticketTime(d.RuleSince))
	}
	for _, o := range d.Others {
		points = append(points, "Also: "+o)
	}
	for i, n := range d.Needs {
		if i == 0 && strings.HasPrefix(t.Now.Reason, n) { // said already
			continue
		}
		points = append(points, "The next step needs: "+n)
	}
	for i := range d.Signals {
		if s := &d.Signals[i]; s.State != migration.SignalFine && s.State != migration.SignalNotYet {
			points = append(points, fmt.Sprintf("Signal %s %s: %s", strings.ReplaceAll(s.Signal, "_", " "),
				strings.ReplaceAll(s.State.String(), "_", " "), s.Value))
		}
	}
	for i := range d.Checks {
		if c := &d.Checks[i]; c.State == migration.CheckFailed || c.State == migration.CheckUnknown {
			points = append(points, fmt.Sprintf("Check %s: %s: %s", c.Name, c.State, c.Detail))
		}
	}
	for i := range d.Decisions {
		points = append(points, decisionText(&d.Decisions[i]))
	}
	if t.Cost.Reason != "" && t.Cost.Reason != t.Now.Reason {
		points = append(points, "Cost: "+t.Cost.Decision.String()+". "+t.Cost.Reason)
	}
	if len(points) > 0 {
		w.WriteByte('\n')
	}
	for _, p := range points {
		fmt.Fprintf(w, "- %s\n", plainMarkdown(p))
	}
	if len(t.Timeline) == 0 {
		w.WriteString("\nNo change is on record.\n")
		return
	}
	w.WriteByte('\n')
	sides := doc.move.Infos()
	rows := make([][]string, len(t.Timeline))
	for i := range t.Timeline {
		c := &t.Timeline[i]
		harm, health := (&migration.CutoverDetail{Basis: c.Basis}).Limits()
		word := c.Text
		if word == "" {
			word = c.Word.String()
		}
		rows[i] = []string{
			ticketTime(c.At), knownShare(c.Share), word, c.Reason, sideCounts(&c.Before), sideCounts(&c.After), oddsText(c.HarmE, harm),
			oddsText(c.HealthN, health),
		}
	}
	markdownTable(w, []string{"when", "step", "verdict", "why", sides[0].Label, sides[1].Label, "E", "N"}, rows)
}

// decisionText is what a person decided: who, when, why, and until when.
func decisionText(c *migration.CutoverDecision) string {
	s := fmt.Sprintf("Decision: %s by %s on %s", c.Kind, c.Who, ticketTime(c.At))
	if !c.Until.IsZero() {
		s += " until " + ticketTime(c.Until)
	}
	return s + ": " + c.Why
}

// ticketTime writes a time of a ticket; times are in UTC throughout.
func ticketTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func sharePercent(r migration.Ratio) string {
	return strconv.FormatFloat(math.Round(float64(r)*1000)/10, 'f', -1, 64) + " %"
}

func knownShare(r migration.Opt[migration.Ratio]) string {
	if share, ok := r.Get(); ok {
		return sharePercent(share)
	}
	return "-"
}

// sideCounts is what is compared of a side.
func sideCounts(s *migration.CutoverSide) string {
	return text.Grouped(s.Failures) + " of " + text.Grouped(s.Messages) + " failed"
}

// oddsText writes evidence that is given as log10, and how much is needed.
func oddsText(log10 float64, of int64) string {
	var odds string
	switch v := math.Pow(10, log10); {
	case v >= 1e6:
		odds = strconv.FormatFloat(v, 'e', 1, 64)
	case v >= 10:
		odds = text.Grouped(int64(v + 0.5))
	default:
		odds = strconv.FormatFloat(v, 'g', 2, 64)
	}
	return odds + " of " + text.Grouped(of)
}

// markdownTable writes a table. Cells are one line each, whatever their texts have.
func markdownTable(w *bufio.Writer, head []string, rows [][]string) {
	line := func(cells []string) {
		w.WriteByte('|')
		for _, c := range cells {
			if c == "" {
				c = "-"
			}
			w.WriteString(" " + plainMarkdown(c) + " |")
		}
		w.WriteByte('\n')
	}
	line(head)
	w.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, r := range rows {
		line(r)
	}
}

// markdownSigns are the characters that a text from elsewhere could format or link with.
var markdownSigns = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "<", "&lt;", "*", `\*`, "`", "\\`", "[", `\[`, "]", `\]`,
)

// plainMarkdown is a text as Markdown shows it, in one line: it formats, links and breaks nothing.
func plainMarkdown(s string) string { return markdownSigns.Replace(text.Printable(text.OneLine(s))) }
