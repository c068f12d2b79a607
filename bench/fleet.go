package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"time"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/simcloud/awsapi"
)

// fleet serves an account with many functions on loopback, each active every minute, which is the largest load for
// migtop, and measures a command that reads it in its own process.
func fleet(o options) error {
	server, err := awsapi.New(awsapi.Config{
		Account: newBusy(o.functions), Clock: clock.System(), Region: "eu-west-1",
		AccessKeyID: "AKIDBENCH",
	})
	if err != nil {
		return err
	}
	url, err := server.Start(context.Background())
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": url, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDBENCH", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "KUBECONFIG": os.DevNull,
	} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	err = whole(o)
	calls := server.Calls("cloudwatch:GetMetricData") / int64(o.n+1)
	fmt.Printf("%-40s %d GetMetricData calls a run, %+v billed in all\n", "asked", calls, server.Billed())
	return errors.Join(err, server.Close())
}

// busy is an account whose functions are active every minute.
type busy struct{ list []awsapi.Function }

// newBusy makes n functions, ten workloads of each tenant.
func newBusy(n int) *busy {
	b := &busy{}
	for i := range n {
		b.list = append(b.list, awsapi.Function{
			Name: fmt.Sprintf("tenant%04d-work%d", i/10, i%10), Runtime: "python3.13", MemoryMB: 1024, Timeout: time.Minute,
		})
	}
	return b
}

func (b *busy) ID() string                            { return "123456789012" }
func (b *busy) Functions(time.Time) []awsapi.Function { return b.list }

func (b *busy) Invocations(_ string, from, to time.Time) iter.Seq[awsapi.Invocation] {
	return func(yield func(awsapi.Invocation) bool) {
		for at := from.Truncate(time.Minute); at.Before(to); at = at.Add(time.Minute) {
			if !at.Before(from) && !yield(awsapi.Invocation{Start: at, Duration: 2 * time.Second, Weight: 40, Concurrency: 3}) {
				return
			}
		}
	}
}
