package ui

import (
	"context"
	"errors"
	"testing"
)

// fakeEvidence has one quote.
type fakeEvidence struct {
	quote Quote
	err   error
	asked int
	read  int
}

func (e *fakeEvidence) Quote(context.Context) (Quote, error) {
	e.asked++
	q := e.quote
	q.Read = func(context.Context) (string, error) {
		e.read++
		return "4,711 runs read", e.err
	}
	return q, e.err
}

func TestTheScreenAsksBeforeItReadsLogs(t *testing.T) {
	e := &fakeEvidence{quote: Quote{Text: "12 log groups to read, 3.4 GB to scan: about $0.017"}}
	d := newDriver(t, Options{Evidence: e}, 120, 40)
	d.send(snapshotMsg{newFixture()})
	d.press("L")
	d.mustShow("about $0.017", "y reads")
	d.press("esc")
	if e.read != 0 || d.m.dialog != nil {
		t.Fatal("leaving the question read the logs")
	}
	d.press("L", "y")
	if e.asked != 2 || e.read != 1 || d.m.dialog != nil {
		t.Fatalf("asked %d times, read %d times", e.asked, e.read)
	}
	d.mustShow("4,711 runs read")
}

func TestTheScreenSaysWhyLogsCannotBeRead(t *testing.T) {
	e := &fakeEvidence{err: errors.New("not permitted: logs:StartQuery")}
	d := newDriver(t, Options{Evidence: e}, 120, 40)
	d.send(snapshotMsg{newFixture()})
	d.press(":")
	d.typed("evidence")
	d.press("enter")
	d.mustShow("not permitted: logs:StartQuery")
	d.press("y")
	if e.read != 0 {
		t.Error("read without a quote")
	}
	none := newDriver(t, Options{}, 120, 40)
	none.send(snapshotMsg{newFixture()})
	none.press("L")
	none.mustShow("reading logs is not available")
}
