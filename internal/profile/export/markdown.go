package export

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/text"
)

// markdown is a document for people: a table of all profiles, then each with its reasons.
func markdown(entries []entry, _ *Options) []File {
	var b bytes.Buffer
	b.WriteString("# Job profiles\n\n")
	b.WriteString("Base is for the first attempt, retry for a run that was killed for memory. An empty cell is not known.\n\n")
	row := func(cells ...string) {
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	row("profile", "workload", "tenant", "class", "CPU", "memory", "memory, retry", "deadline", "retries", "at once", "killed for memory",
		"saving a month", "confidence")
	row("---", "---", "---", "---", "--:", "--:", "--:", "--:", "--:", "--:", "--:", "--:", "---")
	for i := range entries {
		e := &entries[i]
		workload, tenant := escaped(string(e.Workload)), escaped(e.Tenant.String())
		if e.isClass {
			workload, tenant = "", text.Plural(len(e.members), "profile")
		}
		row(e.name, workload, tenant, escaped(e.Class),
			opt(e.Base.CPURequest, cpuQuantity), memoryCell(&e.Base), memoryCell(&e.Retry),
			opt(seconds(e.Deadline), func(n int64) string { return strconv.FormatInt(n, 10) + " s" }), strconv.Itoa(int(e.BackoffLimit)),
			integer(e.Parallelism),
			opt(e.FailureRate, text.Percent), opt(e.Saving, func(u migration.USD) string { return u.Fixed(2) + " USD" }), e.Sure())
	}
	for i := range entries {
		e := &entries[i]
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n", e.name, escaped(strings.ToUpper(e.what()[:1])+e.what()[1:]))
		for _, g := range e.grounds() {
			b.WriteString("- " + escaped(g) + "\n")
		}
		if e.WhyClass != "" {
			b.WriteString("- " + escaped("Class "+e.Class+": "+e.WhyClass) + "\n")
		}
		for _, m := range e.members {
			if e.isClass {
				b.WriteString("- " + escaped(fmt.Sprintf("Member: workload %s, tenant %s. %s", m.Workload, m.Tenant, m.WhyClass)) + "\n")
			}
		}
	}
	b.WriteString("\n## The true peak of every run\n\nRun the command in this wrapper (`" + WrapperName +
		"`) and the next profile rests on exact peaks:\n\n```sh\n" + Wrapper + "```\n")
	return []File{{"profiles.md", b.Bytes()}}
}

// memoryCell is request and limit, or both in one where they are the same.
func memoryCell(p *profile.Pod) string {
	switch {
	case p.MemoryLimit <= 0:
		return ""
	case p.MemoryRequest <= 0 || p.MemoryRequest == p.MemoryLimit:
		return byteQuantity(p.MemoryLimit)
	}
	return byteQuantity(p.MemoryRequest) + " to " + byteQuantity(p.MemoryLimit)
}

// escaped is a text in Markdown that means itself: in one line, without marks, tables or
// HTML. Source: CommonMark, "Backslash escapes".
func escaped(s string) string {
	var b strings.Builder
	s = oneLine(s)
	// What begins a list or a heading does so only at the beginning.
	if digits := len(s) - len(strings.TrimLeft(s, "0123456789")); digits < len(s) && strings.IndexByte("-+=.)", s[digits]) >= 0 {
		b.WriteString(s[:digits] + "\\")
		s = s[digits:]
	}
	for i, r := range s {
		switch {
		case r == ':' && strings.HasPrefix(s[i:], "://"): // no link
			b.WriteString(`\:`)
		case r == '<':
			b.WriteString("&lt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_{}[]#|~$>!@", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
