package cost

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/cost/prices"
	"github.com/migtop/migtop/internal/migration"
)

var virginia = migration.RegionArch{Region: "us-east-1", Arch: migration.X86}

func pricer(t testing.TB) *Pricer {
	t.Helper()
	return New(prices.Default(), Options{})
}

// usd reads an exact amount.
func usd(t testing.TB, s string) migration.USD {
	t.Helper()
	var u migration.USD
	if err := u.UnmarshalJSON([]byte(`"` + s + `"`)); err != nil {
		t.Fatal(err)
	}
	return u
}

// mbms is the memory-time of runs of a duration at a memory size.
func mbms(runs int64, d time.Duration, mb int64) migration.MBMillis {
	return migration.MBMillis(runs * d.Milliseconds() * mb)
}

func TestThreeSecondsAtTwoGB(t *testing.T) {
	p := pricer(t)
	// 3 s * 2048/1024 GB = 6 GB-s; 6 * 0.0000166667 = 0.0001000002;
	// one request is 0.20/1,000,000 = 0.0000002. Together 0.0001002002.
	lambda, err := p.Lambda(migration.LambdaUsage{Place: virginia, Requests: 1, Billed: mbms(1, 3*time.Second, 2048)})
	if err != nil {
		t.Fatal(err)
	}
	if want := usd(t, "0.0001002002"); lambda.Amount.Cmp(want) != 0 {
		t.Errorf("Lambda: %s, want %s", lambda.Amount, want)
	}
	if lambda.Evidence.Method != migration.Measured {
		t.Errorf("a primary price makes %s", lambda.Evidence.Method)
	}
	// 1 vCPU and 2 GB + 256 MiB = 2.25 GB: size 1 vCPU / 3 GB.
	// 0.04048 + 3 * 0.004445 = 0.053815 an hour; 60 s of it are 0.000896916666...
	fargate, err := p.Pods(migration.ResourceUsage{
		Host:       migration.Host{Kind: migration.HostFargate, Place: virginia, RequestCPU: migration.Core, RequestMemory: 2 * migration.GiB},
		PodSeconds: 3, ShortOfMinute: 57,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fargate.Amount.String(), "0.000896916666666666666666666667"; got != want {
		t.Errorf("Fargate: %s, want %s", got, want)
	}
	if got := fargate.Amount.Fixed(6); got != "0.000897" {
		t.Errorf("Fargate prints %s", got)
	}
}
