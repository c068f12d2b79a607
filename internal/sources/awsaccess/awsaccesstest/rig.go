package awsaccesstest

import (
	"testing"
	"time"

	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Open opens a source that reads an account with a clock set to a time, and closes it when the test ends.
func Open[S sources.Source](t testing.TB, account awsapi.Account, at time.Time, open func(*awsaccess.Config, *Hand) (S, error)) (S,
	*awsapi.Server, *Hand,
) {
	t.Helper()
	clock := NewHand(at)
	server, url := Serve(t, account, clock)
	access, err := awsaccess.LoadConfig(t.Context(), Options(url))
	if err != nil {
		t.Fatal(err)
	}
	source, err := open(access, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	})
	return source, server, clock
}
