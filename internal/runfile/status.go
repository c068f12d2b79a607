package runfile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/text"
)

// What a status can say that is no outcome.
const (
	notRun   migration.Outcome = 254 // there was no run: a result was taken from a cache, or a step was skipped
	notEnded migration.Outcome = 255 // it goes on, or has not begun: what it needs is not known yet
)

// statuses are the words for how a run ended, in small letters without blanks and hyphens: of
// Kubernetes (pod phases, reasons of containers and of Jobs), AWS (Batch, Step Functions, Glue, ECS),
// Slurm (squeue's states and their codes), Nextflow, Snakemake, Argo, Airflow, and exit codes.
var statuses = func() map[string]migration.Outcome {
	all := map[string]migration.Outcome{"unknown": 0, "-": 0, "n/a": 0, "na": 0, "none": 0, "null": 0}
	for _, of := range []struct {
		outcome migration.Outcome
		words   string
	}{
		{migration.OutcomeSucceeded, "succeeded success successful completed complete ok done finished passed cd 0"},
		{migration.OutcomeFailed, "failed failure error errored exited f nonzeroexit backofflimitexceeded containercannotrun starterror " +
			"specialexit se podfailurepolicy " +
			"crashloopbackoff essentialcontainerexited runtimeerror crashed 1"},
		{migration.OutcomeOOMKilled, "oomkilled oom outofmemory outofmemoryerror memorylimitexceeded memlimit 137"},
		{migration.OutcomeTimedOut, "timedout timeout to deadlineexceeded deadline dl 124"},
		{migration.OutcomeEvicted, "evicted preempted preempting pr disruptiontarget nodefail nf nodelost nodeshutdown bootfail bf " +
			"spotinterruption hosterror preemptionbyscheduler " +
			"deletionbytaintmanager evictionbyevictionapi terminationbykubelet lost"},
		{migration.OutcomeStopped, "aborted abort cancelled canceled cancel ca killed stopped stop terminated revoked rv interrupted " +
			"shutdown removed deleted userinitiated suspended 130 143"},
		{notRun, "cached cache fromcache cachehit skipped skip omitted upstreamfailed upstreamskipped noop notrun notexecuted dryrun"},
		{notEnded, "running run r pending pd queued submitted starting started runnable scheduled new waiting active inprogress requeued rq " +
			"configuring cf completing cg " +
			"restarting upforretry upforreschedule deferred initializing containercreating created"},
	} {
		for word := range strings.FieldsSeq(of.words) {
			all[word] = of.outcome
		}
	}
	return all
}()

// outcomeOf reads a status. Slurm adds who cancelled a run, and a plus where it cut a word off.
func outcomeOf(s string) (migration.Outcome, bool) {
	lower := strings.ToLower(strings.TrimSpace(s))
	if word, by, ok := strings.Cut(lower, " by "); ok && strings.TrimSpace(by) != "" {
		lower = word
	}
	lower, cut := strings.CutSuffix(lower, "+")
	if code, err := strconv.Atoi(lower); err == nil { // an exit code
		if outcome, ok := statuses[strconv.Itoa(code)]; ok && code >= 0 {
			return outcome, true
		}
		return migration.OutcomeFailed, code > 0 && code < 256
	}
	word := strings.Map(func(c rune) rune {
		if c == '_' || c == '-' && len(lower) > 1 || c == ' ' {
			return -1
		}
		return c
	}, lower)
	if outcome, ok := statuses[word]; ok || !cut || len(word) < 5 {
		return outcome, ok
	}
	var found migration.Outcome
	n := 0
	for whole, outcome := range statuses {
		if strings.HasPrefix(whole, word) && (n == 0 || outcome != found) {
			found = outcome
			n++
		}
	}
	return found, n == 1
}

// word is a text that said nothing to us, or nothing about an ended run.
type word struct {
	runs, first int // how many runs have it, and the line of the first
}

// mostKept is how many distinct words are kept, mostWords how many a note names.
const (
	mostKept  = 1000
	mostWords = 5
)

func count(in map[string]*word, text string, line int) {
	text = short(text)
	w := in[text]
	if w == nil {
		if len(in) >= mostKept {
			text = "others"
			if w = in[text]; w == nil {
				w = &word{first: line}
			}
		} else {
			w = &word{first: line}
		}
		in[strings.Clone(text)] = w
	}
	w.runs++
}

// counted names words by their first lines.
func counted(in map[string]*word, noun string) string {
	names := slices.SortedFunc(maps.Keys(in), func(a, b string) int { return in[a].first - in[b].first })
	var said []string
	for i, name := range names {
		if i == mostWords {
			said = append(said, fmt.Sprintf("and %d more", len(names)-mostWords))
			break
		}
		said = append(said, fmt.Sprintf("%q (%s, the first on line %d)", name, text.Plural(in[name].runs, noun), in[name].first))
	}
	return strings.Join(said, ", ")
}
