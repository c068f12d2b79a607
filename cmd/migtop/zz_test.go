package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"

	"github.com/migtop/migtop/internal/attribution"
	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/cost"
	"github.com/migtop/migtop/internal/config"
	"github.com/migtop/migtop/internal/monitor"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/lambda"
	"github.com/migtop/migtop/internal/sources/simcloud/awsapi"
)

type busyT struct{ list []awsapi.Function }

func (b *busyT) ID() string                            { return "123456789012" }
func (b *busyT) Functions(time.Time) []awsapi.Function { return b.list }
func (b *busyT) Invocations(_ string, from, to time.Time) iter.Seq[awsapi.Invocation] {
	return func(yield func(awsapi.Invocation) bool) {
		for at := from.Truncate(time.Minute); at.Before(to); at = at.Add(time.Minute) {
			if !at.Before(from) && !yield(awsapi.Invocation{Start: at, Duration: 2 * time.Second, Weight: 40, Concurrency: 3}) {
				return
			}
		}
	}
}

func TestZZ(t *testing.T) {
	b := &busyT{}
	for i := range 5000 {
		b.list = append(b.list, awsapi.Function{
			Name: fmt.Sprintf("tenant%04d-work%d", i/10, i%10), Runtime: "python3.13", MemoryMB: 1024, Timeout: time.Minute,
		})
	}
	server, err := awsapi.New(awsapi.Config{Account: b, Clock: clock.System(), Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	url, _ := server.Start(context.Background())
	cfg, err := lambda.LoadConfig(t.Context(), lambda.Options{Region: "eu-west-1", Endpoint: url, Static: &lambda.Static{AccessKeyID: "A", SecretAccessKey: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	src, err := lambda.New(cfg, lambda.Settings{Attribute: attribution.New(attribution.Rules{}).Attribute})
	if err != nil {
		t.Fatal(err)
	}
	book, err := openBook(func(error) {}, config.Default(), true)
	if err != nil {
		t.Fatal(err)
	}
	m, err := monitor.New(monitor.Options{Sources: []sources.Source{src}, Clock: clock.System(), Cost: cost.New(book, cost.Options{}), Window: 6 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	snap, err := m.Once(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ms runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&ms)
	t.Log("with snapshot", ms.HeapAlloc>>20, "sys", ms.Sys>>20, len(snap.Tenants))
	f, _ := os.Create("/tmp/zz.heap")
	pprof.WriteHeapProfile(f)
	f.Close()
	runtime.KeepAlive(snap)
	runtime.KeepAlive(m)
	server.Close()
}
