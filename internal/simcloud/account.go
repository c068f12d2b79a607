package simcloud

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/simcloud/world"
)

// account is a world as the AWS server wants to see it.
type account struct {
	world     *world.World
	functions []awsapi.Function
	groups    []string
	tasks     taskList
}

func newAccount(w *world.World) *account {
	a := &account{world: w}
	for _, f := range w.Functions() {
		detail := a.detail(&f)
		var kind string
		if detail.ImageURI != "" {
			kind = "Image"
		}
		a.functions = append(a.functions, awsapi.Function{
			Name: f.Name, Description: f.Description, Runtime: f.Runtime, Arch: f.Arch,
			MemoryMB: int32(f.MemoryMB),
			Timeout:  f.Timeout, Modified: f.Modified, Tags: f.Tags,
			LogFormat: format(f.JSON), Isolated: f.Isolated,
			PackageType: kind, EphemeralMB: ephemeral(&f), Detail: detail,
		})
		if hasInsights(f.Name) {
			d := a.functions[len(a.functions)-1].Detail
			d.Layers = append(d.Layers, insightsLayer)
		}
		a.groups = append(a.groups, f.LogGroup())
	}
	a.groups = append(a.groups, w.JobLogGroups()...)
	slices.Sort(a.groups)
	return a
}

func format(json bool) string {
	if json {
		return "JSON"
	}
	return "Text"
}

func (a *account) ID() string { return world.AccountID }

func (a *account) Functions(time.Time) []awsapi.Function { return a.functions }

func (a *account) Invocations(function string, from, to time.Time) iter.Seq[awsapi.Invocation] {
	return func(yield func(awsapi.Invocation) bool) {
		a.world.EachInvocation(function, from, to, func(i world.Invocation) bool { return yield(invocation(&i)) })
	}
}

func invocation(i *world.Invocation) awsapi.Invocation {
	return awsapi.Invocation{
		Start: i.Start, Duration: i.Duration, Failed: i.Failed, Throttled: i.Throttled,
		Concurrency: int32(i.Concurrency), Alias: i.Alias, Version: i.Version,
	}
}

func (a *account) EachLogged(function string, from, to time.Time, run func(awsapi.Invocation) bool, line func(awsapi.LogSize) bool) {
	a.world.EachLogged(function, from, to,
		func(i world.Invocation) bool { return run(invocation(&i)) },
		func(e world.LogSize) bool { return line(awsapi.LogSize{At: e.At, Arrived: e.Arrived, Bytes: e.Bytes}) })
}

func (a *account) LogGroups(time.Time) []string { return a.groups }

func (a *account) LogEvents(group string, from, to time.Time) iter.Seq[awsapi.LogEvent] {
	return func(yield func(awsapi.LogEvent) bool) {
		line := func(e world.LogEvent) bool {
			return yield(awsapi.LogEvent{At: e.At, Arrived: e.Arrived, Stream: e.Stream, Message: e.Message})
		}
		if name, ok := strings.CutPrefix(group, "/aws/lambda/"); ok {
			a.world.EachLogEvent(name, from, to, line)
		} else {
			a.world.EachJobLogEvent(group, from, to, line)
		}
	}
}

func (a *account) LogSizes(group string, from, to time.Time) iter.Seq[awsapi.LogSize] {
	return func(yield func(awsapi.LogSize) bool) {
		if name, ok := strings.CutPrefix(group, "/aws/lambda/"); ok {
			a.world.EachLogSize(name, from, to, func(e world.LogSize) bool {
				return yield(awsapi.LogSize{At: e.At, Arrived: e.Arrived, Bytes: e.Bytes})
			})
			return
		}
		a.world.EachJobLogEvent(group, from, to, func(e world.LogEvent) bool {
			return yield(awsapi.LogSize{At: e.At, Arrived: e.Arrived, Bytes: len(e.Message)})
		})
	}
}
