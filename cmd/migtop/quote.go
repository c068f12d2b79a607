package main

import (
	"fmt"
	"strings"

	"github.com/migtop/migtop/internal/loginsights"
	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// quoted is an estimate in one line, with the part of each account and region where there
// are several.
func quoted(q *loginsights.Quote) string {
	var b strings.Builder
	toRead(&b, q)
	if q.Kept > 0 {
		fmt.Fprintf(&b, "; %s read before", text.PluralOf(q.Kept, "was", "were"))
	}
	if q.Silent > 0 {
		fmt.Fprintf(&b, "; %s no reports (SystemLogLevel WARN)", text.PluralOf(q.Silent, "function writes", "functions write"))
	}
	if q.Unshared > 0 {
		fmt.Fprintf(&b, "; %s where nothing is shared: share log groups in their links, or add the accounts",
			text.PluralOf(q.Unshared, "function of a linked account writes", "functions of linked accounts write"))
	}
	for _, part := range q.Parts {
		if part.Unlisted != nil {
			fmt.Fprintf(&b, "; which log groups linked accounts share with %s is not known: %v", part.Scope, part.Unlisted)
		}
		switch {
		case part.Scope == "" && part.Problem == nil:
		case part.Problem != nil:
			fmt.Fprintf(&b, "; %s cannot be read: %v", part.Scope, part.Problem)
		case !part.Nothing():
			fmt.Fprintf(&b, "; %s: ", part.Scope)
			toRead(&b, part)
		}
	}
	return b.String()
}

// toRead says how much there is to read, and what that costs.
func toRead(b *strings.Builder, q *loginsights.Quote) {
	if q.Nothing() {
		b.WriteString("nothing to read")
		return
	}
	fmt.Fprintf(b, "%s to read, %s to scan", text.Plural(q.Groups, "log group"), brief(q.Bytes))
	switch usd, known := q.Cost.Get(); {
	case !known:
		b.WriteString("; what that costs is unknown: " + q.PriceNote)
		return
	case q.LowerBound && usd.Sign() == 0:
		b.WriteString("; what that costs is unknown")
	case q.LowerBound:
		fmt.Fprintf(b, ": at least $%s, and what has no price", price(usd))
	default:
		fmt.Fprintf(b, ": about $%s", price(usd))
	}
	if q.PriceNote != "" {
		b.WriteString(", " + q.PriceNote)
	}
}

// price formats a small amount with two significant digits.
func price(usd migration.USD) string {
	for places := int32(2); places < 12; places++ {
		if text := usd.Fixed(places); strings.Trim(text, "0.") != "" {
			return usd.Fixed(max(places, 4))
		}
	}
	return "0.00"
}

func costs(usd migration.Opt[migration.USD]) string {
	if v, ok := usd.Get(); ok {
		return ": $" + price(v)
	}
	return ""
}

// brief writes an amount of bytes, in AWS's units of 1,024.
func brief(n int64) string {
	v, units := float64(n), []string{"bytes", "kB", "MB", "GB", "TB"}
	at := 0
	for v >= 1024 && at < len(units)-1 {
		v, at = v/1024, at+1
	}
	if at == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[at])
}
